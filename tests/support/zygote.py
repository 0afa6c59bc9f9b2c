"""
A Python that has imported what `fab` and `inv` need, and forks for every call: `python -m tests.support.zygote FD`.

Each message of the socket `FD` is a `Call` in JSON with four descriptors: stdin, stdout, stderr, and where the answer
goes, the process id and then the exit code, a line each. It ends with its socket.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import os
import resource
import runpy
import socket
import sys
from dataclasses import dataclass

MOST_BYTES = 1 << 20
ANSWER = 3
PRELOADED = (
    "fabric.main",
    "invoke.main",
    "ssh_transport.tasks",
    "ssh_transport.manifest.verification",
    "ssh_transport.sftp.session",
    "ssh_transport.transfer.run",
    "ssh_transport.transfer.rsync.engine",
    "ssh_transport.transfer.sftp",
)


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
    """Import all but what acts on being imported: the tasks take `fab` over, which is the child's to do."""
    program = importlib.import_module("fabric.main").program
    executor = program.executor_class
    for name in PRELOADED:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.startswith("ssh_transport.tasks")]:
        del sys.modules[name]
    del sys.modules["ssh_transport"].tasks
    # Its rules take a quarter of a second to load.
    importlib.import_module("ssh_transport.credentials.catalogue").is_there()
    program.executor_class = executor


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


if __name__ == "__main__":
    preload()
    # Outside of any function of ours: the interpreter ends the program as it would end any other.
    become(serve(socket.socket(fileno=int(sys.argv[1]))))
