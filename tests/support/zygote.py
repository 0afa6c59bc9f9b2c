"""
A Python that has imported what `fab` and `inv` need, and forks for every call: `python -m tests.support.zygote FD`.

Whoever calls connects to the socket `FD`. A message is a `Call` in JSON with four descriptors: stdin, stdout, stderr,
and where the answer goes, the process id and then the exit code, a line each. It ends with its own standard input.
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
import select
import selectors
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ssh_transport

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType

MOST_BYTES = 1 << 20
ANSWER = 3
OURS = 0  # standard input, which brings nothing
PRELOADED = (
    "fabric.main",
    "invoke.main",
    "encodings.ascii",
    "filelock",
    "platformdirs",
    "platformdirs.unix",
    "tomllib",
    "six",
)
# It is a program.
NOT_PRELOADED = "ssh_transport.main"
# They act on being imported, which is the child's to do: one takes `fab` over, the other mends its `sys.path`.
FORGOTTEN = ("ssh_transport.tasks", "ssh_transport.tasks._path")


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
    for name in PRELOADED:
        # Beside a wheel patchwork is missing, and what it brings.
        with contextlib.suppress(ModuleNotFoundError):
            importlib.import_module(name)
    executor = importlib.import_module("ssh_transport.terminal.executor")
    with _without(executor, "install"):
        # Found by the first alone where it is installed: in a checkout it lies elsewhere.
        for package in (ssh_transport, importlib.import_module("ssh_transport.tasks")):
            for name in _modules(package):
                importlib.import_module(name)
    for name in FORGOTTEN:
        del sys.modules[name]
    del ssh_transport.tasks
    # What a process finds out once: rules, which take a quarter of a second, profiles, and how fast it hashes.
    importlib.import_module("ssh_transport.credentials.catalogue").is_there()
    importlib.import_module("ssh_transport.platforms.profiles").built_in()
    importlib.import_module("ssh_transport.manifest.ends").rates_here()
    # A collection would look at all of it in each child, and so copy its memory.
    gc.collect()
    gc.freeze()


@contextlib.contextmanager
def _without(module: ModuleType, function: str) -> Iterator[None]:
    """Let a function of a module do nothing."""
    kept = getattr(module, function)
    setattr(module, function, lambda *_: None)
    yield
    setattr(module, function, kept)


def _modules(package: ModuleType) -> Iterator[str]:
    """Yield what is in a package and those below it; the packages are imported for that."""
    for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        if found.name != NOT_PRELOADED and not found.name.endswith(".__main__"):
            yield found.name
            if found.ispkg:
                yield from _modules(importlib.import_module(found.name))


class Children:
    """Calls that are under way: where the code of each goes when it ends."""

    def __init__(self) -> None:
        self._ends = selectors.DefaultSelector()
        self._answers: dict[int, tuple[int, int]] = {}

    def add(self, process: int, answer: int) -> None:
        os.write(answer, f"{process}\n".encode())
        ended = os.pidfd_open(process)
        self._answers[ended] = (process, answer)
        self._ends.register(ended, selectors.EVENT_READ)

    def until(self, sources: Collection[int]) -> set[int]:
        """Pass on how they end until something is to be read from others, and return from which."""
        for source in sources:
            self._ends.register(source, selectors.EVENT_READ)
        ready: set[int] = set()
        while not ready & {*sources}:
            ready = {key.fd for key, _ in self._ends.select()}
            for ended in self._answers.keys() & ready:
                process, answer = self._answers.pop(ended)
                code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                os.write(answer, f"{code}\n".encode())
                self._ends.unregister(ended)
                os.close(ended)
                os.close(answer)
        for source in sources:
            self._ends.unregister(source)
        return ready & {*sources}

    def close(self) -> None:
        """Close what is open for them."""
        for ended, (_, answer) in self._answers.items():
            os.close(ended)
            os.close(answer)
        self._ends.close()


def serve(door: socket.socket) -> Call:
    """Fork for every call, and return in the process that is to run it."""
    children = Children()
    callers = {door.fileno(): door}
    while True:
        ready = children.until([OURS, *callers])
        if OURS in ready:
            os._exit(0)
        for number in ready:
            if number == door.fileno():
                caller, _ = door.accept()
                callers[caller.fileno()] = caller
                continue
            message, descriptors, _, _ = socket.recv_fds(callers[number], MOST_BYTES, ANSWER + 1)
            if not message:
                callers.pop(number).close()
                continue
            answer = descriptors.pop(ANSWER)
            child = os.fork()
            if not child:
                for caller in callers.values():
                    caller.close()
                children.close()
                os.close(answer)
                for standard, descriptor in enumerate(descriptors):
                    os.dup2(descriptor, standard)
                    os.close(descriptor)
                return Call(**json.loads(message))
            for descriptor in descriptors:
                os.close(descriptor)
            children.add(child, answer)


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
        """Learn the code; of Ctrl-C and of what is not caught it is the interpreter's, which asks its hook."""
        try:
            yield
        except SystemExit as exc:
            self.code = exc.code & 0xFF if isinstance(exc.code, int) else int(exc.code is not None)
            raise
        self.code = 0


if __name__ == "__main__":
    end = End()
    # What is registered first is called last.
    atexit.register(end.at_once)
    door = socket.socket(fileno=int(sys.argv[1]))
    # Where nobody calls nothing is imported.
    if OURS in select.select([OURS, door.fileno()], [], [])[0]:
        os._exit(0)
    preload()
    # Outside of any function of ours: the interpreter ends the program as it would end any other.
    with end.taken_down():
        become(serve(door))
