"""Makes a key pair on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ssh_transport import files
from ssh_transport.change import Change
from ssh_transport.errors import UsageError
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def ensure_key_pair(path: Path, *, comment: str, passphrase: Callable[[], str]) -> Change:
    """
    Ensure that there is a private key at `path`; an existing file is never changed, whatever it is.

    A new pair is ed25519 in OpenSSH format with mode 0600, the public key beside it in ``.pub``.

    :param passphrase: called only if a key is made; an empty result means no passphrase.
    :raises UsageError: the path or the comment can't be one.
    :raises LocalFileError: the directory can't be written.
    """
    if path.suffix == ".pub":
        hint = f"name the private half: {path.with_suffix('')}"
        raise UsageError(f"`{one_line(str(path))}` is a name for a public key", hint=hint)
    if not comment.isprintable():
        raise UsageError("the comment is more than one line of text", hint="name yourself, such as ann@laptop")
    public_path = path.with_name(f"{path.name}.pub")
    for half in (path, public_path):
        if half.exists() or half.is_symlink():
            return Change(f"{half} exists", made=False)
    key = Ed25519PrivateKey.generate()
    words = passphrase()
    lock = serialization.BestAvailableEncryption(words.encode()) if words else serialization.NoEncryption()
    openssh = serialization.PrivateFormat.OpenSSH
    private = key.private_bytes(serialization.Encoding.PEM, openssh, lock)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    if not files.create(path, private, mode=0o600):
        return Change(f"{path} exists", made=False)
    files.create(public_path, public + f" {comment}\n".encode(), mode=0o644)
    return Change(f"made {path} (ed25519) and {path.name}.pub", made=True)
