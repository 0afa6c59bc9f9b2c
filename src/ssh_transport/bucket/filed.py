"""What the parts of a copy are filed under in a bucket, so that it is known whose they are."""

from __future__ import annotations

import os
import platform
from hashlib import sha256

_DIGITS = 12


def owner(host_key: str) -> str:
    """
    Return what begins all that this machine has stored of one source.

    :param host_key: the fingerprint of the box that it is on; empty for this machine.
    """
    return _digest(f"{platform.node()}\0{host_key}")


def family(host_key: str, path: str) -> str:
    """Return what all copies of one source are filed under, whatever they carry of it."""
    return owner(host_key) + _digest(path)


def _digest(text: str) -> str:
    return sha256(os.fsencode(text)).hexdigest()[:_DIGITS]
