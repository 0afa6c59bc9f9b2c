"""The public half of a key pair on this machine."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class PublicKey:
    """One line of an OpenSSH ``.pub`` file."""

    line: str
    private_path: Path

    @property
    def material(self) -> str:
        """The base64 part; lines with the same one are the same key, whatever their options and comments."""
        # Encoded anew: its unused last bits may differ for one key.
        return base64.b64encode(base64.b64decode(self.line.split()[1])).decode()

    @property
    def fingerprint(self) -> str:
        """The fingerprint as OpenSSH prints it: ``SHA256:...``."""
        return fingerprint(self.material)


def fingerprint(material: str) -> str:
    """
    Return the fingerprint of a key's base64 part.

    :raises ValueError: it is none.
    """
    digest = hashlib.sha256(base64.b64decode(material, validate=True)).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def public_key(identity: Path) -> PublicKey:
    """
    Read the public key of `identity`, which is the path of the private or the public key.

    :raises LocalFileError: it is missing, or is not one public key; its content is not printed.
    """
    private = identity.with_suffix("") if identity.suffix == ".pub" else identity
    path = private.with_name(f"{private.name}.pub")
    try:
        line = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError as exc:
        hint = (
            f"ssh-keygen -y -f {private} > {path}"
            if private.exists()
            else "make a key pair: ssh-transport keys.generate"
        )
        raise LocalFileError(f"no public key at `{path}`", hint=hint) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise LocalFileError(f"can't read `{path}`", cause=str(exc)) from exc
    if not _is_public_key(line):
        raise LocalFileError(
            f"`{path}` holds no single public key in OpenSSH format",
            hint=f"make it again from the private key: ssh-keygen -y -f {private} > {path}",
        )
    return PublicKey(line, private)


def _is_public_key(line: str) -> bool:
    words = line.split(None, 2)
    if len(line.splitlines()) != 1 or len(words) < 2:  # noqa: PLR2004 - type and material
        return False
    try:
        blob = base64.b64decode(words[1], validate=True)
    except ValueError:
        return False
    # The blob begins with its own type as a string (RFC 4253 §6.6).
    name = words[0].encode()
    return blob.startswith(len(name).to_bytes(4, "big") + name)
