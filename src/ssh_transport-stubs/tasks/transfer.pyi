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
def copy(c: Context, from_: _Text, to: _Text, forward_agent: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Forecast: ...
@overload
def copy(c: Context, from_: _Text, to: _Text, forward_agent: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Transfer: ...

@overload
def get(c: Context, path: _Text, to: _Text = ..., mode: _Text = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change: ...
@overload
def get(c: Context, path: _Text, to: _Text = ..., mode: _Text = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def pull(c: Context, path: _Text, to: _Text = ..., on: str = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Forecast: ...
@overload
def pull(c: Context, path: _Text, to: _Text = ..., on: str = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Transfer: ...
@overload
def pull(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], verify: bool = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Transfer]: ...

@overload
def pull_each(c: Context, path: _Text, to: _Text = ..., on: str = ..., jobs: float = ..., min_size: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> Each: ...
@overload
def pull_each(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], jobs: float = ..., min_size: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> dict[str, Each]: ...

@overload
def push(c: Context, path: _Text, to: _Text, on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Forecast: ...
@overload
def push(c: Context, path: _Text, to: _Text, on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Transfer: ...
@overload
def push(c: Context, path: _Text, to: _Text, *, on: list[str] | tuple[str, ...], allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Transfer]: ...

@overload
def push_each(c: Context, path: _Text, to: _Text, on: str = ..., jobs: float = ..., min_size: _Text = ..., allow: _Texts | None = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> Each: ...
@overload
def push_each(c: Context, path: _Text, to: _Text, *, on: list[str] | tuple[str, ...], jobs: float = ..., min_size: _Text = ..., allow: _Texts | None = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> dict[str, Each]: ...

@overload
def put(c: Context, path: _Text, to: _Text, mode: _Text = ..., on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change: ...
@overload
def put(c: Context, path: _Text, to: _Text, mode: _Text = ..., *, on: list[str] | tuple[str, ...], allow: _Texts | None = ..., fix_crlf: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def receipt(c: Context, path: _Text, on: str = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Rechecks: ...
@overload
def receipt(c: Context, path: _Text, *, on: list[str] | tuple[str, ...], html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Rechecks]: ...

def relay(c: Context, name: _Text, clean: bool = ..., older: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Remains: ...

@overload
def spread(c: Context, to: _Text, path: _Text = ..., from_: _Text = ..., on: str = ..., way: _Text = ..., forward_agent: bool = ..., allow: _Texts | None = ..., receipt: _Text = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., bwlimit: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Delivered: ...
@overload
def spread(c: Context, to: _Text, path: _Text = ..., from_: _Text = ..., *, on: list[str] | tuple[str, ...], way: _Text = ..., forward_agent: bool = ..., allow: _Texts | None = ..., receipt: _Text = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., bwlimit: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Delivered]: ...

@overload
def verify(c: Context, path: _Text, to: _Text = ..., on: str = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., streams: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Verification: ...
@overload
def verify(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., streams: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Verification]: ...

@overload
def watch(c: Context, path: _Text, to: _Text = ..., on: str = ..., every: float = ..., settle: float = ..., done_marker: _Text = ..., until: _Text = ..., rounds: float = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> WatchResult: ...
@overload
def watch(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], every: float = ..., settle: float = ..., done_marker: _Text = ..., until: _Text = ..., rounds: float = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, WatchResult]: ...
