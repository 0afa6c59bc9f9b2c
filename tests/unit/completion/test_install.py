"""Completion is installed by one command, once, and nothing of the person's own is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.completion import install
from ssh_transport.errors import LocalFileError, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _plain(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(("shell", "start"), [("bash", ".bashrc"), ("zsh", ".zshrc")])
def test_the_start_up_file_gets_one_line(shell: str, start: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At its end, also where the last line has none; a link to dotfiles stays; a second time nothing changes."""
    (home / "dotfiles").write_bytes(b"export A=1")
    (home / start).symlink_to("dotfiles")
    monkeypatch.setenv("SHELL", f"/usr/bin/{shell}")

    first, second = install(), install(shell)

    script = home / ".local" / "share" / "ssh-transport" / f"completion.{shell}"
    assert (first.made, second.made) == (True, False)
    assert (home / start).is_symlink()
    line = f". {script}  # completion of ssh-transport, fab and inv"
    assert (home / "dotfiles").read_text().splitlines() == ["export A=1", line]
    assert "_ssh_transport_completes" in script.read_text()


def test_fish_gets_a_file_for_each_program(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one wrote one's own, it stays, and nothing else is written."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "conf"))
    directory = home / "conf" / "fish" / "completions"
    assert [install("fish").made, install("fish").made] == [True, False]
    assert {path.name for path in directory.iterdir()} == {"ssh-transport.fish", "fab.fish", "inv.fish", "invoke.fish"}
    assert "complete --command fab " in (directory / "fab.fish").read_text()

    (directory / "inv.fish").write_text("# mine\n")
    with pytest.raises(LocalFileError, match="and not ours"):
        install("fish")
    assert (directory / "inv.fish").read_text() == "# mine\n"


@pytest.mark.parametrize("shell", ["tcsh", "", "/bin/sh"])
def test_another_shell_is_refused(shell: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With those that there are."""
    monkeypatch.setenv("SHELL", shell)
    with pytest.raises(UsageError, match="there is no completion for the shell"):
        install()
    assert not (home / ".local").exists()
