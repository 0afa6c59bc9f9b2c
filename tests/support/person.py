"""A person at a machine of their own: a HOME in a temporary directory, and programs typed there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.endpoint import Endpoint
from ssh_transport.facts.public_key import public_key
from ssh_transport.openssh import SshFiles
from ssh_transport.operations.alias import Style, ensure_alias
from ssh_transport.operations.key_pair import ensure_key_pair

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNBOOK = "from ssh_transport.tasks import ns\n"
TIMEOUT_S = 100


@dataclass(frozen=True)
class Said:
    """What a program said, and how it ended."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)


class Person:
    """Types commands in `home`, where a runbook of one line is."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True)
        self.home = home
        self.ssh = home / ".ssh"
        self.identity = self.ssh / "id_ed25519"
        (home / "fabfile.py").write_text(RUNBOOK)
        (home / "tasks.py").write_text(RUNBOOK)

    @property
    def environment(self) -> dict[str, str]:
        scrubbed = {"SSH_AUTH_SOCK", "XDG_CACHE_HOME", "DISPLAY"}
        return {key: value for key, value in os.environ.items() if key not in scrubbed} | {"HOME": str(self.home)}

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
        done = subprocess.run(
            self.argv(program, *words),
            input=stdin,
            cwd=cwd or self.home,
            env=self.environment | dict(env or {}),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return Said(done.stdout, done.stderr, done.returncode)

    def starts(self, program: str, *words: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a program; the caller ends it."""
        return subprocess.Popen(
            self.argv(program, *words),
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
        """Add an alias for a server on this machine."""
        endpoint = Endpoint(host="127.0.0.1", user=user, port=port)
        style = Style(identity=str(self.identity), keepalive_s=60, keepalive_misses=120, platform="generic")
        ensure_alias(self.files, alias, endpoint, style)
