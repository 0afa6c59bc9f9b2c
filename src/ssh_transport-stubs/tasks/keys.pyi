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
def check(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> LetIn: ...
@overload
def check(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, LetIn]: ...

def generate(c: Context, path: _Text = ..., comment: _Text = ..., passphrase: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Change: ...

@overload
def list_(c: Context, on: str = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> AuthorizedKeys: ...
@overload
def list_(c: Context, *, on: list[str] | tuple[str, ...], json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, AuthorizedKeys]: ...

@overload
def push(c: Context, on: str = ..., identity: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change: ...
@overload
def push(c: Context, *, on: list[str] | tuple[str, ...], identity: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def revoke(c: Context, key: _Text, on: str = ..., including_mine: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change: ...
@overload
def revoke(c: Context, key: _Text, *, on: list[str] | tuple[str, ...], including_mine: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...
