"""Made by `python -m docs.stubs`."""

from collections.abc import Callable, Iterable
from os import PathLike
from threading import Event
from typing import Any, Literal, overload

from invoke import Collection, Context

from ssh_transport import audit as _audit, doctor as _doctor
from ssh_transport.bucket.remains import Remains
from ssh_transport.change import Change
from ssh_transport.each.result import Each
from ssh_transport.facts.alias import AliasFacts
from ssh_transport.facts.logins import AuthorizedKeys
from ssh_transport.fleet.verify import Row
from ssh_transport.leave.checklist import Checklist
from ssh_transport.line_ends import findings as _line_ends
from ssh_transport.line_ends.ensure import Attributes
from ssh_transport.lint import finding as _lint
from ssh_transport.manifest import Verification
from ssh_transport.manifest.recheck import Rechecks
from ssh_transport.operations.authorize import LetIn
from ssh_transport.operations.host_key import Renewed
from ssh_transport.operations.sync import Sync
from ssh_transport.platforms.diagnosis import Theme
from ssh_transport.platforms.profile import KnownProblem, Profile
from ssh_transport.processes.relaunch import Relaunched
from ssh_transport.processes.stop import Stopped
from ssh_transport.secret.inventory import Listing
from ssh_transport.secret.verify import Verified
from ssh_transport.spread.result import Delivered
from ssh_transport.terminal.progress import Progress
from ssh_transport.transfer import Forecast, Transfer
from ssh_transport.watch.run import WatchResult

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

@overload
def audit(c: Context, on: str = ..., here: bool = ..., reach: bool = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[_audit.Finding]: ...
@overload
def audit(c: Context, *, on: list[str] | tuple[str, ...], here: bool = ..., reach: bool = ..., html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, list[_audit.Finding]]: ...

@overload
def crlf(c: Context, path: _Text = ..., on: str = ..., fix: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> _line_ends.Report: ...
@overload
def crlf(c: Context, path: _Text = ..., *, on: list[str] | tuple[str, ...], fix: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, _line_ends.Report]: ...

def gitattributes(c: Context, path: _Text = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Attributes: ...

@overload
def leave(c: Context, on: str = ..., receipts: _Text = ..., abandon: _Texts | None = ..., revoke_key: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Checklist: ...
@overload
def leave(c: Context, *, on: list[str] | tuple[str, ...], receipts: _Text = ..., abandon: _Texts | None = ..., revoke_key: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Checklist]: ...

def lint(c: Context, path: _Text = ..., select: _Text = ..., ignore: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> _lint.Report: ...

@overload
def relaunch(c: Context, pattern: _Text, run: _Text, name: _Text = ..., log: _Text = ..., alive: float = ..., grace: float = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Relaunched: ...
@overload
def relaunch(c: Context, pattern: _Text, run: _Text, name: _Text = ..., log: _Text = ..., alive: float = ..., grace: float = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Relaunched]: ...

@overload
def stop(c: Context, pattern: _Text, grace: float = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Stopped: ...
@overload
def stop(c: Context, pattern: _Text, grace: float = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Stopped]: ...
