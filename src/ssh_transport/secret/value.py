"""A secret value: nothing shows it but `reveal`, which is called where it is streamed."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any, NoReturn

from ssh_transport.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

MASK = "********"
_LIMIT_CHARACTERS = 8192
_QUOTES = ('"', "'", "`", "\u201c\u201d", "\u2018\u2019")
_NO_VALUE = frozenset({"null", "none", "nil", "undefined", "nan", "true", "false"})

# What is wrong with a value, and what to do about it; the first that fits is said. No message holds the value.
_FAULTS: Mapping[str, str] = {
    "is empty": "is the token set where you run this?",
    "is nothing but white space": "copy the token again",
    "begins or ends with white space or a line end": "copy it again without what stands around it",
    "has several lines": "a file that is to arrive as it is: --file=PATH --whole --to=TARGET",
    "holds control or invisible characters": "copy it again as plain text",
    "still has the quotes around it": "leave the quotes out",
    "is a word that means no value": "what was to set it, a script or `jq`, found nothing",
    "is a gap to be filled in": "replace it by the token",
    "is longer than any token": "a file that is to arrive as it is: --file=PATH --whole --to=TARGET",
}
_GAP = re.compile(r"<[^<>]*>|\$\{?\w+\}?|\$\(.*\)|[xX*.]+")


class Secret:
    """
    Bytes that are to be seen by nobody.

    `str`, `repr` and `format` say a mask, `pickle` and `copy` refuse, and one secret equals no other, not even one of
    the same value: a comparison would be an oracle.
    """

    __slots__ = ("__value",)

    def __init__(self, value: bytes) -> None:
        self.__value = value

    def reveal(self) -> bytes:
        """Return the value, for a stream that leads to its place."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("a secret is neither copied nor pickled")


def one_line(text: str, source: str) -> Secret:
    """
    Return a value that is one line, if it can be one.

    :param source: where it came from, in words: ``the variable `X```.
    :raises UsageError: what is wrong with it, without showing it.
    """
    if fault := _fault(text):
        raise UsageError(f"{source} {fault}; nothing was sent", hint=_FAULTS[fault])
    return Secret(text.encode("utf-8", "surrogateescape"))


def whole(data: bytes, source: str) -> Secret:
    """
    Return the content of a file as it is.

    :raises UsageError: there is nothing in it.
    """
    if not data.strip():
        raise UsageError(f"{source} is empty; nothing was sent", hint="name another one")
    return Secret(data)


def _fault(text: str) -> str:
    checks = {
        "is empty": not text,
        "is nothing but white space": not text.strip(),
        "has several lines": bool(re.search(r"[\r\n]\s*\S", text)),
        "begins or ends with white space or a line end": text != text.strip(),
        "holds control or invisible characters": any(unicodedata.category(char) in {"Cc", "Cf"} for char in text),
        "still has the quotes around it": any(text[:1] == marks[0] and text[-1:] == marks[-1] for marks in _QUOTES),
        "is a word that means no value": text.lower() in _NO_VALUE,
        "is a gap to be filled in": bool(_GAP.fullmatch(text)),
        "is longer than any token": len(text) > _LIMIT_CHARACTERS,
    }
    return next((fault for fault, found in checks.items() if found), "")
