"""Boxes that give nothing but a terminal: a real sshd, and what stands between it and a shell."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from . import gateway
from .fish import has_read_manuals
from .sshd import Sshd

# As RunPod's proxy: a command is dropped, and who wants no terminal is sent away.
_PROXY = """\
#!/bin/sh
[ -t 0 ] || {{ echo "Error: Your SSH client doesn't support PTY"; exit 1; }}
export PATH={path} SHELL={shell}
cd "$HOME"
{says}
exec {words}
"""


def terminal_only(
    directory: Path, words: str = "bash -l", *, shell: str = "/bin/sh", says: str = "", path: str = "", extra: str = ""
) -> Sshd:
    """
    Start a server that leads to a terminal alone.

    :param words: what is at the terminal, as a shell takes it.
    :param shell: the login shell, by which commands are run.
    :param says: what is done before.
    :param path: `PATH` there; without it the one of this process.
    :param extra: more lines of `sshd_config`.
    """
    directory.mkdir(parents=True, exist_ok=True)
    proxy = directory / "proxy"
    quoted = {"path": shlex.quote(path or os.environ["PATH"]), "shell": shlex.quote(shell)}
    proxy.write_text(_PROXY.format(says=says, words=words, **quoted))
    proxy.chmod(0o755)
    server = Sshd(directory, extra=f"ForceCommand {shlex.quote(str(proxy))}\n{extra}")
    has_read_manuals(server.home)
    return server


def behind_a_gateway(eats: bytes = b"", *, doubles: bytes = b"", strips: bool = False, echoes: bool = False) -> str:
    """Return the words of a gateway that does to bytes what its name says, with a shell behind it."""
    words = [eats.hex(), str(int(strips)), doubles.hex(), str(int(echoes))]
    return shlex.join([sys.executable, str(Path(gateway.__file__)), *words])
