"""Where `ssh` goes: user, host, port, identity, and the way there; each part is checked before it is kept."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from ssh_transport.errors import EndpointError

# Patterns are compiled at first use, which keeps `--list` fast.
_HOST = r"(?a)[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]+(?:%[\w.-]+)?"
# A directory service puts a domain in front (DOMAIN\me); a gateway may want the box's name behind (root@box@gateway).
_USER = r"(?a)[A-Za-z0-9_][A-Za-z0-9._@+-]*(?:\\[A-Za-z0-9._@+-]+)?"
_TARGET = r"(?:(?P<user>.+)@)?(?:\[(?P<bracketed>[^\]]+)\]|(?P<host>[^@\[\]:]+))(?::(?P<port>[^:@]*))?"
_MAX_PORT = 65535


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """
    The parsed parts of a string; `None` or empty: not in it.

    ``options`` are those of `ssh_config(5)` that decide the way to the host, as names and values. Tunnels only help to
    recognise the platform.
    """

    host: str
    user: str | None = None
    port: int | None = None
    identity: str = ""
    jump: str = ""
    options: tuple[tuple[str, str], ...] = ()
    tunnels: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the `ssh` command that connects to it."""
        target = f"{self.user}@{self.host}" if self.user else self.host
        port = ["-p", str(self.port)] if self.port else []
        identity = ["-i", self.identity] if self.identity else []
        jump = ["-J", self.jump] if self.jump else []
        options = [word for name, value in self.options for word in ("-o", f"{name}={value}")]
        tunnels = [word for tunnel in self.tunnels for word in ("-L", tunnel)]
        return shlex.join(["ssh", *port, *identity, *jump, *options, *tunnels, target])


def target(text: str) -> Endpoint:
    """
    Parse ``[user@]host[:port]``; an IPv6 address with a port is in brackets.

    :raises EndpointError: user, host or port is not valid.
    """
    name, at, rest = text.rpartition("@")
    if rest.count(":") > 1 and not rest.startswith("["):
        return Endpoint(host=host(rest), user=user(name) if at else None)
    match = re.fullmatch(_TARGET, text)
    if not match:
        raise unreadable("it is not of the form user@host:port")
    return Endpoint(
        host=host(match["bracketed"] or match["host"]),
        user=user(match["user"]) if match["user"] else None,
        port=port(match["port"]) if match["port"] is not None else None,
    )


def host(text: str) -> str:
    """
    Return a host name or address.

    :raises EndpointError: it is none.
    """
    if not re.fullmatch(_HOST, text):
        raise unreadable("the host is no name or address")
    return text


def user(text: str) -> str:
    r"""
    Return a login name, which may contain ``@`` and one ``DOMAIN\``.

    :raises EndpointError: it is none.
    """
    if not re.fullmatch(_USER, text):
        raise unreadable("the user is no login name")
    return text


def port(text: str) -> int:
    """
    Parse a port number.

    :raises EndpointError: it is no number from 1 to 65535.
    """
    if not (re.fullmatch(r"[0-9]{1,5}", text) and 0 < int(text) <= _MAX_PORT):
        raise unreadable("the port is no number from 1 to 65535")
    return int(text)


def printable(part: str, value: str) -> str:
    """
    Return a value that fits into a line of `ssh_config(5)`.

    :raises EndpointError: it is empty, or has a quote or a character that can't be printed.
    """
    if not value or not value.isprintable() or '"' in value:
        raise unreadable(f"{part} has a character that can't be printed, a quote, or is empty")
    return value


def with_name(command: str, name: str) -> str:
    """Return a `ProxyCommand` with the name of the host in place of the tokens that would be the name of an alias."""
    return re.sub(r"%.", lambda token: name if token[0] in {"%n", "%k"} else token[0], command)


def unreadable(why: str, hint: str = "") -> EndpointError:
    """Return the error for a string that can't be read; `why` never repeats anything of it."""
    return EndpointError(
        "can't read the connection string",
        cause=why,
        hint=hint
        or "paste it as the console shows it, in quotes: 'ssh -p 38076 root@connect.westb.seetacloud.com', "
        "'ssh://root@203.0.113.7:41234' or 'root@203.0.113.7:41234'",
    )
