"""Checks from a box whether its service accepts a secret; the value does not leave the box."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from ssh_transport.box.stream import stream
from ssh_transport.credentials.tokens import has_token
from ssh_transport.errors import (
    CommandFailed,
    Incomplete,
    NoSuchPath,
    TaskError,
    ToolMissing,
    Unhealthy,
    Unreachable,
    UsageError,
)
from ssh_transport.text import one_line, shown

from . import register, service_scripts
from .known import Check, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box

Outcome = Literal["works", "refused", "no tool", "no network", "unclear"]

_LIMIT_BYTES = 1 << 21
_WHOLE = " --file=PATH --whole"
_SHOWN_LINES = 5
_OK, _TOO_MANY, _BROKEN = 200, 429, 500
_REFUSED_STATUS = frozenset({401, 403})
# Messages of programs for which `known.toml` has no patterns.
_REFUSED = (
    r"\b40[13]\b|unauthori[sz]ed|forbidden|authentication (?:failed|error)"
    r"|(?:invalid|incorrect|expired)\W.{0,30}(?:key|token|credential|password)"
)
_OFFLINE = (
    r"could ?n[o']t resolve|name or service not known|name resolution|getaddrinfo|no route to host|connection refused"
    r"|network is unreachable|timed out|max retries exceeded|connectionerror"
)
# A shell reads them, or they can't be set: no command would get the value, or be found.
_OF_SHELLS = re.compile(r"PATH|IFS|HOME|(?:OLD)?PWD|PPID|E?[UG]ID|(?:BASH_)?ENV|SHELLOPTS|BASHOPTS|PS4|_|LD_\w+")
# For each outcome: error class, message, hint.
_ERRORS: Mapping[Outcome, tuple[type[TaskError], str, str]] = {
    "refused": (
        Unhealthy,
        "{service} refuses the secret `{name}`",
        "make a new token, then: ssh-transport -H {box} secrets.push {name}{whole}",
    ),
    "no tool": (
        ToolMissing,
        "`{box}` has no program to send a request to {service}",
        "use a command that it has: ssh-transport -H {box} secrets.verify {name} --with='COMMAND'",
    ),
    "no network": (
        Unreachable,
        "`{box}` can't reach {service}",
        "does it need a proxy? ssh {box} env | grep -i proxy",
    ),
    "unclear": (CommandFailed, "{service} neither accepted nor refused the secret `{name}`", "run it again later"),
}


@dataclass(frozen=True)
class Verified:
    """
    A secret that its service accepted.

    :ivar name: of the secret.
    :ivar service: who was asked.
    :ivar outcome: what that answered.

    >>> str(Verified("wandb", "api.wandb.ai", "accepted"))
    'wandb works: api.wandb.ai accepts it'
    """

    name: str
    service: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.name} works: {self.service} accepts it"


def check_arguments(name: str, command: str, variable: str) -> None:
    """
    Check the arguments of `verify` before any connection is opened.

    :raises UsageError: there is no known check and no command, or the command or the variable is not valid.
    """
    secret = known(name)
    if not command and secret.check is None:
        hint = f"--with='COMMAND', which gets the value in ${variable or secret.variable}"
        raise UsageError(f"how to check `{name}` is not known", hint=hint)
    if has_token(command.encode()):
        usage = f"the command gets the value in ${variable or secret.variable}"
        raise UsageError("the command contains a token", hint=f"revoke it, your shell's history has it; {usage}")
    if variable and not (variable.isidentifier() and variable.isascii()):
        raise UsageError(f"`{one_line(variable)}` is no name of a variable", hint="--variable=WANDB_API_KEY")
    if _OF_SHELLS.fullmatch(variable):
        raise UsageError(f"`{variable}` has a meaning of its own for shells", hint="--variable=WANDB_API_KEY")


def verify(box: Box, name: str, command: str = "", variable: str = "") -> Verified:
    """
    Check from the box whether a secret works; `check_arguments` must have checked the arguments.

    :param command: the command to run there, with the value in its environment; empty: the known check.
    :param variable: the environment variable for the command; empty: the known one.
    :raises TaskError: the secret does not work, or could not be checked; each outcome has its own class.
    """
    secret = known(name)
    check = Check(command=command) if command or secret.check is None else secret.check
    outcome, output = _run_check(box, name, check, variable or secret.variable)
    service = f"`{one_line(command)}`" if command else secret.service
    if outcome != "works":
        error, what, hint = _ERRORS[outcome]
        names = {"service": service, "name": name, "box": box.name, "whole": _WHOLE if secret.whole else ""}
        cause = "\n".join(shown(output).strip().splitlines()[-_SHOWN_LINES:])
        raise error(what.format(**names), box=box.name, cause=cause, hint=hint.format(**names))
    return Verified(name, service, outcome)


def _run_check(box: Box, name: str, check: Check, variable: str) -> tuple[Outcome, str]:
    destination, token = register.destination_of(box, name), uuid4().hex
    if check.url:
        key, template = ("user", check.user) if check.user else ("header", check.header)
        before, _, after = template.partition("{secret}")
        script, arguments = service_scripts.REQUEST, [check.url, check.data, key, before, after, *check.more_headers]
    else:
        script, arguments = service_scripts.COMMAND, [variable, check.tool, check.command]
    output = _output_of(box, script, *destination.arguments, token, *arguments)
    text, found, code = output.rpartition(f"{token} ")
    if code.strip() == service_scripts.MISSING:
        raise NoSuchPath(
            f"`{box.name}` has no secret `{name}`",
            box=box.name,
            cause=f"it is not in {one_line(str(destination))}",
            hint=f"push it: ssh-transport -H {box.name} secrets.push {name}{_WHOLE if known(name).whole else ''}",
        )
    if not found or not code.strip().isdecimal():
        raise CommandFailed(f"the check of `{name}` on `{box.name}` did not run to its end", box=box.name)
    outcome_of = _outcome_of_request if check.url else _outcome_of_command
    return outcome_of(check, text.strip(), int(code))


def _output_of(box: Box, *script: str) -> str:
    """Run a script that ends with us: until then, its standard input is open."""
    output = bytearray()
    with contextlib.closing(stream(box, *script, silence_s=service_scripts.TIMEOUT_S + 30)) as pieces:
        for piece in pieces:
            output += piece
            if len(output) > _LIMIT_BYTES:
                raise Incomplete(f"the check on `{box.name}` says too much", box=box.name, hint="make it say less")
    return output.decode("utf-8", "replace")


def _outcome_of_request(check: Check, text: str, code: int) -> tuple[Outcome, str]:
    body, _, status = text.rpartition("\n")
    if code == service_scripts.NO_TOOL:
        return "no tool", text
    if code in service_scripts.OFFLINE_CODES:
        return "no network", body or text
    if code or not status.isdecimal():
        return "unclear", text
    if int(status) == _OK and re.search(check.shows, body):
        return "works", ""
    refused = int(status) in _REFUSED_STATUS or int(status) == _OK
    return ("refused" if refused else "unclear"), f"HTTP {status}"


def _outcome_of_command(check: Check, text: str, code: int) -> tuple[Outcome, str]:
    if code == 0:
        return "works", ""
    if code == service_scripts.NO_TOOL:
        return "no tool", text
    if re.search(check.offline or _OFFLINE, text, re.IGNORECASE):
        return "no network", text
    if re.search(check.refused or _REFUSED, text, re.IGNORECASE):
        return "refused", text
    return "unclear", f"exit code {code}\n{text}"
