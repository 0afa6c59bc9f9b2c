"""Files: pull them from a box or push them there, resumed through drops; compare, watch, and copy between boxes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from invoke import Collection

from ssh_transport import fleet
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.settings import TransferSettings

from . import _how, _proof
from ._between import copy
from ._each import pull_each, push_each
from ._small_files import get, put
from ._watch import watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.transfer import Forecast, Request, Transfer

_FLAGS = {
    "on": _how.ON,
    "verify": "Afterwards hash both ends, and write a receipt beside the destination",
    "json": _how.JSON,
    **_how.HELP,
}


@task(
    iterable=["exclude"],
    help={
        "path": "What to pull; a trailing slash means its contents",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/)",
        **_FLAGS,
    },
)
@_how.takes_how
def pull(
    c: Context, path: str, to: str = "", on: str = "", verify: bool = False, json: bool = False, **how: Any
) -> Any:
    """Copy a file or tree from a box, through drops, to its last byte."""
    from ssh_transport.transfer import pull_request

    options, targets = _how.options(how), boxes(c, on)
    requests = {box.name: pull_request(box.name, path, to, options) for box in targets}
    _how.refuse_one_place(requests, to)
    return _copied(targets, _copier(c, lambda box: requests[box.name], how, verify=verify), as_json=json)


@task(
    iterable=["exclude", "allow"],
    help={
        "path": "What to push; a trailing slash means its contents",
        "to": "Target on the box",
        "allow": "Let a file through that looks like a credential: a name or pattern; may be given several times",
        "fix_crlf": "Send shell scripts that have Windows line ends with LF; the source stays as it is",
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
    verify: bool = False,
    json: bool = False,
    **how: Any,
) -> Any:
    """Copy a file or tree to a box, through drops, to its last byte."""
    from ssh_transport.transfer import push_request

    if verify and fix_crlf:
        raise UsageError("--verify compares with the source, from which --fix-crlf departs", hint="leave one out")
    options = _how.options(how, allow=tuple(allow or ()), fix_crlf=fix_crlf)
    request = push_request(path, to, options)
    return _copied(boxes(c, on), _copier(c, lambda _: request, how, verify=verify), as_json=json)


def _copied(targets: list[Box], act: Callable[[Box], Transfer | Forecast], *, as_json: bool) -> Any:
    """Copy to or from every box; what was to be verified and did not arrive is a failure."""
    outcome = fleet.each(targets, act, as_json=as_json)
    found = {name: getattr(transfer, "proof", None) for name, transfer in _proof.by_name(targets, outcome).items()}
    _proof.insist({name: proof for name, proof in found.items() if proof and not proof.comparison.arrived})
    return outcome


def _copier(
    c: Context, make: Callable[[Box], Request], how: Mapping[str, Any], *, verify: bool
) -> Callable[[Box], Transfer | Forecast]:
    from ssh_transport.progress import meter
    from ssh_transport.transfer import Transfer, push_with_lf
    from ssh_transport.transfer import copy as copy_one

    patience = _how.patience(c, how)
    if verify and how.get("dry_run"):
        raise UsageError("a dry run leaves nothing to verify", hint="leave out --dry-run or --verify")

    def act(box: Box) -> Transfer | Forecast:
        request = make(box)
        with meter(box.name) as show:
            done = (push_with_lf if request.options.fix_crlf else copy_one)(box, request, patience, show)
        if not verify or not isinstance(done, Transfer):
            return done
        return dataclasses.replace(done, proof=_proof.prove(c, box, request, keep=True))

    return act


ns = Collection("transfer", pull, push, pull_each, push_each, watch, copy, get, put, _proof.verify, _proof.receipt)
ns.configure({TransferSettings.section: dataclasses.asdict(TransferSettings())})
