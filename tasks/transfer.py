"""Files: pull them from a box or push them there, resumed through drops."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Collection

from ssh_transport import fleet
from ssh_transport.boundary import task
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.settings import TransferSettings

from ._small_files import get, put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.transfer import Forecast, Request, Transfer

_FLAGS = {
    "on": "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H)",
    "exclude": "Leave out what matches, as rsync's --exclude; may be given several times",
    "copy_links": "Copy what symlinks point to instead of the links",
    "delete": "Delete at the target what the source lacks",
    "inplace": "Write into the final file at once, as rsync's --inplace: saves space, shows half files",
    "bwlimit": "At most this many kB/s; with a suffix: 10M",
    "engine": "auto, rsync or sftp: what copies (auto: rsync where both ends have it)",
    "install_rsync": "Install rsync on a box that has none first, by its platform's way",
    "dry_run": "Say what would be copied and where it would land; change nothing",
    "attempts": "Give up after so many attempts without progress (default: transfer.attempts)",
    "give_up_after": "Give up after so many seconds without progress (default: transfer.give_up_after_s)",
    "json": "Print the result as JSON",
}


@task(
    iterable=["exclude"],
    help={
        "path": "What to pull; a trailing slash means its contents",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/)",
        **_FLAGS,
    },
)
def pull(
    c: Context,
    path: str,
    to: str = "",
    on: str = "",
    exclude: Iterable[str] | None = None,
    copy_links: bool = False,
    delete: bool = False,
    inplace: bool = False,
    bwlimit: str = "",
    engine: str = "auto",
    install_rsync: bool = False,
    dry_run: bool = False,
    attempts: int = 0,
    give_up_after: int = 0,
    json: bool = False,
) -> Any:
    """Copy a file or tree from a box, through drops, to its last byte."""
    from ssh_transport.transfer import Options, pull_request

    options = Options(
        exclude=tuple(exclude or ()),
        copy_links=copy_links,
        delete=delete,
        inplace=inplace,
        bwlimit=bwlimit,
        engine=engine,
        install_rsync=install_rsync,
        dry_run=dry_run,
    )
    targets = boxes(c, on)
    requests = {box.name: pull_request(box.name, path, to, options) for box in targets}
    _refuse_one_place(requests, to)
    return fleet.each(targets, _copier(c, lambda box: requests[box.name], attempts, give_up_after), as_json=json)


@task(
    iterable=["exclude"],
    help={"path": "What to push; a trailing slash means its contents", "to": "Target on the box", **_FLAGS},
)
def push(
    c: Context,
    path: str,
    to: str,
    on: str = "",
    exclude: Iterable[str] | None = None,
    copy_links: bool = False,
    delete: bool = False,
    inplace: bool = False,
    bwlimit: str = "",
    engine: str = "auto",
    install_rsync: bool = False,
    dry_run: bool = False,
    attempts: int = 0,
    give_up_after: int = 0,
    json: bool = False,
) -> Any:
    """Copy a file or tree to a box, through drops, to its last byte."""
    from ssh_transport.transfer import Options, push_request

    options = Options(
        exclude=tuple(exclude or ()),
        copy_links=copy_links,
        delete=delete,
        inplace=inplace,
        bwlimit=bwlimit,
        engine=engine,
        install_rsync=install_rsync,
        dry_run=dry_run,
    )
    request = push_request(path, to, options)
    return fleet.each(boxes(c, on), _copier(c, lambda _: request, attempts, give_up_after), as_json=json)


def _refuse_one_place(requests: Mapping[str, Request], to: str) -> None:
    """Stop before boxes overwrite each other's files: without ``{box}``, or with names that become the same in it."""
    owners: dict[Path, str] = {}
    for name, request in requests.items():
        first = owners.setdefault(Path(request.here).resolve(), name)
        if first != name:
            hint = f"--to='{to.rstrip('/')}/{{box}}'" if "{box}" not in to else "pull them one at a time, with --to"
            raise UsageError(f"`{first}` and `{name}` would write into one place", cause=request.here, hint=hint)


def _copier(
    c: Context, make: Callable[[Box], Request], attempts: int, give_up_after: int
) -> Callable[[Box], Transfer | Forecast]:
    from ssh_transport.progress import meter
    from ssh_transport.transfer import Patience, copy

    settings = TransferSettings.of(c)
    if attempts < 0 or give_up_after < 0:
        raise UsageError("patience can't be negative", hint="--attempts=10 --give-up-after=3600")
    patience = Patience(attempts or settings.attempts, give_up_after or settings.give_up_after_s)

    def act(box: Box) -> Transfer | Forecast:
        with meter(box.name) as show:
            return copy(box, make(box), patience, show)

    return act


ns = Collection("transfer", pull, push, get, put)
ns.configure({TransferSettings.section: dataclasses.asdict(TransferSettings())})
