"""A part that is in the bucket."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Stored:
    """A part in the bucket: the hash and length of the object, and the hash of what is in it."""

    number: int
    sha: str
    length: int
    plain: str
