"""
A machine with one user, `you`, and a rented box, where the commands of a page run as they are printed.

`python -m tests.docs.stage` has mounts and a network of its own (`unshare --mount --net`): `/home` is empty, and
`connect.westb.seetacloud.com` and another name are an sshd here each, with the password `rented`, an empty `/root` and
processes of its own. Reads a script for the first and commands as JSON, and writes what each command said.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import re
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from tests.support.sshd import Sshd
from tests.support.surroundings import anybodys

# Each name leads to this machine, each port to a box of its own.
BOXES = {38076: "connect.westb.seetacloud.com", 38077: "connect.westc.gpuhub.com"}
OTHER_NAMES = "gpu7.lab"
PASSWORD = "rented"
YOU = Path("/home/you")
BOX_CONFIG = "PasswordAuthentication yes\nAcceptEnv WANDB_*\n"
_UP, _SET_FLAGS = 1, 0x8914  # IFF_UP and SIOCSIFFLAGS of netdevice(7)
_WAIT_S = 100
_PATH = "/usr/local/bin:/usr/bin:/bin"
_OF_THE_BOX = """
mkdir -p "$1/.ssh"
mount --bind "$1" /root
shift
chmod 700 /root /root/.ssh
(cd /root && sh -ec "$0")
exec "$@"
"""


def main() -> None:
    """Set the stage, run the commands, and tell."""
    play = json.load(sys.stdin)
    place = Path(play["place"])
    _own_machine(place)
    with contextlib.ExitStack() as boxes:
        for port, script in zip(BOXES, (play["box"], "true"), strict=True):
            boxes.enter_context(_box(place / str(port), port, script))
        for line in play["you"]:
            done = _typed(line)
            if done["exit_code"]:
                sys.exit(f"{line}\n{done['said']}")
        json.dump([_typed(line) for line in play["commands"]], sys.stdout)


def _box(place: Path, port: int, script: str) -> Sshd:
    """Start a box, with processes and a `/root` of its own: in the real one a Python of ours may be."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    under = [*own, "sh", "-ec", _OF_THE_BOX, script, str(place)]
    return Sshd(Path(f"/run/{port}"), home=Path("/root"), port=port, path=_PATH, extra=BOX_CONFIG, under=under)


def _own_machine(place: Path) -> None:
    homes = place / "home"
    (homes / YOU.name).mkdir(parents=True)
    subprocess.run(["mount", "--bind", homes, "/home"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    hashed = subprocess.run(["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True).stdout
    names = f"127.0.0.1 localhost {' '.join(BOXES.values())} {OTHER_NAMES}\n"
    for path, text in (("/etc/hosts", names), ("/etc/shadow", f"root:{hashed.strip()}:19000:0:99999:7:::\n")):
        own = Path("/run") / path.replace("/", "-")
        own.write_text(text)
        subprocess.run(["mount", "--bind", own, path], check=True)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP))


def _environment(home: Path) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return anybodys() | {"HOME": str(home), "PATH": path, "USER": home.name, "NO_COLOR": "1", "COLUMNS": "100"}


def _typed(line: str) -> dict[str, object]:
    """Let a shell run it, with a terminal for what asks for a password."""
    if "keys.push" in line:
        return _with_terminal(line)
    done = subprocess.run(
        ["sh", "-c", f"exec 2>&1; {line}"],
        cwd=YOU,
        env=_environment(YOU),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
        check=False,
    )
    return {"said": done.stdout, "exit_code": done.returncode}


def _with_terminal(line: str) -> dict[str, object]:
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(YOU)
        os.execve("/bin/sh", ["sh", "-c", line], _environment(YOU) | {"TERM": "dumb"})  # noqa: S606 - it is the shell
    said = b""
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        try:
            said += os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if re.search(rb"password[^\n]*: $", said):
            os.write(terminal, PASSWORD.encode() + b"\n")
    _, status = os.waitpid(child, 0)
    return {"said": said.decode().replace("\r\n", "\n"), "exit_code": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    main()
