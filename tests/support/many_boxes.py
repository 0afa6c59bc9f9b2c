"""Boxes on this machine, `proj-1` and on, that a person knows and that may log in to each other."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from ssh_transport.openssh.public_key import public_key
from ssh_transport.operations.key_pair import ensure_key_pair
from tests.conftest import lets_in

from .sshd import Sshd
from .two_boxes import SSH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Self

    from .person import Person, Said


class ManyBoxes:
    """
    In a `with`.

    :param lonely: the numbers of those that log in to no other.
    """

    def __init__(self, person: Person, directory: Path, number: int, *, lonely: Sequence[int] = ()) -> None:
        self.person = person
        self.boxes: dict[str, Sshd] = {}
        pins = []
        for at in range(1, number + 1):
            name, place = f"proj-{at}", directory / f"proj-{at}"
            tools = place / "tools"
            tools.mkdir(parents=True)
            server = self.boxes[name] = Sshd(place / "sshd", path=f"{tools}:{os.environ['PATH']}")
            (tools / "ssh").write_text(SSH.format(home=server.home, ssh=shutil.which("ssh")))
            (tools / "ssh").chmod(0o755)
            (server.home / ".ssh" / "config").write_text("IdentityFile none\n")
            lets_in(server, person)
            person.adds_alias(name, server.port, server.user)
            pins.append(f"{name} {server.host_key_line}\n")
        (person.ssh / "known_hosts").write_text("".join(pins))
        for at, server in enumerate(self.boxes.values(), 1):
            if at not in lonely:
                self._joins(server)

    @property
    def on(self) -> str:
        """All of them, as `--on` takes it."""
        return f"--on={','.join(self.boxes)}"

    def spreads(self, *words: str) -> Said:
        """Spread `data` from here to all, unless the words say otherwise."""
        source = () if any(word.startswith(("--from", "--path")) for word in words) else ("--path=data",)
        on = () if any(word.startswith("--on") for word in words) else (self.on,)
        return self.person.types("inv", "transfer.spread", *source, "--to=got/", *on, *words)

    def _joins(self, server: Sshd) -> None:
        """Give a box a key of its own, and let it in to all others."""
        identity = server.home / ".ssh" / "id_ed25519"
        ensure_key_pair(identity, comment="root@box", passphrase=str)
        (server.home / ".ssh" / "config").write_text(f"IdentityFile {identity}\nIdentitiesOnly yes\n")
        for other in self.boxes.values():
            with (other.home / ".ssh" / "authorized_keys").open("a") as file:
                file.write(public_key(identity).line + "\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.boxes.values():
            server.close()
