"""What a pasted connection string says: user, host, port, identity, jump."""

from __future__ import annotations

import getopt
import re
import shlex
from dataclasses import dataclass

from .errors import EndpointError

# The options of ssh(1) that take a value carry a colon; the rest of the letters are flags.
_SSH_OPTIONS = "46AaB:b:CcD:E:e:F:fGgI:i:J:KkL:l:Mm:NnO:o:P:p:Q:qR:S:sTtVvW:w:XxYy"

_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+(?:%[\w.-]+)?")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]*")
_TARGET = re.compile(r"(?:(?P<user>.+)@)?(?:\[(?P<bracketed>[^\]]+)\]|(?P<host>[^@\[\]]+?))(?::(?P<port>[^:@]*))?")
_MAX_PORT = 65535


@dataclass(frozen=True)
class Endpoint:
    """Where a string leads; `None` and empty mean that it does not say."""

    host: str
    user: str | None = None
    port: int | None = None
    identity: str = ""
    jump: str = ""


def parse(text: str) -> Endpoint:
    """
    Read an `ssh` command, with its options in any order, or a bare ``user@host:port``.

    Tunnels and other options are dropped: an alias is for logins and copies.

    :raises EndpointError: which part can't be read, with a shape that can.
    """
    try:
        words = shlex.split(text.strip())
    except ValueError as exc:
        raise _unreadable(f"{exc}".lower()) from exc
    if words and words[0] == "ssh":
        words = words[1:]
    try:
        options, rest = getopt.gnu_getopt(words, _SSH_OPTIONS)
    except getopt.GetoptError as exc:
        raise _unreadable(f"{exc}") from exc
    if not rest:
        raise _unreadable("no host is in it")
    if len(rest) > 1:
        raise _unreadable(f"{len(rest) - 1} words too many after the host")
    said = target(rest[0].removeprefix("ssh://").removesuffix("/"))
    flags = dict(options)
    return Endpoint(
        host=said.host,
        user=_user(flags["-l"]) if "-l" in flags else said.user,
        port=_port(flags["-p"]) if "-p" in flags else said.port,
        identity=flags.get("-i", ""),
        jump=flags.get("-J", ""),
    )


def target(text: str) -> Endpoint:
    """
    Read ``[user@]host[:port]``; an IPv6 address with a port stands in brackets.

    :raises EndpointError: a part holds what no user, host or port has.
    """
    if re.fullmatch(_HOST, text):
        return Endpoint(text)
    match = _TARGET.fullmatch(text)
    if not match:
        raise _unreadable("not of the form user@host:port")
    if match["host"] and ":" in match["host"]:
        user, _, host = text.rpartition("@")
        return Endpoint(_host(host), _user(user) if user else None)
    return Endpoint(
        host=_host(match["bracketed"] or match["host"]),
        user=_user(match["user"]) if match["user"] else None,
        port=_port(match["port"]) if match["port"] is not None else None,
    )


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise _unreadable(f"`{text}` is no host name or address")
    return text


def _user(text: str) -> str:
    if not _USER.fullmatch(text):
        raise _unreadable(f"`{text}` is no user name")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_PORT):
        raise _unreadable(f"`{text}` is no port")
    return int(text)


def _unreadable(why: str) -> EndpointError:
    # The text itself is not shown: people paste whole clipboards, password line included.
    return EndpointError(
        "can't read the connection string",
        cause=why,
        hint="paste it as the console shows it, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com'",
    )
