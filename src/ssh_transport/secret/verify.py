"""Whether a secret on a box works: its service is asked from there, and the value stays there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from ssh_transport import piped
from ssh_transport.errors import CommandFailed, NoSuchPath, TaskError, ToolMissing, Unhealthy, Unreachable, UsageError
from ssh_transport.text import one_line, shown
from ssh_transport.transfer.guard.tokens import has_token

from . import ask, register
from .known import Check, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.box import Box

Outcome = Literal["works", "refused", "no tool", "no network", "unclear"]

_LIMIT_BYTES = 1 << 21
_SHOWN_LINES = 5
_OK, _TOO_MANY, _BROKEN = 200, 429, 500
_NO = frozenset({401, 403})
# What programs say when nothing else is known of them.
_REFUSED = (
    r"\b40[13]\b|unauthori[sz]ed|forbidden|authentication (?:failed|error)"
    r"|(?:invalid|incorrect|expired)\W.{0,30}(?:key|token|credential|password)"
)
_OFFLINE = (
    r"could ?n[o']t resolve|name or service not known|name resolution|getaddrinfo|no route to host|connection refused"
    r"|network is unreachable|timed out|max retries exceeded|connectionerror"
)
# The class, what happened, what to do about it.
_ERRORS: Mapping[Outcome, tuple[type[TaskError], str, str]] = {
    "refused": (
        Unhealthy,
        "{service} refuses the secret `{name}`",
        "make a new token, then: inv secrets.push {name} --on {box}",
    ),
    "no tool": (
        ToolMissing,
        "`{box}` has nothing to ask {service} with",
        "use what is there: inv secrets.verify {name} --on {box} --with='COMMAND'",
    ),
    "no network": (
        Unreachable,
        "`{box}` does not reach {service}",
        "does it need a proxy? ssh {box} env | grep -i proxy",
    ),
    "unclear": (CommandFailed, "{service} neither took nor refused the secret `{name}`", "run it again later"),
}


@dataclass(frozen=True)
class Verified:
    """A secret that its service took."""

    name: str
    service: str
    outcome: Outcome

    def __str__(self) -> str:
        return f"{self.name} works: {self.service} takes it"


def check_words(name: str, command: str, variable: str) -> None:
    """
    Stop before a box is asked, if the words make no sense.

    :raises UsageError: how to ask is not known and not said, or the variable can't be one.
    """
    found = known(name)
    if not command and found.check is None:
        hint = f"--with='COMMAND', which finds it in ${variable or found.variable}"
        raise UsageError(f"how to ask for `{name}` is not known", hint=hint)
    if has_token(command.encode()):
        finds = f"the command finds the value in ${variable or found.variable}"
        raise UsageError("a token stands in the command", hint=f"revoke it, your shell's history has it; {finds}")
    if variable and not (variable.isidentifier() and variable.isascii()):
        raise UsageError(f"`{one_line(variable)}` is no name of a variable", hint="--variable=WANDB_API_KEY")


def verify(box: Box, name: str, command: str = "", variable: str = "") -> Verified:
    """
    Ask from the box whether a secret works; the words are checked by `check_words`.

    :param command: what to run there, with the value in its environment; empty takes what is known of the name.
    :param variable: what the command finds it in; empty takes the one that is known.
    :raises TaskError: why it does not work, or could not be asked: one class for each.
    """
    found = known(name)
    check = Check(command=command) if command or found.check is None else found.check
    outcome, said = _ask(box, name, check, variable or found.variable)
    service = f"`{one_line(command)}`" if command else found.service
    if outcome != "works":
        error, what, hint = _ERRORS[outcome]
        names = {"service": service, "name": name, "box": box.name}
        cause = "\n".join(shown(said).strip().splitlines()[-_SHOWN_LINES:])
        raise error(what.format(**names), box=box.name, cause=cause, hint=hint.format(**names))
    return Verified(name, service, outcome)


def _ask(box: Box, name: str, check: Check, variable: str) -> tuple[Outcome, str]:
    destination, token = register.place_of(box, name), uuid4().hex
    if check.url:
        key, template = ("user", check.user) if check.user else ("header", check.header)
        before, _, after = template.partition("{secret}")
        script, words = ask.REQUEST, [check.url, check.data, key, before, after, *check.more_headers]
    else:
        script, words = ask.COMMAND, [variable, check.tool, check.command]
    said = piped.run(
        box,
        script,
        *destination.words,
        token,
        *words,
        limit_bytes=_LIMIT_BYTES,
        silence_s=ask.TIMEOUT_S + 30,
        timeout_s=ask.TIMEOUT_S + 60,
    ).decode("utf-8", "replace")
    text, found, code = said.rpartition(f"{token} ")
    if code.strip() == ask.MISSING:
        raise NoSuchPath(
            f"`{box.name}` has no secret `{name}`",
            box=box.name,
            cause=f"it was looked for in {one_line(str(destination))}",
            hint=f"push it: inv secrets.push {name} --on {box.name}",
        )
    if not found or not code.strip().isdigit():
        raise CommandFailed(f"`{box.name}` ended before it said whether `{name}` works", box=box.name)
    judge = _of_request if check.url else _of_command
    return judge(check, text.strip(), int(code))


def _of_request(check: Check, text: str, code: int) -> tuple[Outcome, str]:
    body, _, status = text.rpartition("\n")
    if code == ask.NO_TOOL:
        return "no tool", text
    if code in ask.OFFLINE_CODES:
        return "no network", body or text
    if code or not status.isdigit():
        return "unclear", text
    if int(status) == _OK and re.search(check.shows, body):
        return "works", ""
    refused = int(status) in _NO or int(status) == _OK
    return ("refused" if refused else "unclear"), f"HTTP {status}"


def _of_command(check: Check, text: str, code: int) -> tuple[Outcome, str]:
    if code == 0:
        return "works", ""
    if code == ask.NO_TOOL:
        return "no tool", text
    if re.search(check.offline or _OFFLINE, text, re.IGNORECASE):
        return "no network", text
    if re.search(check.refused or _REFUSED, text, re.IGNORECASE):
        return "refused", text
    return "unclear", f"exit code {code}\n{text}"
