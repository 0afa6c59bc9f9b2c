"""Programs run by a fork of a Python that has imported them: as a new process, without the cost of its start."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from .surroundings import anybodys
from .zygote import Call

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CHECKOUT = Path(__file__).parents[2]
PROGRAMS = {"fab", "inv", "invoke", "ssh-transport"}
# What the interpreter and its C library read once: a fork would not see the change.
READ_AT_START = ("PYTHON", "LC_", "LANG", "TZ")

_environment = anybodys()
_one_at_a_time = threading.Lock()
_shared: list[str] = []


def can_run(argv: Sequence[str], env: Mapping[str, str]) -> bool:
    """Whether a fork does as a new process would."""
    return Path(argv[0]).name in PROGRAMS and _read_at_start(env) == _read_at_start(_environment)


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    stdin: bytes,
    timeout_s: float,
    limit_bytes: int | None = None,
    under: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[bytes]:
    """
    Run a program to its end, as `subprocess.run` does.

    :param limit_bytes: of address space.
    :param under: the words of a program that starts the one that forks.
    :raises subprocess.TimeoutExpired: it was killed.
    """
    call = Call(list(argv), str(cwd), dict(env), _umask(), limit_bytes)
    with ExitStack() as stack, ThreadPoolExecutor(3) as pool:
        pipes = [tuple(map(stack.enter_context, _pipe())) for _ in range(4)]
        (its_stdin, feed), (stdout, its_stdout), (stderr, its_stderr), (answer, its_answer) = pipes
        given = (its_stdin, its_stdout, its_stderr, its_answer)
        with _one_at_a_time:
            socket.send_fds(_zygote(under), [call.encoded()], [end.fileno() for end in given])
        for end in given:
            end.close()
        process = int(answer.readline())
        late = threading.Event()
        killer = threading.Timer(timeout_s, _end, (process, late))
        killer.start()
        pool.submit(_feed, feed, stdin)
        said = list(pool.map(lambda end: end.read(), (stdout, stderr)))
        code = int(answer.readline())
        killer.cancel()
    if late.is_set():
        raise subprocess.TimeoutExpired(list(argv), timeout_s, *said)
    return subprocess.CompletedProcess(list(argv), code, *said)


def use(place: str) -> None:
    """Let programs fork from one that another process has started."""
    _shared.append(place)


@functools.cache
def start(under: tuple[str, ...] = ()) -> str:
    """Start one that ends when this process does, and return where it is called."""
    directory = tempfile.mkdtemp(prefix="tests-zygote-")
    place = f"{directory}/door"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(place)
        door.listen()
        process = subprocess.Popen(
            [*under, sys.executable, "-m", "tests.support.zygote", str(door.fileno())],
            cwd=CHECKOUT,
            env=_environment,
            pass_fds=[door.fileno()],
            # Pipes, as its children have them.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def end() -> None:
        process.communicate()
        shutil.rmtree(directory)

    atexit.register(end)
    return place


@functools.cache
def _zygote(under: tuple[str, ...]) -> socket.socket:
    """Be connected to the end of this process."""
    zygote = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    atexit.register(zygote.close)
    zygote.connect(_shared[0] if _shared and not under else start(under))
    return zygote


def _read_at_start(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(READ_AT_START)}


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _pipe() -> tuple[IO[bytes], IO[bytes]]:
    read, write = os.pipe()
    return os.fdopen(read, "rb"), os.fdopen(write, "wb", buffering=0)


def _end(process: int, late: threading.Event) -> None:
    late.set()
    os.kill(process, signal.SIGKILL)


def _feed(end: IO[bytes], what: bytes) -> None:
    with suppress(BrokenPipeError), end:
        end.write(what)
