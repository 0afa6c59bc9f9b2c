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

def add(c: Context, project: _Text, string: _Text, profile: _Text = ..., keepalive: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change: ...

@overload
def doctor(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[_doctor.Finding]: ...
@overload
def doctor(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, list[_doctor.Finding]]: ...

def explain(c: Context, problem: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> KnownProblem | list[Theme]: ...

def forget(c: Context, alias: _Text, expect: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Renewed: ...

def list_(c: Context, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> list[AliasFacts]: ...

def profiles(c: Context, name: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> list[str] | Profile: ...

def remove(c: Context, alias: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change: ...

def show(c: Context, alias: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> AliasFacts: ...

def sync(c: Context, platform: _Text, group: _Text = ..., user: _Text = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Sync: ...

def update(c: Context, alias: _Text, string: _Text, json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change: ...

@overload
def verify(c: Context, on: str = ..., torch: bool = ..., code: _Text = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> list[Row]: ...
@overload
def verify(c: Context, *, on: list[str] | tuple[str, ...], torch: bool = ..., code: _Text = ..., html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Row]: ...
