"""The tasks `transfer.get` and `transfer.put`: one small file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from ssh_transport import fleet
from ssh_transport.box import boxes
from ssh_transport.errors import UsageError
from ssh_transport.terminal import report
from ssh_transport.terminal.task import task

from ._how import JSON, ON, place, require_here

if TYPE_CHECKING:
    from collections.abc import Iterable

    from invoke import Context

    from ssh_transport.box import Box
    from ssh_transport.change import Change

_FLAGS = {
    "on": ON,
    "dry_run": "Show what would be written; write nothing",
    "json": JSON,
}


@task(
    help={
        "path": "File on the box",
        "to": "Local target, {box} in it is the alias (default: ./ALIAS/NAME)",
        "mode": "Permissions, octal (default: as on the box, not writable by others)",
        **_FLAGS,
    }
)
def get(
    c: Context, path: str, to: str = "", mode: str = "", on: str = "", dry_run: bool = False, json: bool = False
) -> Any:
    """Fetch one small file at once, with its mode; a tree takes pull."""
    from ssh_transport.transfer.small.file import get as fetch

    require_here(c, "transfer.get", path, to, on)
    on, path = place(c, on, path)
    permissions, targets = _octal(mode), boxes(c, on)
    if len(targets) > 1 and to and "{box}" not in to:
        hint = f"--to='{to.rstrip('/')}/{{box}}/{PurePosixPath(path).name}'"
        raise UsageError(f"{len(targets)} boxes would write the same file", hint=hint)

    def act(box: Box) -> Change:
        return fetch(box, path, _target(box, to), permissions, dry_run=dry_run)

    return fleet.each(targets, act, as_json=json)


@task(
    iterable=["allow"],
    help={
        "path": "Local file",
        "to": "Target on the box; a directory keeps the name",
        "mode": "Permissions, octal (default: those of the local file)",
        "allow": "Let a file through that looks like a credential: its name or a pattern; may be given several times",
        "fix_crlf": "Send a shell script with Windows line ends as LF, the source untouched",
        **_FLAGS,
    },
)
def put(
    c: Context,
    path: str,
    to: str,
    mode: str = "",
    on: str = "",
    allow: Iterable[str] | None = None,
    fix_crlf: bool = False,
    dry_run: bool = False,
    json: bool = False,
) -> Any:
    """Put one small file in place at once, with its mode; a tree takes push."""
    from ssh_transport.transfer.small.file import put as send

    on, to = place(c, on, to)
    permissions, allowed = _octal(mode), tuple(allow or ())
    if not fix_crlf:
        _warn_of_crlf(path)

    def act(box: Box) -> Change:
        return send(box, path, to, permissions, allow=allowed, fix_crlf=fix_crlf, dry_run=dry_run)

    return fleet.each(boxes(c, on), act, as_json=json)


def _warn_of_crlf(path: str) -> None:
    from ssh_transport.request.paths import local_path
    from ssh_transport.transfer.guard import crlf

    here = local_path(path)
    if names := crlf.scripts(here, [PurePosixPath(here).name], copy_links=True):
        report.say(crlf.warning(names))


def _target(box: Box, to: str) -> str:
    from ssh_transport.transfer import Options, pull_request

    return pull_request(box, ".", to, Options()).target.path


def _octal(mode: str) -> int | None:
    if not mode:
        return None
    digits = mode.removeprefix("0o")
    if not digits or set(digits) - set("01234567") or int(digits, 8) > 0o777:  # noqa: PLR2004 - rwxrwxrwx
        raise UsageError(f"`{mode}` is no mode", hint="permissions are octal: --mode=0644")
    return int(digits, 8)
