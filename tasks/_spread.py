"""The task `transfer.spread`: the same files to many boxes by one upload."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.box import boxes
from ssh_transport.errors import SeveralFailed, UsageError
from ssh_transport.errors.commands import here
from ssh_transport.terminal import document, report
from ssh_transport.terminal.task import task
from ssh_transport.text import one_line

from . import _how, _verify
from ._between import end_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.errors import TaskError
    from ssh_transport.spread import Delivered
    from ssh_transport.spread.relayed import Relay
    from ssh_transport.transfer import Options, Request

_TAKES = ("exclude", "exclude_from", "copy_links", "delete", "max_delete", "bwlimit", "install_rsync", "dry_run")
_PATIENCE = ("attempts", "give_up_after")


@task(
    iterable=["exclude", "exclude_from", "allow"],
    help={
        "path": "What to bring to all boxes; a trailing slash means its contents",
        "to": "Target on each box",
        "from_": "Instead of --path: what a box has, ALIAS:PATH",
        "on": _how.ON,
        "way": "auto, each or tree: a push for each box, or boxes that have it serve boxes that wait (auto: a tree "
        "where a box can log in to another; else the only relay of the settings, if it spares much)",
        "via": _how.VIA,
        "forward_agent": "Lend the boxes your ssh agent if they can't log in to each other by themselves",
        "allow": "Let a file through that looks like a credential: a name or pattern; may be given several times",
        "receipt": "Write one receipt for all boxes into this file",
        "json": _how.JSON,
        **{name: _how.HELP[name] for name in (*_TAKES, *_PATIENCE)},
        "bwlimit": f"{_how.HELP['bwlimit']}; what leaves this machine in all",
    },
)
@_how.takes(*_TAKES, *_PATIENCE)
def spread(
    c: Context,
    to: str,
    path: str = "",
    from_: str = "",
    on: str = "",
    way: str = "auto",
    forward_agent: bool = False,
    allow: Iterable[str] | None = None,
    receipt: str = "",
    via: str = "",
    json: bool = False,
    **how: Any,
) -> Any:
    """Bring the same files to many boxes by one upload."""
    from ssh_transport.bucket import by_the_only, by_way_of
    from ssh_transport.spread import receipt_place

    if via and way != "auto":
        raise UsageError("--via is a way of its own", hint=f"leave out --way={way}, or --via")
    _require_one_source(path, from_, to, on)
    written_to = receipt_place(receipt)
    may_choose = not via and way == "auto" and not how.get("bwlimit")
    with by_the_only(c) if may_choose else by_way_of(c, via) as relay:
        more = {"allow": tuple(allow or ()), "forward_agent": forward_agent, "via": via}
        options = _how.options(how, (*_TAKES, *_PATIENCE), **more)
        targets = boxes(c, on)
        requests = _requests(c, targets, path, from_, to, options)
        done, failures = _spread(c, requests, way, how, relay)
        return _reported(targets, done, failures, written_to, as_json=json)


def _require_one_source(path: str, from_: str, to: str, on: str) -> None:
    if path and from_:
        raise UsageError("a spread has one source", hint="leave out --path, or --from")
    if path or from_:
        return
    # A target that is here is probably what is to be brought.
    words = (f"--path={to}", "--to=TARGET") if Path(to).exists() else ("--path=PATH", f"--to={to}")
    meant = f"{here('transfer.spread', on and shlex.quote(on))} {shlex.join(words)}"
    raise UsageError(
        "it is not said what to spread: --path is missing", hint=f"type {meant}; of a box: --from=ALIAS:PATH"
    )


def _requests(c: Context, targets: list[Box], path: str, from_: str, to: str, options: Options) -> list[Request]:
    """Return the copy for each box."""
    from ssh_transport.transfer import between_request, push_request

    addresses: dict[str, str] = {}
    for box in targets:
        if (first := addresses.setdefault(box.address, box.name)) != box.name:
            raise UsageError(f"`{first}` and `{box.name}` are one box", hint="name it once")
    if path:
        return [push_request(box, path, to, options) for box in targets]
    source, source_path = end_of(c, from_, "--from")
    if source.address in addresses:
        raise UsageError(f"`{source.name}` is the source", hint="leave it out of --on")
    return [between_request(source, source_path, box, to, options) for box in targets]


def _spread(
    c: Context, requests: list[Request], way: str, how: Mapping[str, Any], relay: Relay | None
) -> tuple[Mapping[str, Delivered], Mapping[str, TaskError]]:
    from ssh_transport.spread import spread as spread_all
    from ssh_transport.terminal.meter import meter

    with meter("spread") as show:
        return spread_all(requests, way, _how.patience(c, how), show, relay)


def _reported(
    targets: list[Box],
    done: Mapping[str, Delivered],
    failures: Mapping[str, TaskError],
    receipt: Path | None,
    *,
    as_json: bool,
) -> Any:
    """Print what came of each box; raise what is wrong."""
    from ssh_transport.spread import HEADINGS, write_receipt

    faults = {name: _verify.fault_of(name, one.verification) for name, one in done.items()}
    failed = {**failures, **{name: fault for name, fault in faults.items() if fault}}
    if entry := document.current():
        outcomes = {name: document.Outcome(one, failed.get(name)) for name, one in done.items()}
        entry.boxes |= {box.name: outcomes.get(box.name) or document.Outcome(error=failed[box.name]) for box in targets}
    if not as_json:
        if len(targets) == 1:
            for one in done.values():
                report.result(one)
        else:
            report.table(HEADINGS, [_row(box.name, done, failed) for box in targets])
    if receipt and any(one.verification for one in done.values()):
        write_receipt(receipt, done, failed)
        report.say(f"receipt: {one_line(str(receipt))}")
    if len(targets) == 1:
        _verify.raise_if_any(failed)
        return done[targets[0].name]
    if failed:
        raise SeveralFailed(failed, done)
    return dict(done)


def _row(name: str, done: Mapping[str, Delivered], failed: Mapping[str, TaskError]) -> tuple[str, ...]:
    if error := failed.get(name):
        return name, f"failed ({error.exit_code}): {error.what}", "", "", ""
    return done[name].row
