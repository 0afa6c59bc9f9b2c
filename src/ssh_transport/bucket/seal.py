"""
Seals parts, so that whoever reads the bucket learns nothing but their sizes: AES-256-GCM (NIST SP 800-38D).

Each part has a key of its own, which comes from that of the copy, its number and the hash of its content
(`worker/aes.py`). That of the copy comes from what opens the bucket: a later run finds the parts of an earlier one, and
the key is kept nowhere.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from .worker.aes import nonce

if TYPE_CHECKING:
    from ssh_transport.secret.value import Secret

_PURPOSE = b"ssh-transport seals the parts of the copy "


def copy_key(secret: Secret, copy: str) -> bytes:
    """Return the key of a copy."""
    return hmac.digest(secret.reveal(), _PURPOSE + copy.encode(), "sha256")


def sealed(key: bytes, number: int, plain: bytes) -> bytes:
    """Return a part as it is stored."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key).encrypt(nonce(number), plain, None)


def streamed(key: bytes, number: int, stored: bytes | bytearray) -> bytes:
    """Return a part as it was that a box without Python has sealed: see `worker/aes.py`."""
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    return Cipher(AES256(key), CTR(nonce(number) + (2).to_bytes(4, "big"))).decryptor().update(stored)


def opened(key: bytes, number: int, stored: bytes | bytearray) -> bytes:
    """
    Return a part as it was.

    :raises ValueError: it is not what was sealed under this key and number.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(nonce(number), stored, None)
    except InvalidTag:
        raise ValueError("not what was sealed") from None
