"""The flags of every task that copies."""

from __future__ import annotations

import contextlib
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fabric import Connection

from ssh_transport.errors import NameNotFound, Refused, Unreachable, UsageError
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager

    from invoke import Context

    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.terminal.progress import Progress
    from ssh_transport.transfer import Forecast, Options, Patience, Request, Transfer
    from ssh_transport.transfer.engine import Bring

ON = "Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)"
VIA = "Carry what is sent whole by way of this relay, which is object storage of the settings"
VIA_OR_AUTO = f"{VIA} (without: where a box gives a terminal alone, by the only one there, if that is faster)"
HTML = "Write a page for the browser, too: --html=report.html"
JSON = "Print the result as JSON"

_OPTIONS: Mapping[str, tuple[Any, str]] = {
    "exclude": (None, "Leave out what matches, as rsync's --exclude; may be given several times"),
    "exclude_from": (
        None,
        "Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input",
    ),
    "copy_links": (False, "Copy what symlinks point to instead of the links"),
    "delete": (False, "Delete at the target what the source lacks"),
    "max_delete": (-1, "Let --delete delete so many names, even if that is most of the target"),
    "inplace": (False, "Write into the final file at once, as rsync's --inplace: saves space, shows half files"),
    "atomic": (False, "Give no file its final name before all have arrived, as rsync's --delay-updates"),
    "bwlimit": ("", "At most this many kB/s; with a suffix: 10M"),
    "engine": ("auto", "auto, rsync or sftp: what copies (auto: rsync where both ends have it)"),
    "streams": ("", "Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)"),
    "install_rsync": (False, "First install rsync on a box that has none, with its platform's command"),
    "dry_run": (False, "Show what would be copied and where to; change nothing"),
}
_PATIENCE: Mapping[str, tuple[Any, str]] = {
    "attempts": (0, "Give up after so many attempts without progress (default: transfer.attempts)"),
    "give_up_after": (0, "Give up after so many seconds without progress (default: transfer.give_up_after_s)"),
}
HELP = {name: text for name, (_, text) in (*_OPTIONS.items(), *_PATIENCE.items())}


def say_html(html: str, *, as_json: bool) -> None:
    """Tell who sits at a terminal that a result can be a page as well."""
    from ssh_transport.errors.commands import again
    from ssh_transport.terminal import report

    if not html and not as_json and report.shows_progress():
        report.say(f"as a page for the browser: {again()} --html=report.html")


def ssh_files(c: Context) -> SshFiles:
    """Return ssh's config file and directory, as this command line has them."""
    from ssh_transport.openssh.resolution import SshFiles

    return SshFiles.of(c)


def takes(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add these flags to the signature of a task whose last parameter is ``**how``; Invoke reads the signature."""
    defaults = {name: default for name, (default, _) in (*_OPTIONS.items(), *_PATIENCE.items())}

    def decorate(body: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(body)
        kept = [parameter for parameter in own.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
        flags = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name]) for name in names]
        body.__signature__ = own.replace(parameters=[*kept, *flags])  # type: ignore[attr-defined]
        return body

    return decorate


takes_how = takes(*HELP)


def place(c: Context, on: str, text: str) -> tuple[str, str]:
    """
    Return the box and the path of ``BOX:PATH``, as scp(1) and rsync(1) have it, where no box is named otherwise.

    A path of this machine that holds a colon is written with a slash before it: ``./a:b``.

    :raises UsageError: a box is named otherwise, and the text names one that has an alias, too.
    """
    from ssh_transport.request.end import names_a_box, operand

    if on and (box := _alias_in(c, text)):
        named = f"`{text}` names a box, and `{on}` is named already"
        raise UsageError(
            named, hint=f"name it once: {text.removeprefix(f'{box}:')}; a path that is so called: ./{text}"
        )
    if on or isinstance(c, Connection) or not names_a_box(text):
        return on, text
    return operand(text, "BOX:PATH")


def require_here(c: Context, task: str, path: str, to: str, on: str) -> None:
    """
    Check that the target of a pull is meant to be here.

    :param path: what is pulled, as it was given, and `on` the boxes.
    :raises UsageError: it begins with an alias and a colon, as scp(1) has a path on a box.
    """
    from ssh_transport.terminal import sides

    boxes = c.original_host if isinstance(c, Connection) else on
    if _alias_in(c, to) and (slip := sides.turned_back(task, {"path": path, "to": to, "on": boxes})):
        slip.hint += f"; a name here: --to=./{to}"
        raise slip


def _alias_in(c: Context, text: str) -> str:
    """Return the alias that ``ALIAS:PATH`` begins with; empty if it is none, or if that is the name of a file here."""
    from ssh_transport.openssh import config_file
    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.request.end import names_a_box, operand

    if ":" not in text[1:] or not names_a_box(text) or os.path.lexists(text):
        return ""
    box = operand(text, "BOX:PATH").box
    return box if box in config_file.aliases(SshFiles.of(c).config) else ""


def options(how: Mapping[str, Any], known: Iterable[str] = HELP, **more: Any) -> Options:
    """
    Return the options of a copy.

    :param how: the flags that were given.
    :param known: the flags that the task has.
    """
    from ssh_transport.transfer import Options

    given = {name: how.get(name, default) for name, (default, _) in _OPTIONS.items()}
    unknown = how.keys() - set(known)
    if unknown:
        raise TypeError(f"unexpected: {', '.join(sorted(unknown))}")
    limit = None if given["max_delete"] == _OPTIONS["max_delete"][0] else given["max_delete"]
    patterns = excluded(given.pop("exclude"), given.pop("exclude_from"))
    return Options(**(given | {"exclude": patterns, "max_delete": limit} | more))


def excluded(patterns: Iterable[str] | None, files: Iterable[str] | None) -> tuple[str, ...]:
    """Return all patterns, those of files last: of those that fit a name the first decides."""
    from ssh_transport.request.patterns import patterns_in

    return (*(patterns or ()), *(pattern for file in files or () for pattern in patterns_in(file)))


def patience(c: Context, how: Mapping[str, Any]) -> Patience:
    """Return after how many attempts and seconds without progress a copy gives up."""
    from ssh_transport.transfer import Patience

    settings = TransferSettings.of(c)
    attempts, give_up_after_s = how.get("attempts", 0), how.get("give_up_after", 0)
    if attempts < 0 or give_up_after_s < 0:
        raise UsageError(
            "`--attempts` and `--give-up-after` can't be negative", hint="--attempts=10 --give-up-after=3600"
        )
    return Patience(attempts or settings.attempts, give_up_after_s or settings.give_up_after_s)


def by_way_of(c: Context, via: str) -> AbstractContextManager[Bring | None]:
    """Return what carries copies by way of a relay: see `bucket.by_way_of_or_auto`."""
    if not via and not c.config.get("relays"):
        return contextlib.nullcontext()
    from ssh_transport import bucket

    return bucket.by_way_of_or_auto(c, via)


def copied(
    request: Request, copy: Callable[[], Transfer | Forecast], bring: Bring | None, show: Callable[[Progress], None]
) -> Transfer | Forecast:
    """Copy; where the box of a volume does not answer, without it."""
    try:
        return copy()
    except (NameNotFound, Refused, Unreachable) as error:
        if bring is None:
            raise
        from ssh_transport import bucket

        return bucket.without_box(bring, request, error, show)


def require_own_targets(requests: Mapping[str, Request], to: str) -> None:
    """
    Check that no two boxes are pulled into the same directory, where they would overwrite each other's files.

    :raises UsageError: two are.
    """
    owners: dict[Path, str] = {}
    for name, request in requests.items():
        first = owners.setdefault(Path(request.target.path).resolve(), name)
        if first != name:
            hint = f"--to='{to.rstrip('/')}/{{box}}'" if "{box}" not in to else "pull them one at a time, with --to"
            raise UsageError(
                f"`{first}` and `{name}` would write into the same directory", cause=request.target.path, hint=hint
            )
