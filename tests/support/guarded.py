"""What the guard of a push finds among files, and a private key for it to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ssh_transport.transfer.guard import credentials

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PEM = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def found(root: Path, names: Sequence[str], *allow: str, copy_links: bool = False) -> list[str]:
    return [one.path for one in credentials.found(f"{root}/", names, allow, copy_links=copy_links)]
