"""Recognises secrets in lines of shell histories and scripts, and in command lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.credentials import catalogue
from ssh_transport.credentials.tokens import has_secret, tokens_in

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "a token"  # noqa: S105 - words, no token
VARIABLE = "the value of a secret variable"
_PASSWORD = "a password in a command"  # noqa: S105 - as above
_ADDRESS = "a password in an address"

# zsh writes `: 1700000000:0;` before a command, fish `- cmd: `.
_PREFIX = re.compile(rb"^(?:: \d+:\d+;|- cmd: )")
_VALUE = rb"""("[^"]*"|'[^']*'|[^\s;&|)"']+)"""
_ASSIGNMENT = re.compile(rb"""(?:^|[\s;&|('",{])([A-Za-z_]\w*)=""" + _VALUE)
_ITEM = re.compile(rb"""["']([A-Za-z_]\w*)["']\s*(?:\]\s*=|:|,)\s*("[^"]*"|'[^']*')""")
# As fish and csh have it, and fish where it keeps it.
_SET = re.compile(rb"(?:^|[\s;])(?:set|setenv|SETUVAR)\s+(?:-\S+\s+)*([A-Za-z_]\w*)(?:\s+|:)" + _VALUE)

# Each has the value as its only group.
_COMMANDS = (
    (_PASSWORD, re.compile(rb"\bwandb\s+login\s+(?:--\S+\s+)*([0-9a-f]{40})\b")),
    (_PASSWORD, re.compile(rb"\bsshpass\s+-p\s*" + _VALUE)),
    (
        _PASSWORD,
        re.compile(
            rb"\s--?[\w.-]*(?:api[-_]?key|token|password|passwd|passphrase|secret)(?:=|\s+)" + _VALUE, re.IGNORECASE
        ),
    ),
    # What is printed into a program that reads it, or into a file that holds it.
    (
        _PASSWORD,
        re.compile(
            rb"\b(?:echo|printf)\s+(?:-\w+\s+|'?\"?%s(?:\\n)?'?\"?\s+)*" + _VALUE + rb"\s*\|\s*(?:sudo\s+)?"
            rb"(?:\S*/)?(?:wandb|docker|podman|gh|huggingface-cli|hf|kaggle|npm|helm|sudo|su|passwd|chpasswd|mysql|psql"
            rb"|openssl|gpg|vault|ngc|aws|oras|skopeo|crane|runpodctl|vastai)\b"
        ),
    ),
    (_PASSWORD, re.compile(rb"\bmachine\s+\S+\s+(?:login\s+\S+\s+)?password\s+" + _VALUE)),
    (
        _PASSWORD,
        re.compile(rb"\b(?:docker|podman|oras|helm\s+registry|crane)\s+(?:auth\s+)?login\b.*\s-p[= ]?" + _VALUE),
    ),
    (
        _PASSWORD,
        re.compile(
            rb"\b(?:vastai\s+set\s+api-key|runpodctl\s+config\s+--apiKey|kaggle\s+config\s+set\s+-n\s+key\s+-v)\s+"
            + _VALUE
        ),
    ),
    (
        _PASSWORD,
        re.compile(
            rb"\b(?:gh|huggingface-cli|hf|wandb|ngc|modelscope)\s+(?:auth\s+)?login\s+(?:--?\S+\s+)*([A-Za-z0-9_-]{20,})"
        ),
    ),
    (_PASSWORD, re.compile(rb"\bmysql(?:dump|admin)?\b.*\s-p(?!\s)" + _VALUE)),
    (_PASSWORD, re.compile(rb"\bredis-cli\b.*\s-a\s+" + _VALUE)),
    (
        _PASSWORD,
        re.compile(
            rb"\b(?:X-[\w-]*(?:Key|Token|Secret)|Api-?Key|Private-Token|Authorization)\s*:\s*(?:(?:Bearer|Basic|Token)\s+)?([^\s'\"]{8,})",
            re.IGNORECASE,
        ),
    ),
    (_PASSWORD, re.compile(rb"\bcurl\b.*\s(?:-u|--user)[ =]?['\"]?[^\s:'\"]+:([^\s'\"]+)")),
    (_PASSWORD, re.compile(rb"\b(?:Bearer|Basic)\s+([A-Za-z0-9._~+/=-]{16,})")),
    (_ADDRESS, re.compile(rb"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:([^\s/@]+)@")),
)


def kind_of_line(line: bytes) -> str:
    """Return a description of the secret in a line, or an empty string; placeholders and `$(cat FILE)` are none."""
    return next((kind for kind, _, _ in secrets_in(line)), "")


def masked(text: str) -> str:
    """Return a command line, or lines of a log, with the secrets in it made unreadable."""
    line = text.encode("utf-8", "surrogateescape")
    for value in sorted({line[begins:ends] for _, begins, ends in secrets_in(line)}, key=len, reverse=True):
        line = line.replace(value, b"***")
    return line.decode("utf-8", "surrogateescape")


def secrets_in(line: bytes) -> Iterator[tuple[str, int, int]]:
    """Yield the secrets in a line: a description, and where the value begins and ends, quotes left out."""
    prefix = _PREFIX.match(line)
    before = prefix.end() if prefix else 0
    for kind, begins, ends in _secrets_in(line[before:]):
        quotes = line[before + begins : before + begins + 1] in {b'"', b"'"}
        yield kind, before + begins + quotes, before + ends - quotes


def _secrets_in(line: bytes) -> Iterator[tuple[str, int, int]]:
    for span in tokens_in(line):
        yield TOKEN, *span
    for pattern in (_ASSIGNMENT, _ITEM, _SET):
        for pair in pattern.finditer(line):
            if has_secret(pair[1] + b"=" + pair[2]):
                yield VARIABLE, *pair.span(2)
    for kind, pattern in _COMMANDS:
        for value in pattern.finditer(line):
            if has_secret(b"PASSWORD=" + value[1]):
                yield kind, *value.span(1)
    for _, begins, ends in catalogue.found_in(line):
        yield TOKEN, begins, ends
