"""
Parses a pasted connection string: user, host, port, identity, jump, tunnels.

People paste whole clipboards, with the password on the next line, from mails and chats that change punctuation. The
text itself is never stored and never printed, only the parsed parts.
"""

from __future__ import annotations

import getopt
import re
import shlex
from dataclasses import dataclass, replace

from ssh_transport.errors import EndpointError

# Patterns are compiled at first use, which keeps `--list` fast.

# The options of ssh(1), scp(1) and sftp(1): a letter that takes a value has a colon behind it.
_OPTIONS = {
    "ssh": "46AaB:b:CcD:E:e:F:fGgI:i:J:KkL:l:Mm:NnO:o:P:p:Q:qR:S:sTtVvW:w:XxYy",
    "scp": "346ABCc:D:F:i:J:l:Oo:P:pqRrS:sTvX:",
    "sftp": "46AaB:b:Cc:D:F:fi:J:l:No:P:pqR:rS:s:vX:",
}

# Chats and mail programs replace ASCII by full-width and typographic characters.
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ASCII |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), ord("-"))
_ASCII |= dict.fromkeys((0x00A0, 0x2002, 0x2003, 0x2009, 0x202F, 0x3000), ord(" "))
_ASCII |= dict.fromkeys((0x2018, 0x2019, 0x201B), ord("'")) | dict.fromkeys((0x201C, 0x201D, 0x201F), ord('"'))
_TYPOGRAPHY: dict[int, int | None] = {**_ASCII, 0x200B: None, 0xFEFF: None}

_PRIVATE_LINE = r"(?i)\s*(?:密码|口令|(?:pass(?:word|wd|phrase)?|pwd)(?=[\s:=]|$))"
_COMMAND = r"(?a)(?<![\w./@-])(?P<program>ssh|scp|sftp)\s+(?P<words>\S.*)"
_URL = r"(?:ssh|scp|sftp)://(?P<target>[^\s/'\"]+)"
_MAPPING = r"(?P<target>\[[^\]\s]+\]:\d+|[^\s:]+:\d+)\s*->\s*:?22(?:/tcp)?(?!\d)"
_ANY_MAPPING = r"->\s*:?\d+"

_HOST = r"(?a)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+(?:%[\w.-]+)?"
_USER = r"(?a)[A-Za-z0-9_][A-Za-z0-9._@+-]*"
_TARGET = r"(?:(?P<user>.+)@)?(?:\[(?P<bracketed>[^\]]+)\]|(?P<host>[^@\[\]:]+))(?::(?P<port>[^:@]*))?"
_JUMP = r"(?a)[\w.@:\[\]%,/+-]+"
_MAX_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """The parsed parts of a string; `None` or empty: not in it. Tunnels only help to recognise the platform."""

    host: str
    user: str | None = None
    port: int | None = None
    identity: str = ""
    jump: str = ""
    tunnels: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the `ssh` command that connects to it."""
        target = f"{self.user}@{self.host}" if self.user else self.host
        port = ["-p", str(self.port)] if self.port else []
        identity = ["-i", self.identity] if self.identity else []
        jump = ["-J", self.jump] if self.jump else []
        tunnels = [word for tunnel in self.tunnels for word in ("-L", tunnel)]
        return shlex.join(["ssh", *port, *identity, *jump, *tunnels, target])


def parse(text: str) -> Endpoint:
    """
    Parse text copied from a console, a mail or a chat.

    It may contain, on any line, an `ssh`, `scp` or `sftp` command with options in any order, an ``ssh://`` or
    ``scp://`` URL, a port mapping (``203.0.113.7:13007 -> :22``), or a bare ``user@host:port``.

    :raises EndpointError: it can't be parsed; names the wrong part and gives examples, never the text itself.
    """
    plain = text.translate(_TYPOGRAPHY)
    lines = [line.strip() for line in plain.splitlines() if line.strip() and not re.match(_PRIVATE_LINE, line)]
    for line in lines:
        if found := re.search(_URL, line):
            return target(found["target"])
        if found := re.search(_COMMAND, line):
            return _command(found["program"], found["words"])
        if found := re.search(_MAPPING, line):
            # The consoles that print mappings, RunPod's and Vast's, log in as root.
            return replace(target(found["target"]), user="root")
    bare = [line for line in lines if not re.search(_ANY_MAPPING, line)]
    if not bare:
        raise _unreadable("no port mapping to 22 is in it" if lines else "it is empty")
    if bare[0] in _OPTIONS:
        raise _unreadable("no host is in it")
    with_user = [line for line in bare if "@" in line]
    return _command("ssh", (with_user or bare)[0])


def target(text: str) -> Endpoint:
    """
    Parse ``[user@]host[:port]``; an IPv6 address with a port is in brackets.

    :raises EndpointError: user, host or port is not valid.
    """
    user, at, rest = text.rpartition("@")
    if rest.count(":") > 1 and not rest.startswith("["):
        return Endpoint(host=_host(rest), user=_user(user) if at else None)
    match = re.fullmatch(_TARGET, text)
    if not match:
        raise _unreadable("it is not of the form user@host:port")
    return Endpoint(
        host=_host(match["bracketed"] or match["host"]),
        user=_user(match["user"]) if match["user"] else None,
        port=port(match["port"]) if match["port"] is not None else None,
    )


def _command(program: str, text: str) -> Endpoint:
    try:
        options, operands = _parsed(shlex.split(text), _OPTIONS[program])
    except ValueError as exc:
        raise _unreadable(f"quotes: {exc}".lower()) from exc
    except getopt.GetoptError as exc:
        raise _unreadable(f"an option of {program}: -{exc.opt[:1]}") from exc
    found = _ssh_target(operands) if program == "ssh" else _copy_target(operands)
    for flag, value in options:
        found = _with_option(found, flag, value, port_flag="-p" if program == "ssh" else "-P")
    return found


def _parsed(words: list[str], known: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return options and operands, in any order; `gnu_getopt` stops at the first operand under POSIXLY_CORRECT."""
    options: list[tuple[str, str]] = []
    operands: list[str] = []
    while words:
        found, words = getopt.getopt(words, known)
        options += found
        operands += words[:1]
        words = words[1:]
    return options, operands


def _with_option(found: Endpoint, flag: str, value: str, *, port_flag: str) -> Endpoint:
    if flag == "-o":
        name, _, value = re.sub(r"\s*=\s*|\s+", "=", value.strip(), count=1).partition("=")
        flag = {"port": port_flag, "user": "-l", "identityfile": "-i", "proxyjump": "-J"}.get(name.lower(), "")
    if flag == port_flag:
        # As in ssh itself, the first value counts.
        return found if found.port else replace(found, port=port(value))
    if flag == "-l" and port_flag == "-p":
        return found if found.user else replace(found, user=_user(value))
    if flag == "-i":
        return found if found.identity else replace(found, identity=_printable("the identity file", value))
    if flag == "-J" and re.fullmatch(_JUMP, value):
        return replace(found, jump=value)
    if flag == "-J":
        raise _unreadable("the jump host (after -J)")
    if flag == "-L":
        return replace(found, tunnels=(*found.tunnels, _printable("a tunnel", value)))
    return found


def _ssh_target(operands: list[str]) -> Endpoint:
    if not operands:
        raise _unreadable("no host is in it")
    if len(operands) > 1:
        raise _unreadable(f"{len(operands) - 1} words too many after the host")
    return target(operands[0])


def _copy_target(operands: list[str]) -> Endpoint:
    """Return the side of a copy command that is not local: ``user@host:path``."""
    for operand in operands:
        host, colon, _ = re.sub(r"(?<=\]):", "\0", operand, count=1).partition("\0" if "]" in operand else ":")
        if colon and "/" not in host:
            return target(host)
    raise _unreadable("no side of the copy is of the form user@host:path")


def _host(text: str) -> str:
    if not re.fullmatch(_HOST, text):
        raise _unreadable("the host is no name or address")
    return text


def _user(text: str) -> str:
    if not re.fullmatch(_USER, text):
        raise _unreadable("the user is no login name")
    return text


def port(text: str) -> int:
    """
    Parse a port number.

    :raises EndpointError: it is no number from 1 to 65535.
    """
    if not (re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) <= _MAX_PORT):
        raise _unreadable("the port is no number from 1 to 65535")
    return int(text)


def _printable(part: str, value: str) -> str:
    if not value or not value.isprintable() or '"' in value:
        raise _unreadable(f"{part} has a character that can't be printed, a quote, or is empty")
    return value


def _unreadable(why: str) -> EndpointError:
    return EndpointError(
        "can't read the connection string",
        cause=why,
        hint="paste it as the console shows it, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com', "
        "'ssh://root@203.0.113.7:41234' or 'root@203.0.113.7:41234'",
    )
