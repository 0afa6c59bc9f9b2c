"""A box that is to be given back, and what a person says to that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.platforms import profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .person import Person, Said
    from .sshd import Sshd


def own_profile(person: Person, *directories: str) -> None:
    """Say what the boxes of this person are like."""
    path = person.home / ".config" / "ssh-transport" / "profiles" / "generic.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["[directories]", *directories, ""]))
    profiles.all_profiles.cache_clear()


def leaves(person: Person, *words: str, env: Mapping[str, str] | None = None) -> Said:
    return person.types("fab", "-H", "proj-1", "hygiene.leave", *words, env=env)


def pulled(box: Sshd, person: Person, *words: str) -> None:
    (box.home / "runs" / "ckpt").mkdir(parents=True, exist_ok=True)
    (box.home / "runs" / "ckpt" / "weights").write_bytes(b"w" * 1000)
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=runs/ckpt", "--verify", *words)
    assert said.exit_code == 0, said.stderr
