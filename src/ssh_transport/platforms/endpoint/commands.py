"""Finds the commands and URLs in a text, on any line and in any quotes, and reads each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from ssh_transport.errors import EndpointError
from ssh_transport.platforms.address import unreadable

from . import copy_commands, putty, ssh_command
from . import words as shell
from .draft import Draft, Found
from .plain import has_placeholder, joined_placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator

_READERS = (
    dict.fromkeys(ssh_command.PROGRAMS, ssh_command.read)
    | dict.fromkeys(copy_commands.PROGRAMS, copy_commands.read)
    | dict.fromkeys(putty.PROGRAMS, putty.read)
)
_NAMES = "|".join(sorted(_READERS, key=len, reverse=True))
_START = re.compile(
    rf"(?ai)(?<![\w.@~+%-])(?!kitty[ ]+\+)(?:(?P<program>{_NAMES})(?:\.exe)?[\"']?(?=[ ])|(?P<url>(?:ssh|scp|sftp)://|ssh-remote\+))"
)
_URL = re.compile(r"[^\s'\"`<>,;|\\()]+")
# Programs that take the way into their own hands; what `ssh` behind them means, only they know.
_OTHERS = re.compile(
    r"(?a)(?<![\w./-])(?:(?:gcloud|aws|az|gh|tsh|cloudflared|boundary|vagrant|docker-machine|kubectl|oc|fly|"
    r"flyctl|eb|heroku|doctl|hcloud|scw|ibmcloud|oci|openstack|nova|juju|railway|render|coder|gitpod|runpodctl|lightning|"
    r"jl|tnr|prime|dstack|sky|limactl|colima|minikube|multipass|brev|proxychains|proxychains4|torsocks|torify|tsocks|"
    r"graftcp|nsenter)|ip[ ]+netns|(?:docker|podman)[ ]+(?:exec|run|compose))[ ]"
)
_LONGEST = 4000
_MOST = 200


class Commands:
    """The commands and URLs of a text: those that lead somewhere, and why the first of the others does not."""

    def __init__(self, text: str) -> None:
        self.found: list[Found] = []
        self.weak: list[Found] = []
        self.error: EndpointError | None = None
        self.is_template = False
        self.prose: list[str] = []
        """The lines without a command, for other readers."""
        self._left = _MOST
        lines = iter(text.split("\n"))
        for line in lines:
            self._read_line(line, lines)

    def _read_line(self, line: str, after: Iterator[str]) -> None:
        """Read the commands of a line; a command that goes on is read with the line after it."""
        found, error, is_prose = self._commands(line)
        if error and not found and (more := next(after, "")):
            # Mail programs wrap lines.
            found, error_of_both, _ = self._commands(f"{line} {more}")
            if found:
                error = error_of_both
            else:
                self._read_line(more, after)
        self.found += [one for one in found if not one.weak]
        self.weak += [one for one in found if one.weak]
        self.error = self.error or error
        self.is_template = self.is_template or bool(error and has_placeholder(line))
        self.prose += [line] if is_prose else []

    def _commands(self, line: str) -> tuple[list[Found], EndpointError | None, bool]:
        """Return what the commands of a line lead to, why the first of the others does not, and whether it has none."""
        found: list[Found] = []
        error: EndpointError | None = None
        end = 0
        for start in _START.finditer(line):
            if start.start() < end or not self._left or (found and _is_quoted(line[end : start.start()])):
                continue
            self._left -= 1
            try:
                reading, end = _found(line, start)
            except EndpointError as exc:
                error = error or exc
                end = len(line) if _hides_others(line[start.start() :]) else end
            else:
                found += [reading] if reading else []
        return found, error, not found and not error


def _hides_others(text: str) -> bool:
    """Whether a command that can't be read has others inside of it, which alone would lead elsewhere."""
    return bool(re.search(r"(?i)proxy|[ ]-[eFSJW]|--?rsh|--ssh|[ '\"]ssh[ ]", text))


def _found(line: str, start: re.Match[str]) -> tuple[Found | None, int]:
    """
    Return what the command or URL at a place leads to, `None` if it is prose, and where it ends.

    :raises EndpointError: it can't be read.
    """
    if start["url"]:
        return _url(line, start)
    if _OTHERS.search(_segment(line[: start.start()])):
        raise unreadable(
            "another program finds the way to the box, and its `ssh` is not OpenSSH's",
            hint="let it write an ssh config, and use the name in there: gcloud compute config-ssh, az ssh config",
        )
    if "RSYNC_RSH=" in line:
        raise unreadable("rsync's remote shell is in a variable", hint="say it with -e: rsync -e 'ssh -p PORT' ...")
    # The limit keeps a text of many commands without end from taking long.
    text = line[start.end() : start.end() + _LONGEST]
    quote = line[start.start() - 1 : start.start()]
    is_opened = quote in {'"', "'", "`"} and line.count(quote, 0, start.start()) % 2 == 1
    if is_opened and not start[0].endswith(quote):
        text = text[: text.find(quote)].rstrip("\\") if quote in text else text
    found = _read(start["program"].lower(), joined_placeholders(text))
    if found is None or (found.weak and _is_heading(line, start, found.endpoint.host)):
        return None, start.end()
    # What follows the host may be another command, in the same sentence.
    end = start.end() + max(text.find(found.endpoint.host), 0)
    return None if _is_git(found) else found, end


def _is_quoted(between: str) -> bool:
    """Whether a quote that a command has opened is still open: what is in it belongs to the command."""
    return bool(between.count("'") % 2 or between.count('"') % 2)


def _url(line: str, start: re.Match[str]) -> tuple[Found | None, int]:
    rest = _URL.match(line, start.end())
    if not rest:
        raise unreadable("no host is in it")
    name, at, host = re.match(r"[^/?#]*", rest[0])[0].rpartition("@")  # type: ignore[index] # it matches nothing, too
    # A fingerprint may stand behind the user: user;fingerprint=...@host.
    draft = Draft()
    # An IPv6 zone is behind a `%`, which a URL writes as `%25`.
    draft.aim(f"{unquote(name.partition(';')[0])}{at}{host.replace('%25', '%')}")
    found = Found(endpoint=draft.endpoint())
    return None if _is_git(found) else found, rest.end()


def _read(program: str, text: str) -> Found | None:
    """Read a command; a quote that is never closed belongs to the text around it, if the command is whole before it."""
    try:
        return _READERS[program](program, shell.split(text))
    except shell.UnclosedQuoteError as exc:
        try:
            found = _READERS[program](program, shell.split(text[: exc.position].rstrip("\\")))
        except (EndpointError, shell.UnclosedQuoteError):
            found = None
        if not found or found.weak or _hides_others(text[exc.position :]):
            raise unreadable("quotes: no closing quotation") from exc
        return found


def _segment(before: str) -> str:
    """Return what stands in front of a command, from the last operator of the shell."""
    return re.split(r"&&|\|\||[;|`]|:(?=[ ]|$)", before[-_LONGEST:])[-1]


def _is_heading(line: str, start: re.Match[str], host: str) -> bool:
    """Whether `ssh` and a word are part of a sentence, or a heading such as "SSH Key"."""
    if start["program"] != "ssh" and ssh_command.is_word_of_prose(host):
        return True
    # A command is at the start, or behind a prompt, a label, a quote or a program.
    before = line[: start.start()]
    return not re.search(r"(?:^|[$#%>:'\"`&;|(]|\b(?:sudo|time|exec|tailscale))[ ]*$", before)


def _is_git(found: Found) -> bool:
    """Whether it is a server of git, which has no shell."""
    return found.endpoint.user == "git"
