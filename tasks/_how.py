"""The flags that say how to copy: the same for every task that copies."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssh_transport.errors import UsageError
from ssh_transport.settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from invoke import Context

    from ssh_transport.transfer import Options, Patience, Request

ON = "Boxes: aliases, globs or user@host:port, comma-separated (as fab's -H)"
JSON = "Print the result as JSON"

_OPTIONS: Mapping[str, tuple[Any, str]] = {
    "exclude": (None, "Leave out what matches, as rsync's --exclude; may be given several times"),
    "copy_links": (False, "Copy what symlinks point to instead of the links"),
    "delete": (False, "Delete at the target what the source lacks"),
    "inplace": (False, "Write into the final file at once, as rsync's --inplace: saves space, shows half files"),
    "atomic": (False, "Give no file its final name before all have arrived, as rsync's --delay-updates"),
    "bwlimit": ("", "At most this many kB/s; with a suffix: 10M"),
    "engine": ("auto", "auto, rsync or sftp: what copies (auto: rsync where both ends have it)"),
    "streams": ("", "Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)"),
    "install_rsync": (False, "Install rsync on a box that has none first, by its platform's way"),
    "dry_run": (False, "Say what would be copied and where it would land; change nothing"),
}
_PATIENCE: Mapping[str, tuple[Any, str]] = {
    "attempts": (0, "Give up after so many attempts without progress (default: transfer.attempts)"),
    "give_up_after": (0, "Give up after so many seconds without progress (default: transfer.give_up_after_s)"),
}
HELP = {name: explained for name, (_, explained) in (*_OPTIONS.items(), *_PATIENCE.items())}


def takes(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a task body whose last parameter is ``**how`` these flags, for Invoke, which reads signatures."""
    defaults = {name: default for name, (default, _) in (*_OPTIONS.items(), *_PATIENCE.items())}

    def decorate(body: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(body)
        kept = [parameter for parameter in own.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
        flags = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name]) for name in names]
        body.__signature__ = own.replace(parameters=[*kept, *flags])  # type: ignore[attr-defined]
        return body

    return decorate


takes_how = takes(*HELP)


def options(how: Mapping[str, Any], known: Iterable[str] = HELP, **more: Any) -> Options:
    """
    Return how to copy.

    :param known: the flags that the task has.
    """
    from ssh_transport.transfer import Options

    given = {name: how.get(name, default) for name, (default, _) in _OPTIONS.items()}
    unknown = how.keys() - set(known)
    if unknown:
        raise TypeError(f"unexpected: {', '.join(sorted(unknown))}")
    return Options(**(given | {"exclude": tuple(given["exclude"] or ())} | more))


def patience(c: Context, how: Mapping[str, Any]) -> Patience:
    """Return how long to keep trying."""
    from ssh_transport.transfer import Patience

    settings = TransferSettings.of(c)
    attempts, give_up_after_s = how.get("attempts", 0), how.get("give_up_after", 0)
    if attempts < 0 or give_up_after_s < 0:
        raise UsageError("patience can't be negative", hint="--attempts=10 --give-up-after=3600")
    return Patience(attempts or settings.attempts, give_up_after_s or settings.give_up_after_s)


def refuse_one_place(requests: Mapping[str, Request], to: str) -> None:
    """Stop before boxes overwrite each other's files: without ``{box}``, or with names that become the same in it."""
    owners: dict[Path, str] = {}
    for name, request in requests.items():
        first = owners.setdefault(Path(request.here).resolve(), name)
        if first != name:
            hint = f"--to='{to.rstrip('/')}/{{box}}'" if "{box}" not in to else "pull them one at a time, with --to"
            raise UsageError(f"`{first}` and `{name}` would write into one place", cause=request.here, hint=hint)
