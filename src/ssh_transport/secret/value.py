"""A secret value, which only `reveal` returns; it is called where the value is sent."""

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

# What can be wrong with a value, and a hint; the first that applies is reported. No message contains the value.
_FAULTS: Mapping[str, str] = {
    "is empty": "is the token set where you run this?",
    "is nothing but white space": "copy the token again",
    "begins or ends with white space or a line end": "copy it again without the characters around it",
    "has several lines": "to push a whole file: --file=PATH --whole --to=TARGET",
    "has control or invisible characters": "copy it again as plain text",
    "still has the quotes around it": "remove the quotes",
    "is a word that means no value": "the script or `jq` that set it found nothing",
    "is a placeholder": "replace it by the token",
    "is longer than any token": "to push a whole file: --file=PATH --whole --to=TARGET",
}
_PLACEHOLDER = re.compile(r"<[^<>]*>|\$\{?\w+\}?|\$\(.*\)|[xX*.]+")


class Secret:
    """
    Bytes that must not be printed.

    `str`, `repr` and `format` return a mask, `pickle` and `copy` raise `TypeError`, and a secret only equals itself:
    comparing values would allow guessing.
    """

    __slots__ = ("__value",)

    def __init__(self, value: bytes) -> None:
        self.__value = value

    def reveal(self) -> bytes:
        """Return the value, only for sending it to its destination."""
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
    Return a value of one line as a secret.

    :param source: a description of its source for messages, such as ``the variable `X```.
    :raises UsageError: the value is not valid; the message does not contain it.
    """
    if fault := _fault(text):
        raise UsageError(f"{source} {fault}; nothing was sent", hint=_FAULTS[fault])
    return Secret(text.encode("utf-8", "surrogateescape"))


def whole(data: bytes, source: str) -> Secret:
    """
    Return the content of a file, unchanged, as a secret.

    :raises UsageError: it is empty.
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
        "has control or invisible characters": any(unicodedata.category(char) in {"Cc", "Cf"} for char in text),
        "still has the quotes around it": any(text[:1] == marks[0] and text[-1:] == marks[-1] for marks in _QUOTES),
        "is a word that means no value": text.lower() in _NO_VALUE,
        "is a placeholder": bool(_PLACEHOLDER.fullmatch(text)),
        "is longer than any token": len(text) > _LIMIT_CHARACTERS,
    }
    return next((fault for fault, found in checks.items() if found), "")
