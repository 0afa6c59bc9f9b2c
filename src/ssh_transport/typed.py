"""Reads data as one of our classes."""

from __future__ import annotations

import json
import threading
from typing import Any, TypeVar

_T = TypeVar("_T")
# msgspec notes of a class how it is made when it meets it first; threads that have it do so at the same time end the
# whole process (seen with 0.22.0).
_one_at_a_time = threading.Lock()


def convert(value: Any, kind: type[_T]) -> _T:
    """
    Return what dicts, lists and plain values tell of.

    :raises ValueError: they tell of something else; the message names where and what.
    """
    import msgspec

    try:
        with _one_at_a_time:
            return msgspec.convert(value, kind)
    except msgspec.ValidationError as exc:
        raise ValueError(str(exc).replace("$.", "")) from exc


def read(data: bytes | str, kind: type[_T]) -> _T:
    """
    Return what is told in JSON.

    :raises ValueError: it is no JSON, or tells of something else.
    """
    try:
        return convert(json.loads(data), kind)
    except RecursionError as exc:
        raise ValueError("it is too deep") from exc
