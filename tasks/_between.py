"""The task `transfer.copy`: from box to box, directly where possible, else through this machine."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport.box import boxes
from ssh_transport.errors import EndpointTooWeak, TaskError, ToolMissing, UsageError
from ssh_transport.errors.translation import translated
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from . import _how
from ._verify import fault_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.manifest.ends import Method
    from ssh_transport.transfer import Forecast, Request, Transfer
    from ssh_transport.transfer.engine import Bring


@task(
    iterable=["exclude", "exclude_from"],
    help={
        "from_": "What to copy, ALIAS:PATH; a trailing slash means its contents",
        "to": "Target, ALIAS:PATH",
        "forward_agent": "Lend the first box your ssh agent if it can't log in to the second by itself",
        "verify": "Afterwards hash both ends, and write a receipt beside the destination",
        "via": _how.VIA_OR_AUTO,
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
    via: str = "",
    json: bool = False,
    **how: Any,
) -> Any:
    """Copy from box to box, directly or through here, to the last byte."""
    from ssh_transport.transfer import between_request

    if isinstance(c, Connection):
        raise UsageError("the boxes of a copy are named by --from and --to", hint="leave out -H")
    with _how.by_way_of(c, via) as bring:
        source, path = end_of(c, from_, "--from")
        target, target_path = end_of(c, to, "--to")
        if source.address == target.address:
            hint = f"ssh {source.name} cp -a FROM TO"
            raise UsageError(f"`{source.name}` and `{target.name}` are one box", hint=hint)
        options = _how.options(how, forward_agent=forward_agent, via=via)
        request = between_request(source, path, target, target_path, options)
        return _reported(source, target, lambda: _copied(c, request, how, bring, verify=verify), as_json=json)


def end_of(c: Context, text: str, flag: str) -> tuple[Box, str]:
    """Return the box and the path in the value of a flag."""
    from ssh_transport.request.end import operand

    parsed = operand(text, flag)
    named = boxes(c, parsed.box)
    if len(named) != 1:
        raise UsageError(f"{flag} names {len(named)} boxes, and a copy has one at each end", hint=f"{flag}=ALIAS:PATH")
    return named[0], parsed.path


def _reported(
    source: Box, target: Box, act: Callable[[], Transfer | Forecast], *, as_json: bool
) -> Transfer | Forecast:
    """Copy and print the result; raise an error if something did not arrive, or has no receipt."""
    try:
        with source, target, translated(source.name):
            done = act()
    except TaskError as error:
        from ssh_transport.platforms import diagnosis

        box = target if error.box == target.name else source
        diagnosis.explain(error, box.platform[0], box.name)
        raise
    report.result(done, as_json=as_json)
    hint = f"remove what differs on `{target.name}`, and run the same command again"
    if fault := fault_of(target.name, getattr(done, "verification", None), hint):
        raise fault
    return done


def _copied(
    c: Context, request: Request, how: Mapping[str, Any], bring: Bring | None, *, verify: bool
) -> Transfer | Forecast:
    """Copy, then compare; if the ends can't be compared, that error is raised before anything is sent."""
    from ssh_transport.manifest import verify_between
    from ssh_transport.terminal.meter import meter
    from ssh_transport.transfer import Transfer, copy, warn_if_nothing_matched

    patience, name = _how.patience(c, how), " -> ".join(box.name for box in request.boxes)
    methods = _methods(request) if verify and not how.get("dry_run") else None
    with meter(name) as show:
        done = copy(request, patience, show, bring=bring)
    warn_if_nothing_matched(request, done)
    if methods is None or not isinstance(done, Transfer):
        return done
    with meter(name) as show:
        compared = verify_between(request, methods, patience, show, via=done.via)
    return dataclasses.replace(done, verification=compared)


def _methods(request: Request) -> tuple[Method, Method]:
    from ssh_transport.manifest import methods

    try:
        return methods(*request.boxes, copy_links=request.options.copy_links)
    except (EndpointTooWeak, ToolMissing) as error:
        error.hint = "--no-verify copies without comparing"
        raise
