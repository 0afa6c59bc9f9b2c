"""
Alias blocks in an `ssh_config(5)` file.

Our blocks are at the head of the file, because `ssh` uses the first value of an option, between marker lines::

    # >>> ssh-transport proj-1
    # platform: autodl
    # group: train
    # instance: 12345
    Host proj-1
        HostName connect.westb.seetacloud.com
        ...
    Match all
    # <<< ssh-transport proj-1

The closing ``Match all`` ends the scope of our block: the lines after it apply as before. Everything outside the
markers stays byte for byte. Group and instance are there if they are known.
"""

from __future__ import annotations

import functools
import glob
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import AliasError
from ssh_transport.text import did_you_mean, natural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEYWORD = re.compile(r"""\s*(?P<keyword>[A-Za-z]+)(?:\s*=\s*|\s+)(?P<rest>.*)""")
_NOTE = re.compile(r"# (?P<note>platform|group|instance): (?P<value>\S.*)")
# `ssh` takes the rest of the line as it is, quotes and comment signs too.
_VERBATIM = frozenset({"ProxyCommand"})
_DEEPEST_INCLUDE = 16  # as in OpenSSH's readconf.c


def aliases(path: Path) -> list[str]:
    """Return the names in `Host` lines, those of `Include`d files too, in natural order; patterns are left out."""
    names = {name for line, _ in _hosts(path) for name in line}
    return sorted((name for name in names if not set(name) & set("*?!")), key=natural)


def where(path: Path, alias: str) -> str:
    """Return ``file:line`` of the first `Host` line that contains the name `alias`, or an empty string."""
    return next((location for names, location in _hosts(path) if alias in names), "")


@dataclass(frozen=True)
class Block:
    """
    One of our blocks: its options as written, and the platform that it was added for.

    :ivar group: the group of boxes that it is in, or empty.
    :ivar instance: what the platform calls the box, or empty.
    """

    options: Mapping[str, str]
    platform: str
    group: str = ""
    instance: str = ""

    def render(self, alias: str, end: str) -> bytes:
        """Return the block with its marker lines; every line ends with `end`."""
        lines = [
            f"# >>> ssh-transport {alias}",
            f"# platform: {self.platform}",
            *(f"# {note}: {value}" for note in ("group", "instance") if (value := getattr(self, note))),
            f"Host {alias}",
            *(f"    {key} {_written(key, value)}" for key, value in self.options.items()),
            "Match all",
            f"# <<< ssh-transport {alias}",
        ]
        return "".join(f"{line}{end}" for line in lines).encode()


def ours(text: bytes) -> dict[str, Block]:
    """Return our blocks by alias, in natural order: in the file the last one added stands first."""
    return dict(_ours(text))


@functools.lru_cache(maxsize=4)
def _ours(text: bytes) -> Mapping[str, Block]:
    """Read them once for all boxes: of a thousand, that is a thousand times a thousand blocks."""
    found = {match["alias"].decode(): _read(match["body"]) for match in _block().finditer(text)}
    return {alias: found[alias] for alias in sorted(found, key=natural)}


def blocks(path: Path) -> dict[str, Block]:
    """Return our blocks in a file, which need not be there, by alias, in natural order."""
    return ours(path.read_bytes()) if path.exists() else {}


def with_block(text: bytes, alias: str, block: Block) -> bytes:
    """Return `text` with the block for `alias`, which replaces an old one or is put at the head of the file."""
    rendered = block.render(alias, "\r\n" if b"\r\n" in text else "\n")
    if old := _block(re.escape(alias.encode())).search(text):
        return text[: old.start()] + rendered + text[old.end() :]
    return rendered + text


def without_block(text: bytes, alias: str) -> bytes:
    """
    Return `text` without our block for `alias`; every other byte stays.

    :raises AliasError: we have no such block.
    """
    found = _block(re.escape(alias.encode())).search(text)
    if not found:
        raise not_ours(text, alias)
    return text[: found.start()] + text[found.end() :]


def not_ours(text: bytes, alias: str) -> AliasError:
    """Return the error for an alias that we may not change."""
    return AliasError(
        f"`{alias}` is not an alias of ours",
        cause=f"ours: {', '.join(ours(text)) or 'none'}",
        hint=f"{did_you_mean(alias, ours(text))}a block without our marker lines is yours: edit the file by hand",
    )


def quoted(value: str) -> str:
    """
    Return a value in the syntax of `ssh_config(5)`: in double quotes if it has a space, a quote or a comment sign.

    :raises AliasError: it has a character that would end the line or the quotes, and so could start another option.
    """
    if not value.isprintable() or '"' in value:
        raise AliasError("an option holds a character that ssh_config(5) can't", hint="use another path or name")
    return f'"{value}"' if re.search(r"[\s#']", value) else value


def _written(key: str, value: str) -> str:
    if key in _VERBATIM and value.isprintable():
        return value
    return quoted(value)


def _block(alias: bytes = rb"\S+") -> re.Pattern[bytes]:
    opening = rb"^# >>> ssh-transport (?P<alias>" + alias + rb")\r?\n"
    return re.compile(opening + rb"(?P<body>(?:.*\n)*?)^# <<< ssh-transport (?P=alias)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)


def _read(body: bytes) -> Block:
    lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
    notes = {match["note"]: match["value"] for line in reversed(lines) if (match := _NOTE.fullmatch(line))}
    pairs = [match for line in lines if (match := _KEYWORD.fullmatch(line))]
    options = {
        pair["keyword"]: pair["rest"] if pair["keyword"] in _VERBATIM else pair["rest"].strip('"')
        for pair in pairs
        if pair["keyword"] not in {"Host", "Match"}
    }
    return Block(options, **{"platform": "", **notes})


def _hosts(path: Path, base: Path | None = None, depth: int = 0) -> Iterator[tuple[list[str], str]]:
    """Yield the names of every `Host` line and its ``file:line``, following `Include`."""
    if depth > _DEEPEST_INCLUDE or not path.is_file():
        return
    base = base or path.parent
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    for number, line in enumerate(lines, start=1):
        match = _KEYWORD.fullmatch(line.rstrip("\r"))
        if not match:
            continue
        keyword, words = match["keyword"].lower(), _words(match["rest"])
        if keyword == "host":
            yield words, f"{path}:{number}"
        elif keyword == "include":
            for pattern in words:
                # A relative name is relative to the directory of the user's config file.
                for name in sorted(glob.glob(str(base / Path(pattern).expanduser()))):
                    yield from _hosts(Path(name), base, depth + 1)


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest, comments=True)
    except ValueError:
        return []
