"""Reads targets that stand alone in a text: ``user@host:port`` and ``host:port``."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from ssh_transport.errors import EndpointError
from ssh_transport.platforms import address
from ssh_transport.platforms.address import unreadable

from . import letters, mappings, ssh_command
from . import words as shell
from .draft import Found, at, trimmed
from .plain import joined_placeholders

# Between the words of a sentence in any script (see `_OTHERS`); what a shell would run stays whole, and is no target.
_WORD = re.compile(r"(?:[^\s,;|\"'`<>(\u3001]|(?<=\$)\()+")
# Chinese and the like, and its punctuation, are in no target, and may be glued to one; letters of alphabets are in it.
_OTHERS = re.compile(r"[^\x00-\x7f]")
_WEB = re.compile(r"(?i)\b(?!ssh|scp|sftp)[a-z][a-z0-9+.-]{1,30}://\S*")
_QUOTES = frozenset("\"'`")
# What is glued to the front of a target: a label, or what is left of one in another script.
_LABEL = re.compile(
    r"(?i)^[:=*.!?-]*(?:(?:ssh|sftp|host|login|command|cmd|target|address|server)[:=]+"
    r"|[a-z_-]*[^\x00-\x7f][^@:=]*[:=]+)?"
)
_NO_LOGIN = re.compile(r"(?i)ssh-keygen|ssh-add|\bgit[ ]")
_ROUTE = re.compile(r"(?i)proxy(?:command|jump|usefdpass)|[ ]-[JFSW][ ]")
_PORT_BEFORE = re.compile(r"[ '\"]-[pP][ ,'\"]{0,5}(\d{1,5})(?!\d)")
_ADDRESS = re.compile(r"(?a)(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.:])")
_LONGEST = 4000
_MOST = 100
# RunPod's proxy for web pages.
_WEB_HOST = re.compile(r"(?i).*\.proxy\.runpod\.net")


def targets(lines: list[str]) -> list[Found]:
    """
    Return the target of the text; without a user anywhere, all that are a host with a port.

    :raises EndpointError: it has none; says what is wrong with the first that is nearly one.
    """
    rest = [_WEB.sub(" ", line) for line in lines if line.strip() and not mappings.is_mapping(line)]
    rest = [_OTHERS.sub(lambda char: char[0] if letters.is_foreign(char[0]) else "\u3001", line) for line in rest]
    rest = [line for line in rest if not _NO_LOGIN.search(line)]
    if not any(line.strip() for line in rest):
        raise unreadable(_nothing(lines))
    if any(_ROUTE.search(line) for line in rest):
        raise unreadable("it says by which way to go, and is no command that can be read")
    found, error = _with_user(rest)
    if found:
        # The others may be mail addresses, or a password.
        return [min(found, key=lambda one: one.endpoint.port is None)]
    if error:
        raise error
    return _hosts(rest)


def _nothing(lines: list[str]) -> str:
    if any(mappings.is_mapping(line) for line in lines):
        return "no port mapping to 22 is in it"
    return "no command and no target is in it" if any(line.strip() for line in lines) else "it is empty"


def _with_user(lines: list[str]) -> tuple[list[Found], EndpointError | None]:
    found: list[Found] = []
    error: EndpointError | None = None
    marks = ((line, word) for line in lines for word in _WORD.finditer(line) if "@" in word[0])
    for line, word in islice(marks, _MOST):
        if word[0].startswith("git@"):
            continue
        before, quote = line[: word.start()], line[word.start() - 1 : word.start()]
        behind = line[word.end() :][:_LONGEST]
        try:
            one = _with_options(
                _LABEL.sub("", word[0].lstrip("[")), behind.partition(quote)[0] if quote in _QUOTES else behind
            )
            found.append(_with_port_before(one, before[-_LONGEST:]))
        except EndpointError as exc:
            error = error or exc
    return found, error


def _with_options(word: str, behind: str) -> Found:
    """Return the endpoint of a target, and of the options of `ssh` that stand behind it."""
    endpoint = at(word)
    behind = joined_placeholders(behind.lstrip("`'\"*)"))
    if not re.match(r"[ ]+-[A-Za-z]", behind):
        return Found(endpoint=endpoint)
    found = ssh_command.read("ssh", [word, *shell.split_glued(behind)])
    return found or Found(endpoint=endpoint)


def _with_port_before(one: Found, before: str) -> Found:
    """Return it with the port that an option in front of it has: of a command that is not written as one."""
    port = _PORT_BEFORE.search(before)
    if not port or one.endpoint.port:
        return one
    return replace(one, endpoint=replace(one.endpoint, port=address.port(port[1])))


def _hosts(lines: list[str]) -> list[Found]:
    """Return the hosts with a port; without any, the one that is all of the text."""
    if found := [one for line in lines for word in _WORD.finditer(line) if (one := _dotted(_LABEL.sub("", word[0])))]:
        return found[:_MOST]
    if len(lines) > 1:
        addresses = {word for line in lines for word in _ADDRESS.findall(line)}
        if len(addresses) == 1:
            return [Found(endpoint=at(addresses.pop()))]
        raise unreadable("no line of it is a command or a target")
    words = shell.split_whole(joined_placeholders(lines[0].strip(" `\"'*"))[:_LONGEST])
    if len(words) == 2 and re.fullmatch(r"\d{1,5}", words[1]) and "." in words[0]:  # noqa: PLR2004 - host and port
        return [Found(endpoint=replace(at(words[0]), port=address.port(words[1])))]
    if any(re.search(r"[,;]\S", word) for word in words):
        raise unreadable("commas or semicolons are between the parts")
    read = ssh_command.read("ssh", words)
    if read and len(words) == 1 and "." not in words[0] and trimmed(words[0]) != words[0]:
        # A word with punctuation may be a password.
        raise unreadable("no command and no target is in it")
    if read and len(words) > 1 and not re.search("[.:]", read.endpoint.host) and _ADDRESS.search(lines[0]):
        # What stands in front of an address is a name for it, or another program.
        return _of_address(lines[0])
    if read is None or _WEB_HOST.fullmatch(read.endpoint.host):
        raise unreadable("no host is in it that has an ssh server" if read else "no command and no target is in it")
    return [read]


def _of_address(line: str) -> list[Found]:
    """
    Return the only address of a line.

    :raises EndpointError: there are several.
    """
    addresses = {*_ADDRESS.findall(line)}
    if len(addresses) != 1:
        raise unreadable("there are several addresses in it, and no command or user")
    return [_with_port_before(Found(endpoint=at(addresses.pop())), line)]


def _dotted(word: str) -> Found | None:
    """Return the endpoint of ``host:port``, where the host has a dot or is an address in brackets."""
    if not re.match(r"(?a)(?:[\w-]+\.[\w.-]+|\[[0-9A-Fa-f:.%\w]+\]):\d{1,5}(?!\d)", word):
        return None
    try:
        return Found(endpoint=at(word))
    except EndpointError:
        return None
