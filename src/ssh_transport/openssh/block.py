"""The lines of one block of ours: how they are written, read, and changed one by one."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.errors import AliasError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPTION = re.compile(r"\s*(?P<keyword>[A-Za-z0-9]+)(?:\s*=\s*|\s+)(?P<rest>(?:.*\S)?)\s*")
_COMMENTED = re.compile(r'((?:[^"]|"[^"]*")*?)\s+#.*')
_NOTE = re.compile(r"\s*# (?P<note>platform|group|instance): (?P<value>\S(?:.*\S)?)\s*")
# `ssh` takes the rest of the line as it is, quotes and comment signs too.
_VERBATIM = frozenset({"proxycommand", "remotecommand", "localcommand", "knownhostscommand"})
# What we look for in a block; a person may have written it in other capitals.
_LOOKED_FOR = ("HostName", "Port", "User", "IdentityFile", "ProxyJump", "ProxyCommand")
_SPELT = {key.lower(): key for key in _LOOKED_FOR}


@dataclass(frozen=True)
class Block:
    """
    One of our blocks: the options of its alias, of several values the first, and the platform that it was added for.

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


def quoted(value: str) -> str:
    """
    Return a value in the syntax of `ssh_config(5)`: in double quotes if it has a space, a quote or a comment sign.

    :raises AliasError: it has a character that would end the line or the quotes, and so could start another option.
    """
    if not value.isprintable() or '"' in value:
        raise AliasError("an option holds a character that ssh_config(5) can't", hint="use another path or name")
    return f'"{value}"' if re.search(r"[\s#']", value) else value


def option(line: str) -> tuple[str, str]:
    """Return the keyword of a line in small letters, and what is behind it; both are empty if it is no option."""
    match = _OPTION.fullmatch(line)
    return (match["keyword"].lower(), match["rest"]) if match else ("", "")


def words(rest: str) -> list[str]:
    """Return the words behind a keyword such as `Host`; none if their quotes are not in pairs."""
    try:
        return shlex.split(rest, comments=True)
    except ValueError:
        return []


def section(lines: Sequence[str], alias: str) -> range:
    """Return which lines are of the first `Host` line that names the alias, itself among them; none if none does."""
    heads = [number for number, line in enumerate(lines) if option(line)[0] in {"host", "match"}]
    for start, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        keyword, rest = option(lines[start])
        if keyword == "host" and alias in words(rest):
            return range(start, end)
    return range(0)


def read(lines: Sequence[str], alias: str) -> Block:
    """Return what the lines between the markers say of the alias, and of no other."""
    notes = {match["note"]: match["value"] for line in reversed(lines) if (match := _NOTE.fullmatch(line))}
    options: dict[str, str] = {}
    for number in section(lines, alias)[1:]:
        if match := _OPTION.fullmatch(lines[number]):
            options.setdefault(_SPELT.get(match["keyword"].lower(), match["keyword"]), _plain(match))
    return Block(options, **{"platform": "", **notes})


def set_option(lines: list[str], alias: str, key: str, value: str) -> None:
    """
    Have the alias have this option: its first line gets the value, and else a new line is put behind the others.

    :param value: if it is empty, the option is taken out.
    """
    found = {number: match for number in section(lines, alias) if (match := _OPTION.fullmatch(lines[number]))}
    same = [number for number, match in found.items() if match["keyword"].lower() == key.lower()]
    if not value:
        for number in reversed(same):
            del lines[number]
    elif not same:
        _insert(lines, max(found) + 1, f"    {key} {_written(key, value)}")
    elif _plain(match := found[same[0]]) != value:
        start = match.start("rest")
        lines[same[0]] = match[0][:start] + _written(key, value) + match[0][start + len(_value(match)) :]


def set_note(lines: list[str], note: str, value: str) -> None:
    """Have the block have this note, in its place or behind the others."""
    found = {number: match for number, line in enumerate(lines) if (match := _NOTE.fullmatch(line))}
    for number, match in found.items():
        if match["note"] == note:
            lines[number] = match[0][: match.start("value")] + value + match[0][match.end("value") :]
            return
    _insert(lines, max(found, default=-1) + 1, f"# {note}: {value}")


def _insert(lines: list[str], number: int, line: str) -> None:
    """Insert a line that ends as those around it: they are split at newlines."""
    lines.insert(number, line + ("\r" if lines[0].endswith("\r") else ""))


def _written(key: str, value: str) -> str:
    return value if key.lower() in _VERBATIM and value.isprintable() else quoted(value)


def _value(match: re.Match[str]) -> str:
    """Return the value of an option as it is written, without a comment behind it."""
    is_command = match["keyword"].lower() in _VERBATIM
    commented = None if is_command else _COMMENTED.fullmatch(match["rest"])
    return commented[1] if commented else match["rest"]


def _plain(match: re.Match[str]) -> str:
    return match["rest"] if match["keyword"].lower() in _VERBATIM else _value(match).strip('"')
