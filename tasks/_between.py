"""Copies from box to box: straight where they reach each other, else through this machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport import diagnosis, report
from ssh_transport.boundary import task, translated
from ssh_transport.box import boxes
from ssh_transport.errors import Different, EndpointTooWeak, TaskError, ToolMissing, UsageError

from . import _how

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.manifest.ends import Method
    from ssh_transport.transfer import Forecast, Request, Transfer


@task(
    iterable=["exclude"],
    help={
        "from_": "What to copy, ALIAS:PATH; a trailing slash means its contents",
        "to": "Target, ALIAS:PATH",
        "forward_agent": "Lend the first box your ssh agent if it can't log in to the second by itself",
        "verify": "Afterwards hash both ends and compare",
        "json": _how.JSON,
        **_how.HELP,
    },
)
@_how.takes_how
def copy(
    c: Context,
    from_: str,
    to: str,
    forward_agent: bool = False,
    verify: bool = True,
    json: bool = False,
    **how: Any,
) -> Any:
    """Copy from box to box, straight or through here, to the last byte."""
    from ssh_transport.transfer import between_request

    if isinstance(c, Connection):
        raise UsageError("the boxes of a copy stand in --from and --to", hint="leave out -H")
    source, path = _end(c, from_, "--from")
    target, goal = _end(c, to, "--to")
    if source.address == target.address:
        raise UsageError(f"`{source.name}` and `{target.name}` are one box", hint=f"ssh {source.name} cp -a FROM TO")
    request = between_request(path, goal, _how.options(how, forward_agent=forward_agent))
    return _told(source, target, lambda: _copied(c, source, target, request, how, verify=verify), as_json=json)


def _end(c: Context, text: str, flag: str) -> tuple[Box, str]:
    """Return the box and the path that a flag names."""
    from ssh_transport.transfer.operand import operand

    said = operand(text, flag)
    found = boxes(c, said.box)
    if len(found) != 1:
        raise UsageError(f"{flag} names {len(found)} boxes, and a copy has one at each end", hint=f"{flag}=ALIAS:PATH")
    return found[0], said.path


def _told(source: Box, target: Box, act: Callable[[], Transfer | Forecast], *, as_json: bool) -> Transfer | Forecast:
    """Report what was done; what did not arrive is a failure."""
    try:
        with source, target, translated(source.name):
            done = act()
    except TaskError as error:
        diagnosis.explain(error, target if error.box == target.name else source)
        raise
    report.result(done, as_json=as_json)
    proof = getattr(done, "proof", None)
    if proof and not proof.comparison.arrived:
        hint = f"remove what differs on `{target.name}`, and run the same command again"
        raise Different("both ends were compared and differ", box=target.name, cause=proof.comparison.counts, hint=hint)
    return done


def _copied(
    c: Context, source: Box, target: Box, request: Request, how: Mapping[str, Any], *, verify: bool
) -> Transfer | Forecast:
    """Copy, and compare; what can't be compared is told before anything is sent."""
    from ssh_transport.manifest import prove_between
    from ssh_transport.progress import meter
    from ssh_transport.transfer import Transfer, copy

    patience, name = _how.patience(c, how), f"{source.name} -> {target.name}"
    methods = _methods(source, target, request) if verify and not how.get("dry_run") else None
    with meter(name) as show:
        done = copy(source, request, patience, show, far=target)
    if methods is None or not isinstance(done, Transfer):
        return done
    with meter(name) as show:
        return dataclasses.replace(done, proof=prove_between(source, target, request, methods, patience, show))


def _methods(source: Box, target: Box, request: Request) -> tuple[Method, Method]:
    from ssh_transport.manifest import methods

    try:
        return methods(source, target, copy_links=request.options.copy_links)
    except (EndpointTooWeak, ToolMissing) as error:
        error.hint = "--no-verify copies without comparing"
        raise
