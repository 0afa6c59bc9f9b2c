"""A person at a machine of their own: a HOME in a temporary directory, and programs typed there."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.openssh import config_file
from ssh_transport.openssh.block import Block
from ssh_transport.openssh.public_key import public_key
from ssh_transport.openssh.resolution import SshFiles
from ssh_transport.operations import alias as operation
from ssh_transport.operations.alias import AliasSettings
from ssh_transport.operations.key_pair import ensure_key_pair
from ssh_transport.platforms.endpoint import Endpoint

from . import forked
from .surroundings import anybodys

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNBOOK = "from ssh_transport.tasks import ns\n"
TIMEOUT_S = 100


def _text(said: bytes) -> str:
    """Return it as a file opened as text would."""
    return io.TextIOWrapper(io.BytesIO(said)).read()


def result_in(document: str) -> Any:
    """Return the result of its last task, or its error; for several boxes a dict by name."""
    entry = json.loads(document)["tasks"][-1]
    found = {name: outcome.get("result", outcome.get("error")) for name, outcome in entry.get("boxes", {}).items()}
    if not found:
        return entry.get("result", entry.get("error"))
    return found if len(found) > 1 else next(iter(found.values()))


@dataclass(frozen=True)
class Said:
    """What a program said, and how it ended."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def document(self) -> Any:
        """What it printed for programs: `docs/json.md`."""
        return json.loads(self.stdout)

    @property
    def json(self) -> Any:
        return result_in(self.stdout)


class Person:
    """
    Types commands in `home`, where a runbook of one line is.

    :param forks: run our programs in a fork that has imported them already, where that makes no difference.
    :param under: the words of a program that starts all others.
    """

    def __init__(self, home: Path, *, forks: bool = False, under: tuple[str, ...] = ()) -> None:
        home.mkdir(parents=True)
        self.forks = forks
        self.under = under
        self.home = home
        self.ssh = home / ".ssh"
        self.identity = self.ssh / "id_ed25519"
        (home / "fabfile.py").write_text(RUNBOOK)
        (home / "tasks.py").write_text(RUNBOOK)

    @property
    def environment(self) -> dict[str, str]:
        scrubbed = {"XDG_CACHE_HOME", "DISPLAY"}
        return {key: value for key, value in anybodys().items() if key not in scrubbed} | {"HOME": str(self.home)}

    @property
    def files(self) -> SshFiles:
        return SshFiles(self.ssh / "config", self.ssh, home_moved=True, config_named=False)

    def argv(self, program: str, *words: str) -> list[str]:
        """Name the program that is installed beside the Python that runs the tests."""
        return [str(Path(sys.executable).with_name(program)), *words]

    def types(
        self, program: str, *words: str, stdin: str = "", cwd: Path | None = None, env: Mapping[str, str] | None = None
    ) -> Said:
        """Run a program to its end."""
        done = self.runs(program, *words, stdin=stdin, cwd=cwd, env=env)
        return Said(_text(done.stdout), _text(done.stderr), done.returncode)

    def runs(
        self,
        program: str,
        *words: str,
        stdin: str = "",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        limit_bytes: int | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program to its end, in so many bytes of address space, and return what it said as it said it."""
        argv = self.argv(program, *words)
        surroundings = self.environment | dict(env or {})
        if self.forks and forked.can_run(argv, surroundings):
            return forked.run(
                argv,
                cwd=cwd or self.home,
                env=surroundings,
                stdin=stdin.encode(),
                timeout_s=timeout_s,
                limit_bytes=limit_bytes,
                under=self.under,
            )
        bounds = ["prlimit", f"--as={limit_bytes}"] if limit_bytes else []
        return subprocess.run(
            [*self.under, *bounds, *argv],
            input=stdin.encode(),
            cwd=cwd or self.home,
            env=surroundings,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )

    def starts(self, program: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a program; the caller ends it."""
        return subprocess.Popen(
            [*self.under, *self.argv(program, *words)],
            cwd=self.home,
            env=self.environment | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def makes_key(self) -> str:
        """Make a key pair and return the public line."""
        ensure_key_pair(self.identity, comment="person@laptop", passphrase=str)
        return public_key(self.identity).line

    def adds_alias(self, alias: str, port: int, user: str = "root") -> None:
        """
        Add an alias for a server on this machine, to the byte as `config.add` would.

        That asks `ssh` whether the alias would take effect, which takes longer than all else that a test begins with.
        """
        files, endpoint = self.files, Endpoint(host="127.0.0.1", user=user, port=port)
        style = AliasSettings(identity=str(self.identity), keepalive_s=60, keepalive_misses=120, platform="generic")
        name = operation._free_name(files, alias)
        block = Block(operation._options(files, name, endpoint, style), style.platform)
        self.ssh.mkdir(mode=0o700, exist_ok=True)
        text = files.config.read_bytes() if files.config.exists() else b""
        files.config.touch(mode=0o600)
        files.config.write_bytes(config_file.with_block(text, name, block))
