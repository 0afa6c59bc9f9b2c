"""Collects the options of one command, and makes an endpoint of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ssh_transport.platforms.address import Endpoint, host, port, printable, target, unreadable, user, with_name

from . import identity, letters
from .plain import is_placeholder

_JUMP = r"(?a)[\w.@:\[\]%,/+-]+"
_NAME = r"(?a)[\w.:%\[\]-]+"
_HAS_SECRET = re.compile(
    r"(?i)\*\*\*|sshpass|-pw\b|passw|secret|token|--?(?:proxy-)?auth\b|://[^/@\s]*:[^/@\s]*@|-P\s*\S+:\S"
)
# What manuals write in place of a host.
_STANDS_FOR_HOST = re.compile(
    r"(?:(?:YOUR|MY|THE|SERVER|INSTANCE|PUBLIC|POD|BOX|REMOTE|VM)[_-])*(?:IP|HOST|HOSTNAME|ADDRESS|SERVER)"
    r"|(?i:your[_-][\w-]+|(?:x{1,3}\.){3}x{1,3})"
)
# Options that choose the way to the box, and can stand in an alias as they are.
_KEPT = {
    "proxycommand": "ProxyCommand",
    "proxyusefdpass": "ProxyUseFdpass",
    "hostkeyalias": "HostKeyAlias",
    "bindaddress": "BindAddress",
    "bindinterface": "BindInterface",
    "addressfamily": "AddressFamily",
}
# Options that say whose host key is accepted: that is never less than ours, and where keys are pinned is our business.
_TRUST = {
    "stricthostkeychecking": "StrictHostKeyChecking",
    "userknownhostsfile": "UserKnownHostsFile",
    "globalknownhostsfile": "GlobalKnownHostsFile",
}
# Options that choose it, and can't.
_REFUSED = {"tag": "-P", "include": "-F", "match": "-F"}
_LETTERS = {"-b": "bindaddress", "-B": "bindinterface", "-S": "controlpath", "-J": "proxyjump"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """An endpoint, and what the person should be told about it; ``weak``: a single word, which may be prose."""

    endpoint: Endpoint
    told: tuple[str, ...] = ()
    weak: bool = False


@dataclass
class Draft:
    """What the options said so far; of several values the first counts, as in ssh itself."""

    user: str | None = None
    port: int | None = None
    host: str = ""
    real_host: str = ""
    identity: str | None = None
    jump: str = ""
    options: dict[str, str] = field(default_factory=dict)
    held_by: str = ""
    """The socket of a connection that another `ssh` holds."""
    holds: bool = False
    tunnels: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    untrusted: list[str] = field(default_factory=list)
    """The options that would have another host key accepted, or looked for elsewhere."""

    def ssh_option(self, flag: str, value: str) -> None:
        """
        Take an option of ssh(1).

        :raises EndpointError: its value is not valid, or it leads a way that an alias can't.
        """
        if flag == "-o":
            self.setting(value)
        elif flag in {"-p", "-l", "-i"}:
            self.named({"-p": "port", "-l": "user", "-i": "identityfile"}[flag], value)
        elif flag in _LETTERS:
            self.named(_LETTERS[flag], value)
        elif flag in {"-4", "-6"}:
            self.named("addressfamily", "inet" if flag == "-4" else "inet6")
        elif flag == "-M" and not value:
            self.holds = True
        elif flag == "-L":
            self.tunnels.append(printable("a tunnel", value))
        elif flag == "-P" and value.isdigit():
            self.told.append("ssh's option for the port is -p; -P is scp's, and was read as -p")
            self.named("port", value)
        elif flag in {"-W", "-O", "-P"} or (flag == "-F" and value not in {"none", "/dev/null"}):
            raise unroutable(flag)

    def setting(self, text: str) -> None:
        """Take ``Name=value`` or ``Name value``, as -o has it."""
        text = text.strip()
        end = re.match(r"\w*", text)
        name = end[0] if end else ""
        value = text[len(name) :].strip()
        self.named(name.lower(), value.removeprefix("=").strip())

    def named(self, name: str, value: str) -> None:
        """Take an option of `ssh_config(5)` by its name in lower case; those that don't lead the way are left out."""
        if name == "port":
            self.port = self.port or number(value)
        elif name == "user":
            self.user = self.user or user(value)
        elif name == "hostname":
            self.real_host = self.real_host or value
        elif name == "identityfile":
            self._take_identity(value)
        elif name == "certificatefile":
            self._take_certificate(value)
        elif name in _TRUST:
            self._take_trust(name, value.lower())
        else:
            self._take_way(name, value)

    def _take_way(self, name: str, value: str) -> None:
        if name == "controlmaster":
            self.holds = value.lower() not in {"no", "false"}
        elif value.lower() == "none":
            return
        elif name == "proxyjump":
            if not re.fullmatch(_JUMP, value):
                raise unreadable("the jump host (after -J)")
            self.jump = self.jump or value
        elif name in _KEPT:
            self.options.setdefault(_KEPT[name], _checked(name, value))
        elif name == "controlpath":
            self.held_by = value
        elif name in _REFUSED:
            raise unroutable(_REFUSED[name])

    def aim(self, word: str) -> None:
        """
        Take the host as written: ``host``, ``user@host:port`` or a URL.

        :raises EndpointError: a part is not valid.
        """
        said = at(word)
        self.host = self.host or said.host
        self.user = self.user or said.user
        self.port = self.port or said.port

    def endpoint(self) -> Endpoint:
        """
        Return where all of it leads.

        :raises EndpointError: there is no host, or two ways to it.
        """
        if not self.host:
            raise unreadable("no host is in it")
        if self.held_by and not self.holds:
            raise unroutable("-S")
        if self.jump and "ProxyCommand" in self.options:
            raise unreadable("both a jump host and a ProxyCommand are in it")
        if command := self.options.get("ProxyCommand"):
            self.options["ProxyCommand"] = with_name(command, self.host)
        if self.untrusted:
            names = ", ".join(dict.fromkeys(self.untrusted))
            self.told.append(f"left out: {names}; host keys are always checked, and pinned for each alias")
        return Endpoint(
            host=host(self.real_host.replace("%h", self.host) or self.host),
            user=self.user,
            port=self.port,
            identity=self.identity or "",
            jump=self.jump,
            options=tuple(self.options.items()),
            tunnels=tuple(self.tunnels),
        )

    def _take_identity(self, value: str) -> None:
        if self.identity is None and value.lower() != "none":
            self.identity, told = identity.usable(value)
            self.told += told

    def _take_certificate(self, value: str) -> None:
        if "CertificateFile" not in self.options and value.lower() != "none":
            path, told = identity.placed("the certificate", value)
            self.options |= {"CertificateFile": path}
            self.told += told

    def _take_trust(self, name: str, value: str) -> None:
        if name == "stricthostkeychecking" and value in {"yes", "true"}:
            self.options.setdefault(_TRUST[name], "yes")
        elif value not in {"ask", "none"}:
            self.untrusted.append(_TRUST[name])


def at(word: str) -> Endpoint:
    """
    Return the endpoint of a word, punctuation of the text around it cut off.

    :raises EndpointError: a part is not valid, or not filled in.
    """
    if is_placeholder(word):
        raise unreadable("the host is not filled in yet")
    url = re.match(r"(?i)(?:ssh|scp|sftp)://([^/?#]*)", word)
    said = target(whole(url[1] if url else word))
    if _STANDS_FOR_HOST.fullmatch(said.host):
        raise unreadable("the host is not filled in yet")
    return said


def whole(word: str) -> str:
    """
    Return a word `trimmed`.

    :raises EndpointError: what is cut off belongs to a name: the rest would be the name of another host.
    """
    end = _end(word)
    if letters.is_foreign(word[end : end + 1]) and word[end - 1 : end] != ":":
        raise letters.foreign(word)
    kept = trimmed(word)
    if "@" not in kept and re.match(r"[!-~].*@", word[end:]):
        raise unreadable("the user is no login name")
    return kept


def number(word: str) -> int:
    """
    Return a port, text that is glued to it cut off.

    :raises EndpointError: it is none, or a letter or digit of another script is in it.
    """
    return port(word if any(map(letters.is_foreign, word)) else trimmed(word))


def _end(word: str) -> int:
    """Return where the characters of a target end."""
    kept = re.match(r"(?a)[\w.@:\[\]%+\\-]*", word)
    return len(kept[0]) if kept else 0


def trimmed(word: str) -> str:
    """Return a word without the punctuation, or the text in another script, that is glued to its end."""
    end = _end(word)
    behind = word[end:]
    if behind and ((behind[0].isascii() and behind[0] not in ",;!?)]}>(*'\"/") or re.search(r"(?a)\)\w", behind)):
        return word
    word = word[:end].removesuffix(".").rstrip("\\")
    return word.removesuffix("]") if "[" not in word else word


def unroutable(flag: str) -> Exception:
    """Return the error for an option that leads another way, which an alias can't."""
    return unreadable(
        f"`{flag}` leads to the box by a way that an alias does not have",
        hint="put a `Host` block with these options into ~/.ssh/config, and use its name: ssh-transport -H NAME TASK",
    )


def _checked(name: str, value: str) -> str:
    if name == "proxycommand":
        if _HAS_SECRET.search(value):
            raise unreadable("a password or token is in the ProxyCommand", hint="put it into a file or an agent")
        if not value or not value.isprintable():
            raise unreadable("the ProxyCommand has a character that can't be printed, or is empty")
        if not re.search(r"[ /]", value):
            raise unreadable("the ProxyCommand is a single word", hint="put it in quotes: -o 'ProxyCommand=...'")
        return value
    if not re.fullmatch(_NAME, value):
        raise unreadable(f"the value of {_KEPT[name]}")
    # As `ssh` reads them, and known_hosts has names.
    return value.lower()
