"""What was copied in tmux stays in its buffers, which everybody with this login can paste."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.audit import examine_box
from ssh_transport.secret.inventory import listing
from tests.support.tokens import HF_TOKEN
from tests.support.tools import says

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.sshd import Sshd


@pytest.fixture
def server(box: Sshd, tmp_path: Path) -> Iterator[list[str]]:
    """A server of tmux that the box's programs find."""
    place = tmp_path / "tmux"
    place.mkdir(mode=0o700)
    says(box, "export PATH=", f"export TMUX_TMPDIR={place} PATH=")
    tmux = ["env", f"TMUX_TMPDIR={place}", "tmux"]
    subprocess.run([*tmux, "new-session", "-d", "sleep 1000"], check=True)
    yield tmux
    subprocess.run([*tmux, "kill-server"], check=False)


def test_a_secret_in_a_buffer_is_told_with_the_way_to_remove_it(there: Box, server: list[str]) -> None:
    subprocess.run([*server, "set-buffer", "-b", "mine", f"ls\nexport HF_TOKEN={HF_TOKEN}\n"], check=True)
    subprocess.run([*server, "set-buffer", "-b", "other", "nothing"], check=True)

    (found,) = listing(there).leaked_secrets
    (told,) = [one for one in examine_box(there) if one.place.startswith("tmux")]

    assert (found.path, found.line, found.kind) == ("tmux buffer mine", 2, "a token")
    assert told.place == "tmux buffer mine:2"
    assert "tmux delete-buffer -b mine" in told.fix
