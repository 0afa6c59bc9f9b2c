"""Two boxes that a person knows, the first of which may log in to the second, or not."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.openssh.public_key import public_key
from ssh_transport.operations.key_pair import ensure_key_pair
from tests.conftest import lets_in

from .sshd import Sshd

if TYPE_CHECKING:
    from typing import Self

    from .person import Person, Said

# `ssh` takes the home from the password database: on a box of the tests it must not be the real one.
SSH = """\
#!/bin/sh
echo "${{SSH_AUTH_SOCK-no agent}}" >>{home}/agents
exec {ssh} -F {home}/.ssh/config "$@"
"""


def read(path: Path) -> bytes:
    """Return what a file says that may be gone at any time."""
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""


class TwoBoxes:
    """`proj-1` and `proj-2`, both on this machine, so that each reaches the other; in a `with`."""

    def __init__(self, person: Person, directory: Path) -> None:
        self.person = person
        tools = directory / "tools"
        tools.mkdir()
        self.source = Sshd(directory / "source", path=f"{tools}:{os.environ['PATH']}")
        self.target = Sshd(directory / "target")
        home = self.source.home
        self.identity = home / ".ssh" / "id_ed25519"
        (home / ".ssh" / "config").write_text("IdentityFile none\n")
        (tools / "ssh").write_text(SSH.format(home=home, ssh=shutil.which("ssh")))
        (tools / "ssh").chmod(0o755)
        self.tools = tools
        pins = []
        for name, server in (("proj-1", self.source), ("proj-2", self.target)):
            lets_in(server, person)
            person.adds_alias(name, server.port, server.user)
            pins.append(f"{name} {server.host_key_line}\n")
        (person.ssh / "known_hosts").write_text("".join(pins))

    def joins(self) -> None:
        """Give the first box a key of its own, and let it in to the second."""
        ensure_key_pair(self.identity, comment="root@proj-1", passphrase=str)
        (self.source.home / ".ssh" / "config").write_text(f"IdentityFile {self.identity}\nIdentitiesOnly yes\n")
        with (self.target.home / ".ssh" / "authorized_keys").open("a") as file:
            file.write(public_key(self.identity).line + "\n")

    def leads(self, alias: str, port: int) -> None:
        """Lead an alias through a link."""
        config = self.person.ssh / "config"
        server = self.source if alias == "proj-1" else self.target
        config.write_text(config.read_text().replace(f"Port {server.port}\n", f"Port {port}\n"))

    def copies(self, *words: str, env: dict[str, str] | None = None) -> Said:
        """Copy `ckpt` from the first to the second box, unless the words say otherwise."""
        ends = () if any(word.startswith("--from") for word in words) else ("--from=proj-1:ckpt", "--to=proj-2:data/")
        return self.person.types("inv", "transfer.copy", *ends, *words, env=env)

    def agents_seen(self) -> set[str]:
        """Return what `ssh` on the first box saw of an agent."""
        seen = self.source.home / "agents"
        return set(seen.read_text().splitlines()) if seen.exists() else set()

    def left_behind(self, program: bytes = b"rsync") -> list[str]:
        """Return what the first box was told for the way and has not forgotten, and every such process of the two."""
        told = [
            str(place)
            for place in Path("/tmp").glob("ssh-transport.*/known_hosts")
            if self.target.host_key_line in read(place).decode()
        ]
        homes = [f"HOME={server.home}\0".encode() for server in (self.source, self.target)]
        running = [
            read(process / "cmdline").decode("utf-8", "replace")
            for process in Path("/proc").glob("[0-9]*")
            if program in read(process / "cmdline") and any(home in read(process / "environ") + b"\0" for home in homes)
        ]
        return told + running

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.source.close()
        self.target.close()
