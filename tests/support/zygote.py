"""
A Python that has imported what `fab` and `inv` need, and forks for every call: `python -m tests.support.zygote FD`.

Each message of the socket `FD` is a `Call` in JSON with four descriptors: stdin, stdout, stderr, and where the answer
goes, the process id and then the exit code, a line each. It ends with its socket.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import gc
import importlib
import json
import os
import pkgutil
import resource
import runpy
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ssh_transport

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MOST_BYTES = 1 << 20
ANSWER = 3
PRELOADED = ("fabric.main", "invoke.main", "encodings.ascii", "tomllib", "six")
# They act on being imported: one takes `fab` over, which is the child's to do, others are programs.
NOT_PRELOADED = ("ssh_transport.tasks", "ssh_transport.main")


@dataclass(frozen=True)
class Call:
    """What a program is called with; the first word is the script that is run."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    umask: int
    limit_bytes: int | None = None

    def encoded(self) -> bytes:
        return json.dumps(dataclasses.asdict(self)).encode()


def preload() -> None:
    """Import all that a task may need, but what acts on being imported."""
    program = importlib.import_module("fabric.main").program
    executor = program.executor_class
    for name in PRELOADED:
        # Beside a wheel patchwork is missing, and what it brings.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    for name in _modules(ssh_transport):
        importlib.import_module(name)
    # Its rules take a quarter of a second to load.
    importlib.import_module("ssh_transport.credentials.catalogue").is_there()
    program.executor_class = executor
    # A collection would look at all of it in each child, and so copy its memory.
    gc.collect()
    gc.freeze()


def _modules(package: ModuleType) -> Iterator[str]:
    """Yield what is in a package and those below it; the packages are imported for that."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name not in NOT_PRELOADED and not found.name.endswith(".__main__"):
            yield found.name
            if found.ispkg:
                yield from _modules(importlib.import_module(found.name))


def serve(calls: socket.socket) -> Call:
    """Fork for every call, and return in the process that is to run it; one in the middle waits for its end."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(calls, MOST_BYTES, ANSWER + 1)
        if not message:
            os._exit(0)
        if os.fork():
            for descriptor in descriptors:
                os.close(descriptor)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            continue
        calls.close()
        child = os.fork()
        if not child:
            os.close(descriptors.pop(ANSWER))
            for number, descriptor in enumerate(descriptors):
                os.dup2(descriptor, number)
                os.close(descriptor)
            return Call(**json.loads(message))
        for number in (0, 1, 2, *descriptors[:ANSWER]):
            os.close(number)
        os.write(descriptors[ANSWER], f"{child}\n".encode())
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        os.write(descriptors[ANSWER], f"{code}\n".encode())
        os._exit(0)


def become(call: Call) -> None:
    """Take over where a new process would start."""
    os.environ.clear()
    os.environ.update(call.env)
    os.chdir(call.cwd)
    os.umask(call.umask)
    if call.limit_bytes:
        resource.setrlimit(resource.RLIMIT_AS, (call.limit_bytes, call.limit_bytes))
    sys.argv[:] = call.argv
    sys.path[0] = os.path.dirname(call.argv[0])  # noqa: PTH120 - as the interpreter does
    runpy.run_path(call.argv[0], run_name="__main__")


class End:
    """
    Ends a child when the interpreter has done all but take everything apart, which takes as long as a short program.

    :ivar code: what it exits with; `None` leaves all of it to the interpreter.
    """

    code: int | None = None

    def at_once(self) -> None:
        if self.code is not None:
            # What can't be flushed has a code of its own.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(self.code)

    @contextlib.contextmanager
    def taken_down(self) -> Iterator[None]:
        """Learn the code; Ctrl-C is the interpreter's, which ends by that signal."""
        try:
            yield
        except SystemExit as exc:
            self.code = exc.code & 0xFF if isinstance(exc.code, int) else int(exc.code is not None)
            raise
        except Exception:
            self.code = 1
            raise
        self.code = 0


if __name__ == "__main__":
    end = End()
    # What is registered first is called last.
    atexit.register(end.at_once)
    preload()
    # Outside of any function of ours: the interpreter ends the program as it would end any other.
    with end.taken_down():
        become(serve(socket.socket(fileno=int(sys.argv[1]))))
