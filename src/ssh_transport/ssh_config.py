"""
Alias blocks in an `ssh_config(5)` file.

Our blocks stand at the head of the file, because the first value of an option counts, between marker lines::

    # >>> ssh-transport proj-1
    Host proj-1
        HostName connect.westb.seetacloud.com
        ...
    Match all
    # <<< ssh-transport proj-1

The closing ``Match all`` gives what follows the scope it had before, whatever it is. Everything outside the markers
stays byte for byte.
"""

from __future__ import annotations

import glob
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import AliasError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYWORD = re.compile(r"""\s*(?P<keyword>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<rest>.*)""")
_DEEPEST_INCLUDE = 16  # as in OpenSSH's readconf.c


def aliases(path: Path) -> list[str]:
    """Return the names that `Host` lines spell out, in order, `Include`d files too; no patterns."""
    names = (name for line, _ in _hosts(path) for name in line)
    return list(dict.fromkeys(name for name in names if not set(name) & set("*?!")))


def where(path: Path, alias: str) -> str:
    """Return ``file:line`` of the first `Host` line that spells out `alias`, or an empty string."""
    return next((place for names, place in _hosts(path) if alias in names), "")


def ours(text: bytes) -> dict[str, Mapping[str, str]]:
    """Return our blocks: alias -> option -> value, as written."""
    return {match["alias"].decode(): _options(match["body"]) for match in _block().finditer(text)}


def with_block(text: bytes, alias: str, options: Mapping[str, str], *, note: str = "") -> bytes:
    """Return `text` with a block for `alias` at its head, in the file's own line ends."""
    end = b"\r\n" if b"\r\n" in text else b"\n"
    lines = [
        f"# >>> ssh-transport {alias}",
        *([f"# {note}"] if note else []),
        f"Host {alias}",
        *(f"    {key} {value}" for key, value in options.items()),
        "Match all",
        f"# <<< ssh-transport {alias}",
    ]
    mark = b"\xef\xbb\xbf" if text.startswith(b"\xef\xbb\xbf") else b""
    return mark + b"".join(line.encode() + end for line in lines) + text.removeprefix(mark)


def without_block(text: bytes, alias: str) -> bytes:
    """
    Return `text` without our block for `alias`; every other byte stays.

    :raises AliasError: we have no such block.
    """
    found = _block(re.escape(alias.encode())).search(text)
    if not found:
        raise AliasError(
            f"`{alias}` is not an alias of ours",
            cause=f"ours: {', '.join(ours(text)) or 'none'}",
            hint="a block without our marker lines is yours: edit the file by hand",
        )
    return text[: found.start()] + text[found.end() :]


def quoted(value: str) -> str:
    """Return a value as `ssh_config(5)` wants it: in double quotes if it holds a space."""
    return f'"{value}"' if re.search(r"[\s#]", value) else value


def _block(alias: bytes = rb"\S+") -> re.Pattern[bytes]:
    opening = rb"^# >>> ssh-transport (?P<alias>" + alias + rb")\r?\n"
    return re.compile(opening + rb"(?P<body>(?:.*\n)*?)^# <<< ssh-transport (?P=alias)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


def _options(body: bytes) -> dict[str, str]:
    lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
    pairs = [line.split(None, 1) for line in lines if line and not line.startswith("#")]
    return {pair[0]: pair[1].strip('"') for pair in pairs if pair[0] not in {"Host", "Match"}}


def _hosts(path: Path, depth: int = 0) -> Iterator[tuple[list[str], str]]:
    """Yield the words of every `Host` line with its place, following `Include`."""
    if depth > _DEEPEST_INCLUDE or not path.is_file():
        return
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number, line in enumerate(lines, start=1):
        match = _KEYWORD.fullmatch(line)
        if not match:
            continue
        keyword, words = match["keyword"].lower(), _words(match["rest"])
        if keyword == "host":
            yield words, f"{path}:{number}"
        elif keyword == "include":
            for pattern in words:
                # A relative name means the directory of the user's own config file.
                for name in sorted(glob.glob(str(path.parent / Path(pattern).expanduser()))):
                    yield from _hosts(Path(name), depth + 1)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest, comments=True)
    except ValueError:
        return []
