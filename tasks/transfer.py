"""Tasks for files: pull and push with resume, compare, watch, and copy between boxes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from invoke import Collection

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.settings import TransferSettings
from ssh_transport.terminal.task import task

from . import _how, _verify
from ._between import copy
from ._each import pull_each, push_each
from ._relay import relay
from ._small_files import get, put
from ._spread import spread
from ._watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.transfer import Forecast, Request, Transfer
    from ssh_transport.transfer.checkout import Tree
    from ssh_transport.transfer.engine import Bring

_PULL = ("ssh_transport.transfer.job",)
_PUSH = (*_PULL, "ssh_transport.credentials.catalogue:is_there")
_FLAGS = {
    "on": _how.ON,
    "verify": "Afterwards hash both ends, and write a receipt beside the destination",
    "json": _how.JSON,
    "via": _how.VIA_OR_AUTO,
    **_how.HELP,
}


@task(
    iterable=["exclude", "exclude_from"],
    needs=_PULL,
    help={
        "path": "What to pull; a trailing slash means its contents",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/)",
        **_FLAGS,
    },
)
@_how.takes_how
def pull(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    verify: bool = False,
    via: str = "",
    json: bool = False,
    **how: Any,
) -> Any:
    """Copy a file or tree from a box, through drops, to its last byte."""
    from ssh_transport.transfer import pull_request

    with _how.by_way_of(c, via) as bring:
        _how.require_here(c, "transfer.pull", path, to, on)
        on, path = _how.place(c, on, path)
        options, targets = _how.options(how, verify=verify, via=via), boxes(c, on)
        requests = {box.name: pull_request(box, path, to, options) for box in targets}
        _how.require_own_targets(requests, to)
        copier = _copier(c, lambda box: requests[box.name], how, verify=verify, bring=bring)
        return _copied(targets, copier, as_json=json)


@task(
    iterable=["exclude", "exclude_from", "allow"],
    needs=_PUSH,
    help={
        "path": "What to push; a trailing slash means its contents",
        "to": "Target on the box",
        "allow": "Let a file through that looks like a credential: a name or pattern; may be given several times",
        "fix_crlf": "Send shell scripts that have Windows line ends with LF; the source is not changed",
        "git": "Send what git would: tracked files and new ones not ignored; --delete then spares what was never sent",
        **_FLAGS,
    },
)
@_how.takes_how
def push(
    c: Context,
    path: str,
    to: str,
    on: str = "",
    allow: Iterable[str] | None = None,
    fix_crlf: bool = False,
    git: bool = False,
    verify: bool = False,
    via: str = "",
    json: bool = False,
    **how: Any,
) -> Any:
    """Copy a file or tree to a box, through drops, to its last byte."""
    from ssh_transport.transfer import push_request

    if verify and fix_crlf:
        raise UsageError("--verify compares with the source, and --fix-crlf sends other bytes", hint="leave one out")
    if via and (fix_crlf or git):
        raise UsageError("--via is for neither --fix-crlf nor --git", hint="leave --via out")
    with _how.by_way_of(c, via) as bring:
        on, to = _how.place(c, on, to)
        options = _how.options(how, allow=tuple(allow or ()), fix_crlf=fix_crlf, verify=verify, via=via)
        targets = boxes(c, on)
        requests = {box.name: push_request(box, path, to, options) for box in targets}
        tree = _checkout(requests[targets[0].name]) if git else None
        copier = _copier(c, lambda box: requests[box.name], how, verify=verify, tree=tree, bring=bring)
        return _copied(targets, copier, as_json=json)


def _checkout(request: Request) -> Tree:
    from ssh_transport.transfer import tree_of_checkout

    return tree_of_checkout(request.source.path, request.options)


def _copied(targets: list[Box], act: Callable[[Box], Transfer | Forecast], *, as_json: bool) -> Any:
    """Copy to or from every box; raise an error if something did not arrive, or has no receipt."""
    outcome = fleet.each(targets, act, as_json=as_json)
    done = _verify.by_name(targets, outcome).items()
    faults = {name: _verify.fault_of(name, getattr(transfer, "verification", None)) for name, transfer in done}
    _verify.raise_if_any({name: fault for name, fault in faults.items() if fault})
    return outcome


def _copier(
    c: Context,
    make: Callable[[Box], Request],
    how: Mapping[str, Any],
    *,
    verify: bool,
    tree: Tree | None = None,
    bring: Bring | None = None,
) -> Callable[[Box], Transfer | Forecast]:
    from ssh_transport.terminal.meter import meter
    from ssh_transport.transfer import Transfer
    from ssh_transport.transfer import copy as copy_one

    patience = _how.patience(c, how)
    if verify and how.get("dry_run"):
        raise UsageError("a dry run copies nothing to verify", hint="leave out --dry-run or --verify")

    def act(box: Box) -> Transfer | Forecast:
        request = make(box)
        with meter(box.name) as show:
            if tree:
                from ssh_transport.transfer import push_checkout

                return push_checkout(tree, request, patience, show, verify=verify)
            if request.options.fix_crlf:
                from ssh_transport.transfer import push_with_lf

                done = push_with_lf(request, patience, show)
            else:
                done = _how.copied(request, lambda: copy_one(request, patience, show, bring=bring), bring, show)
        from ssh_transport.transfer import warn_if_nothing_matched

        warn_if_nothing_matched(request, done)
        if not verify or not isinstance(done, Transfer):
            return done
        return dataclasses.replace(done, verification=_verify.compare(c, request, keep=True, done=done))

    return act


verify, receipt = _verify.verify, _verify.receipt
ns = Collection("transfer", pull, push, pull_each, push_each, watch, copy, spread, get, put, verify, receipt, relay)
ns.configure({TransferSettings.section: dataclasses.asdict(TransferSettings())})
