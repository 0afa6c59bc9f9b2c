"""Recognises secrets in lines of shell histories and scripts."""

from __future__ import annotations

import re

from ssh_transport.credentials import catalogue
from ssh_transport.credentials.tokens import has_secret, has_token

TOKEN = "a token"  # noqa: S105 - words, no token
VARIABLE = "the value of a secret variable"
_PASSWORD = "a password in a command"  # noqa: S105 - as above
_ADDRESS = "a password in an address"

# zsh writes `: 1700000000:0;` before a command, fish `- cmd: `.
_PREFIX = re.compile(rb"^(?:: \d+:\d+;|- cmd: )")
_VALUE = rb"""("[^"]*"|'[^']*'|[^\s;&|)"']+)"""
_ASSIGNMENT = re.compile(rb"""(?:^|[\s;&|('",{])([A-Za-z_]\w*)=""" + _VALUE)
_ITEM = re.compile(rb"""["']([A-Za-z_]\w*)["']\s*(?:\]\s*=|:|,)\s*("[^"]*"|'[^']*')""")
_FISH = re.compile(rb"(?:^|[\s;])set\s+(?:-\S+\s+)*([A-Za-z_]\w*)\s+" + _VALUE)

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
    line = _PREFIX.sub(b"", line)
    if has_token(line):
        return TOKEN
    pairs = (pair for pattern in (_ASSIGNMENT, _ITEM, _FISH) for pair in pattern.findall(line))
    if any(has_secret(name + b"=" + value) for name, value in pairs):
        return VARIABLE
    for kind, pattern in _COMMANDS:
        if any(has_secret(b"PASSWORD=" + value) for value in pattern.findall(line)):
            return kind
    return TOKEN if catalogue.kind_of(line) else ""
