"""Recognises tokens, and secret values in `NAME=value` lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Token formats as their issuers document them.
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"hf_[A-Za-z0-9]{30,}"
    r"|sk-(?:[A-Za-z0-9]{32,}|(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[\w-]{20,})"
    r"|gh[opsur]_[A-Za-z0-9]{36,}|github_pat_\w{22,}|glpat-[\w-]{20,}"
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"
    r"|xox[abceoprs]-[A-Za-z0-9-]{10,}"
    r"|AIza[\w-]{35}|ya29\.[\w-]{20,}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}|dckr_pat_[\w-]{20,}"
    r"|nvapi-[\w-]{40,}|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{37}|rpa_[A-Za-z0-9]{30,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r")",
    re.ASCII,
)
_LINE = re.compile(r"^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*[=:][ \t]*(\S.*?)[ \t\r]*$", re.MULTILINE)
_SECRET_NAME = re.compile(
    r"(?:(?:^|[_.-])(?:\w*API_?KEY|KEY|TOKEN|SECRET|PASSPHRASE|(?:SSH)?PASS|PWD|CREDENTIALS?)|PASSWORD|PASSWD)(?:[_.-]|\d*$)",
    re.IGNORECASE,
)
_OPEN_NAME = re.compile(r"PUBLIC|(?:PATH|FILE|DIR|URL|NAME|ID|TYPE|LENGTH|LIMIT|COUNT|EXPIRY|TTL)$", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"[<{\[%].*|(?:\$\w+)+|.*(?:\$[{(]|(?-i:\$[A-Z_][A-Z0-9_]+)|<[^>]+>|\{\{|x{6}|\*{6}).*|\W*"
    r"|(?:https?|file)://[^@]*|[~.]{0,2}/[\w.-]+(?:/[\w.-]*)*|[\d.,:]*"
    r"|(?:your|my|enter|insert|put|paste|fill|replace|change|example|sample|dummy|fake|test|todo)"
    r"(?:[-_ .].*|[a-z]*|\d*)"
    r"|(?:none|null|true|false|default|secret|password|placeholder|redacted|token|key)(?:[-_ .][a-z_ .-]*|[a-z]*|\d*)",
    re.IGNORECASE | re.DOTALL,
)
# With fewer different characters it is a placeholder: `hf_xxxxxxxxxxxx`.
_VARIED_CHARACTERS = 6
_LONG_CHARACTERS = 8
# Amazon's, which may begin as a path does.
_AWS_SECRET = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9+])[A-Za-z0-9/+]{40}")
_ADDRESS = re.compile(r"://[^\s/:@'\"]*:([^\s/@'\"]+)@")


def has_token(data: bytes) -> bool:
    """Whether the text contains a token of a known format."""
    return any(tokens_in(data))


def tokens_in(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where in the text a token of a known format begins and ends."""
    # One character for each byte.
    return (found.span() for found in _SHAPES.finditer(data.decode("latin-1")) if _is_varied(found[0]))


def has_secret(data: bytes) -> bool:
    """
    Whether the text contains a token, a name like ``API_KEY`` with a long value that is no placeholder, or an address
    with a password.
    """
    text = _text(data)
    return has_token(data) or any(map(is_secret_value, (*_secret_values(text), *_ADDRESS.findall(text))))


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name, such as ``API_KEY``, usually holds a secret."""
    return _SECRET_NAME.search(name) is not None and not _OPEN_NAME.search(name)


def is_secret_value(value: str) -> bool:
    """Whether the value of such a variable is long and varied enough to be a secret, and no placeholder."""
    if _AWS_SECRET.fullmatch(value):
        return True
    return (
        len(value) >= _LONG_CHARACTERS
        and len(set(value)) > _VARIED_CHARACTERS // 2
        and not _PLACEHOLDER.fullmatch(value)
    )


def _secret_values(text: str) -> Iterator[str]:
    for name, value in _LINE.findall(text):
        if is_secret_name(name):
            quote = value[0]
            yield value[1:].partition(quote)[0] if quote in "\"'" else re.split(r"\s#", value)[0].strip()


def _is_varied(token: str) -> bool:
    return len(set(token[4:])) >= _VARIED_CHARACTERS


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
