"""
Mounts for a test, by root and by anybody else.

Only root may mount, but everybody is root in a user namespace of their own, where there are such. There is this module,
`python -m tests.support.mounts PROGRAM...`, and in another namespace below it are the tests: they are again who they
are, but for that root is nobody, and see what is mounted. What they want mounted they ask for over a socket.

A test that can't have its mount skips and says what it needs; CI counts that as a failure where root runs the tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from socket import AF_UNIX, socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SOCKET = "MOUNTS_FOR_TESTS"
_WHO = "MOUNTS_FOR"
_MOST_BYTES = 1 << 20
_TIMEOUT_S = 60
_POLL_S = 0.01
_IS_ROOT = os.geteuid() == 0
# The words that make somebody of the root of a namespace again.
_BACK = "unshare --user --map-user={} --map-group={}"


def need_root(why: str) -> None:
    """Skip the test for anybody else."""
    if not _IS_ROOT:
        pytest.skip(f"only root may do so: {why}")


def need_safe_places() -> None:
    """Skip the test where the directories above all homes are nobody's: in such a home no secret is put."""
    need_root("in a user namespace the root directory is nobody's")


def need_fuse() -> None:
    """Skip the test where no FUSE can be mounted."""
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("there is no /dev/fuse here that may be opened")
    _need_mounts()


def run(*words: str | Path) -> None:
    """Run a program that mounts or unmounts."""
    _need_mounts()
    order = _Order([str(word) for word in words])
    code, stderr = order.carry_out() if _IS_ROOT else order.send()
    assert code == 0, stderr


@contextlib.contextmanager
def served(place: Path, *words: str | Path, env: dict[str, str]) -> Iterator[Path]:
    """Mount by a program that stays until it is unmounted."""
    need_fuse()
    order = _Order([str(word) for word in words], env)
    process = order.start() if _IS_ROOT else None
    if process is None:
        order.send()
    deadline_s = time.monotonic() + _TIMEOUT_S
    while not place.is_mount():
        assert process is None or process.poll() is None, "no FUSE mount came: are fuse3 and libfuse3 installed?"
        assert time.monotonic() < deadline_s, "no FUSE mount came in time"
        time.sleep(_POLL_S)
    try:
        yield place
    finally:
        run("umount", "--lazy", place)
        if process is not None:
            # A session that is still there would keep it.
            process.kill()
            process.wait()


@contextlib.contextmanager
def mounted(place: Path, *words: str | Path) -> Iterator[Path]:
    """Mount on a directory, by a program to whose words it is added; made if it doesn't exist."""
    place.mkdir(parents=True, exist_ok=True)
    run(*words, place)
    try:
        yield place
    finally:
        # Lazily: a session that has just been closed may still be there.
        run("umount", "--lazy", place)


def apart(script: str, *words: str) -> list[str]:
    """
    Return the words of a program in a mount namespace of its own.

    The script may mount there, and has the words as ``$1`` and so on; what it runs by `$BACK` is the user's again.
    """
    _need_mounts()
    if _IS_ROOT:
        return ["unshare", "--mount", "sh", "-c", f"BACK=\n{script}", "sh", *words]
    back = f"BACK={shlex.quote(_BACK.format(os.geteuid(), os.getegid()))}"
    return ["unshare", "--map-root-user", "--mount", "sh", "-c", f"{back}\n{script}", "sh", *words]


def _need_mounts() -> None:
    if _IS_ROOT:
        if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
            pytest.skip("nothing can be mounted in this container")
    elif not os.environ.get(_SOCKET):
        pytest.skip("mounts need root, or `script/test` where it may make a user namespace")


@dataclass(frozen=True)
class _Order:
    """A program that is to run where it may mount; one with an environment of its own stays."""

    words: list[str]
    env: dict[str, str] | None = None

    def carry_out(self) -> tuple[int, str]:
        """Run it; return how it ended, and what it complained of."""
        done = subprocess.run(self.words, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        return done.returncode, done.stderr

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.words, env=self.env, stdin=subprocess.DEVNULL)

    def send(self) -> tuple[int, str]:
        """Have it carried out by who may mount."""
        with socket(AF_UNIX) as to:
            to.settimeout(_TIMEOUT_S)
            to.connect(os.environ[_SOCKET])
            to.sendall(json.dumps(asdict(self)).encode() + b"\n")
            code, stderr = json.loads(to.makefile().readline())
        return int(code), str(stderr)


class _Asked(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        order = _Order(**json.loads(self.rfile.readline(_MOST_BYTES)))
        answer = order.carry_out() if order.env is None else (0, "")
        process = None if order.env is None else order.start()
        self.wfile.write(json.dumps(answer).encode() + b"\n")
        if process is not None:
            process.wait()


class _Mounter(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Carries orders out for as long as the tests run."""

    daemon_threads = True


def _main(*program: str) -> int:
    # Ctrl-C is for the tests; a handler, as what is ignored they would ignore as well.
    signal.signal(signal.SIGINT, lambda *_: None)
    if _WHO not in os.environ:
        again = ["unshare", "--map-root-user", "--mount", sys.executable, "-m", "tests.support.mounts", *program]
        return subprocess.run(again, env=os.environ | {_WHO: f"{os.geteuid()} {os.getegid()}"}, check=False).returncode
    with tempfile.TemporaryDirectory() as place, _Mounter(f"{place}/asked", _Asked) as mounter:
        threading.Thread(target=mounter.serve_forever, daemon=True).start()
        environment = os.environ | {_SOCKET: f"{place}/asked"}
        back = _BACK.format(*os.environ[_WHO].split()).split()
        code = subprocess.run([*back, *program], env=environment, check=False).returncode
        mounter.shutdown()
    return code


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
