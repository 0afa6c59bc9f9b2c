"""Installs completion where a shell finds it each time it starts."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from ssh_transport import files
from ssh_transport.change import Change
from ssh_transport.errors import LocalFileError, UsageError

from .answer import SHELLS


def install(shell: str = "") -> Change:
    """
    Ensure that a shell completes our programs, by a script among our data and a line in its start-up file.

    :param shell: bash, zsh or fish; empty for the login shell.
    :raises UsageError: it is another one.
    """
    name = shell or Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        what = f"there is no completion for the shell `{name}`"
        raise UsageError(what, hint="ssh-transport --install-completion=bash, =zsh or =fish")
    script = (Path(__file__).parent / "scripts" / f"completion.{name}").read_bytes()
    if name == "fish":
        return _for_fish(script)
    path = _directory("XDG_DATA_HOME", ".local/share") / "ssh-transport" / f"completion.{name}"
    start = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc" if name == "zsh" else Path.home() / ".bashrc"
    line = f". {shlex.quote(str(path))}  # completion of ssh-transport, fab and inv\n".encode()
    before = start.read_bytes() if start.exists() else b""
    made = _written(path, script)
    if line.strip() not in before:
        gap = b"\n" if before and not before.endswith(b"\n") else b""
        made = _written(start, before + gap + line)
    return _said(name, path, start, made=made)


def _for_fish(script: bytes) -> Change:
    """Fish has a file for each program, and one for `fab` that would be read after any other but this."""
    directory = _directory("XDG_CONFIG_HOME", ".config") / "fish" / "completions"
    first = script.splitlines()[0]
    paths = {program: directory / f"{program}.fish" for program in ("ssh-transport", "fab", "inv", "invoke")}
    for path in paths.values():
        if path.exists() and not path.read_bytes().startswith(first):
            raise LocalFileError(f"`{path}` is there, and not ours", hint=f"mv {path} {path}.old")
    made = [_written(path, script.replace(b"PROGRAM", program.encode())) for program, path in paths.items()]
    return _said("fish", directory, directory, made=any(made))


def _said(shell: str, path: Path, start: Path, *, made: bool) -> Change:
    read_by = f", read by {start}" if start != path else ""
    return Change(f"completion for {shell} in {path}{read_by}; it is there in each new {shell}", made=made)


def _written(path: Path, data: bytes) -> bool:
    if path.exists() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, data, mode=0o644)
    return True


def _directory(variable: str, usual: str) -> Path:
    named = Path(os.environ.get(variable) or "")
    return named if named.is_absolute() else Path.home() / usual
