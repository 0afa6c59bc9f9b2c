"""The public half of a key pair on this machine."""

from __future__ import annotations

import base64
import hashlib
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError

if TYPE_CHECKING:
    from pathlib import Path


_MAGIC = b"openssh-key-v1\0"


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
        made = shlex.join(["ssh-keygen", "-y", "-f", str(private)]) + f" > {shlex.quote(str(path))}"
        hint = (
            f"{made}; or --identity=ANOTHER"
            if private.exists()
            else f"make a key pair: ssh-transport keys.generate --path={shlex.quote(str(private))}"
        )
        raise LocalFileError(f"no public key at `{path}`", hint=hint) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise LocalFileError(f"can't read `{path}`", cause=str(exc)) from exc
    this, its = shlex.quote(str(path)), shlex.quote(str(private))
    again = f"make it again from the private key: ssh-keygen -y -f {its} > {this}"
    if "PRIVATE KEY" in line:
        raise LocalFileError(f"`{path}` holds a private key", hint=f"it needs a name without .pub: mv -n {this} {its}")
    if not _is_public_key(line):
        raise LocalFileError(f"`{path}` holds no single public key in OpenSSH format", hint=again)
    found = PublicKey(line, private)
    if _public_half(private) not in {"", found.material}:
        raise LocalFileError(f"`{path}` is not the public key of `{private}`", hint=again)
    return found


def _public_half(private: Path) -> str:
    """Return the base64 part that a private key in OpenSSH format has in clear text; empty where it is none."""
    try:
        text = private.read_text(encoding="ascii")
        blob = base64.b64decode("".join(text.partition("KEY-----")[2].partition("-----END")[0].split()))
        if not blob.startswith(_MAGIC):
            return ""
        at = len(_MAGIC)
        # Cipher, derivation and its options; the number of keys; the public key: OpenSSH's PROTOCOL.key.
        for _ in range(3):
            at += 4 + int.from_bytes(blob[at : at + 4], "big")
        at += 4
        half = blob[at + 4 : at + 4 + int.from_bytes(blob[at : at + 4], "big")]
    except (OSError, ValueError):
        return ""
    return base64.b64encode(half).decode()


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
