"""
Made by `python -m docs.stubs`. Each task takes as well, as far as it is for boxes:

:param cancel: An event that ends the call
:param deadline: Seconds that the call may take
:param on_progress: Called with the name of the box and its `Progress`, for one box at a time
:param jobs: How many of several boxes run at once; 0 for the setting
:param stop_on_error: Begin with no further box once one has failed
:raises TaskError: by its class, which docs/reference.md lists
:raises SeveralFailed: some of several boxes failed
:raises TypeError: an argument can't be meant
"""

from collections.abc import Callable, Iterable
from os import PathLike
from threading import Event
from typing import Any, Literal, overload

from invoke import Collection, Context

from ssh_transport.bucket.remains import Remains
from ssh_transport.change import Change
from ssh_transport.each.result import Each
from ssh_transport.manifest import Verification
from ssh_transport.manifest.recheck import Rechecks
from ssh_transport.spread.result import Delivered
from ssh_transport.terminal.progress import Progress
from ssh_transport.transfer import Forecast, Transfer
from ssh_transport.watch.run import WatchResult

_Text = str | PathLike[str] | int | float
_Texts = _Text | Iterable[_Text]

ns: Collection

@overload
def copy(c: Context, from_: _Text, to: _Text, forward_agent: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Forecast:
    """
    Copy from box to box, directly or through here, to the last byte.

    :param from_: What to copy, ALIAS:PATH; a trailing slash means its contents
    :param to: Target, ALIAS:PATH
    :param forward_agent: Lend the first box your ssh agent if it can't log in to the second by itself
    :param verify: Afterwards hash both ends, and write a receipt beside the destination
    :param via: Carry what is sent whole by way of this relay, which is object storage of the settings (without: where a box gives a terminal alone, by the only one there, if that is faster)
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param inplace: Write into the final file at once, as rsync's --inplace: saves space, shows half files
    :param atomic: Give no file its final name before all have arrived, as rsync's --delay-updates
    :param bwlimit: At most this many kB/s; with a suffix: 10M
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Transfer

    Example::

        transfer.copy(c, from_="proj-1:ck/", to="proj-2:there/")
    """

@overload
def copy(c: Context, from_: _Text, to: _Text, forward_agent: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Transfer: ...

@overload
def get(c: Context, path: _Text, to: _Text = ..., mode: _Text = ..., on: str = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Fetch one small file at once, with its mode; a tree takes pull.

    :param path: File on the box
    :param to: Local target, {box} in it is the alias (default: ./ALIAS/NAME)
    :param mode: Permissions, octal (default: as on the box, not writable by others)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param dry_run: Show what would be written; write nothing
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        transfer.get(c, path="ck/a", to="{box}/a", on="proj-1")
    """

@overload
def get(c: Context, path: _Text, to: _Text = ..., mode: _Text = ..., *, on: list[str] | tuple[str, ...], dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def pull(c: Context, path: _Text, to: _Text = ..., on: str = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Forecast:
    """
    Copy a file or tree from a box, through drops, to its last byte.

    :param path: What to pull; a trailing slash means its contents
    :param to: Local target, {box} in it is the alias (default: ./ALIAS/)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param verify: Afterwards hash both ends, and write a receipt beside the destination
    :param via: Carry what is sent whole by way of this relay, which is object storage of the settings (without: where a box gives a terminal alone, by the only one there, if that is faster)
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param inplace: Write into the final file at once, as rsync's --inplace: saves space, shows half files
    :param atomic: Give no file its final name before all have arrived, as rsync's --delay-updates
    :param bwlimit: At most this many kB/s; with a suffix: 10M
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Transfer; of a list of boxes a dict of these by name

    Example::

        transfer.pull(c, path="ck/", to="to/{box}/", on="proj-1")
    """

@overload
def pull(c: Context, path: _Text, to: _Text = ..., on: str = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Transfer: ...
@overload
def pull(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], verify: bool = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Transfer]: ...

@overload
def pull_each(c: Context, path: _Text, to: _Text = ..., on: str = ..., jobs: float = ..., min_size: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> Each:
    """
    Pull directory by directory, each by its own copy.

    :param path: The directory whose entries are pulled; a trailing slash means its contents
    :param to: Local target, as for transfer.pull (default: ./ALIAS/)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param jobs: How many directories of a box at once, up to 16
    :param min_size: Hash nothing: a directory with at least this size at the target (1G) counts as complete
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times; a slash in front means right below --path, or its last name
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks, in each directory; a directory that the source lacks stays
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param inplace: Write into the final file at once, as rsync's --inplace: saves space, shows half files
    :param atomic: Give no file its final name before all have arrived, as rsync's --delay-updates
    :param bwlimit: At most this many kB/s; with a suffix: 10M; the directories under way share it
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Each; of a list of boxes a dict of these by name

    Example::

        transfer.pull_each(c, path="ck/", to="to/{box}/", on="proj-1")
    """

@overload
def pull_each(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], jobs: float = ..., min_size: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> dict[str, Each]: ...

@overload
def push(c: Context, path: _Text, to: _Text, on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: Literal[True], attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Forecast:
    """
    Copy a file or tree to a box, through drops, to its last byte.

    :param path: What to push; a trailing slash means its contents
    :param to: Target on the box
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param allow: Let a file through that looks like a credential: a name or pattern; may be given several times
    :param fix_crlf: Send shell scripts that have Windows line ends with LF; the source is not changed
    :param git: Send what git would: tracked files and new ones not ignored; --delete then spares what was never sent
    :param verify: Afterwards hash both ends, and write a receipt beside the destination
    :param via: Carry what is sent whole by way of this relay, which is object storage of the settings (without: where a box gives a terminal alone, by the only one there, if that is faster)
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param inplace: Write into the final file at once, as rsync's --inplace: saves space, shows half files
    :param atomic: Give no file its final name before all have arrived, as rsync's --delay-updates
    :param bwlimit: At most this many kB/s; with a suffix: 10M
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Transfer; of a list of boxes a dict of these by name

    Example::

        transfer.push(c, path="mine/", to="up/", on="proj-1")
    """

@overload
def push(c: Context, path: _Text, to: _Text, on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Transfer: ...
@overload
def push(c: Context, path: _Text, to: _Text, *, on: list[str] | tuple[str, ...], allow: _Texts | None = ..., fix_crlf: bool = ..., git: bool = ..., verify: bool = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Transfer]: ...

@overload
def push_each(c: Context, path: _Text, to: _Text, on: str = ..., jobs: float = ..., min_size: _Text = ..., allow: _Texts | None = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> Each:
    """
    Push directory by directory, each by its own copy.

    :param path: The directory whose entries are pushed; a trailing slash means its contents
    :param to: Target on the box, as for transfer.push
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param jobs: How many directories of a box at once, up to 16
    :param min_size: Hash nothing: a directory with at least this size at the target (1G) counts as complete
    :param allow: Let a file through that looks like a credential: a name or pattern; may be given several times
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times; a slash in front means right below --path, or its last name
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks, in each directory; a directory that the source lacks stays
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param inplace: Write into the final file at once, as rsync's --inplace: saves space, shows half files
    :param atomic: Give no file its final name before all have arrived, as rsync's --delay-updates
    :param bwlimit: At most this many kB/s; with a suffix: 10M; the directories under way share it
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Each; of a list of boxes a dict of these by name

    Example::

        transfer.push_each(c, path="mine/", to="up/", on="proj-1")
    """

@overload
def push_each(c: Context, path: _Text, to: _Text, *, on: list[str] | tuple[str, ...], jobs: float = ..., min_size: _Text = ..., allow: _Texts | None = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., inplace: bool = ..., atomic: bool = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., stop_on_error: bool = ...) -> dict[str, Each]: ...

@overload
def put(c: Context, path: _Text, to: _Text, mode: _Text = ..., on: str = ..., allow: _Texts | None = ..., fix_crlf: bool = ..., dry_run: bool = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Change:
    """
    Put one small file in place at once, with its mode; a tree takes push.

    :param path: Local file
    :param to: Target on the box; a directory keeps the name
    :param mode: Permissions, octal (default: those of the local file)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param allow: Let a file through that looks like a credential: its name or a pattern; may be given several times
    :param fix_crlf: Send a shell script with Windows line ends as LF, the source untouched
    :param dry_run: Show what would be written; write nothing
    :returns: Change; of a list of boxes a dict of these by name

    Example::

        transfer.put(c, path="mine/b", to="b", on="proj-1")
    """

@overload
def put(c: Context, path: _Text, to: _Text, mode: _Text = ..., *, on: list[str] | tuple[str, ...], allow: _Texts | None = ..., fix_crlf: bool = ..., dry_run: bool = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Change]: ...

@overload
def receipt(c: Context, path: _Text, on: str = ..., html: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Rechecks:
    """
    Check receipts again: is everything still as it was received?

    :param path: A receipt; or the file or directory that receipts are beside or below, then the newest of each source
    :param on: The boxes with the receipts, if they are not here. Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param html: Write a page for the browser, too: --html=report.html
    :returns: Rechecks; of a list of boxes a dict of these by name

    Example::

        transfer.receipt(c, "nowhere", on="proj-1")
    """

@overload
def receipt(c: Context, path: _Text, *, on: list[str] | tuple[str, ...], html: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Rechecks]: ...

def relay(c: Context, name: _Text, clean: bool = ..., older: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ...) -> Remains:
    """
    List what copies that were stopped have left in a relay, or delete it.

    :param name: The relay, as in the settings
    :param clean: Delete it; of a copy that runs on another machine, too, unless --older spares that
    :param older: Only what nothing was added to for so long: 90m, 12h, 1d
    :returns: Remains

    Example::

        transfer.relay(c, "nowhere")
    """


@overload
def spread(c: Context, to: _Text, path: _Text = ..., from_: _Text = ..., on: str = ..., way: _Text = ..., forward_agent: bool = ..., allow: _Texts | None = ..., receipt: _Text = ..., via: _Text = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., bwlimit: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Delivered:
    """
    Bring the same files to many boxes by one upload.

    :param to: Target on each box
    :param path: What to bring to all boxes; a trailing slash means its contents
    :param from_: Instead of --path: what a box has, ALIAS:PATH
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param way: auto, each or tree: a push for each box, or boxes that have it serve boxes that wait (auto: a tree where a box can log in to another; else the only relay of the settings, if it spares much)
    :param forward_agent: Lend the boxes your ssh agent if they can't log in to each other by themselves
    :param allow: Let a file through that looks like a credential: a name or pattern; may be given several times
    :param receipt: Write one receipt for all boxes into this file
    :param via: Carry what is sent whole by way of this relay, which is object storage of the settings
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Copy what symlinks point to instead of the links
    :param delete: Delete at the target what the source lacks
    :param max_delete: Let --delete delete so many names, even if that is most of the target
    :param bwlimit: At most this many kB/s; with a suffix: 10M; what leaves this machine in all
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param dry_run: Show what would be copied and where to; change nothing
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: Delivered; of a list of boxes a dict of these by name

    Example::

        transfer.spread(c, path="mine/", to="up/", on="proj-1")
    """

@overload
def spread(c: Context, to: _Text, path: _Text = ..., from_: _Text = ..., *, on: list[str] | tuple[str, ...], way: _Text = ..., forward_agent: bool = ..., allow: _Texts | None = ..., receipt: _Text = ..., via: _Text = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., delete: bool = ..., max_delete: float = ..., bwlimit: _Text = ..., install_rsync: bool = ..., dry_run: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Delivered]: ...

@overload
def verify(c: Context, path: _Text, to: _Text = ..., on: str = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., streams: _Text = ..., json: bool = ..., *, cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> Verification:
    """
    Hash both ends of a pull at once, and list every difference.

    :param path: What was pulled; a trailing slash means its contents
    :param to: Where it was pulled to, as for transfer.pull (default: ./ALIAS/)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param copy_links: Compare what symlinks on the box point to
    :param streams: Connections, which heal, that the box answers over: auto or a number (default: transfer.streams)
    :returns: Verification; of a list of boxes a dict of these by name

    Example::

        transfer.verify(c, path="ck/", to="to/{box}/", on="proj-1")
    """

@overload
def verify(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., copy_links: bool = ..., streams: _Text = ..., json: bool = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, Verification]: ...

@overload
def watch(c: Context, path: _Text, to: _Text = ..., on: str = ..., every: float = ..., settle: float = ..., done_marker: _Text = ..., until: _Text = ..., rounds: float = ..., json: bool = ..., *, exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> WatchResult:
    """
    Keep pulling a directory, but only files that stopped changing.

    :param path: The directory to watch; a trailing slash means its contents
    :param to: Local target, {box} in it is the alias (default: ./ALIAS/)
    :param on: Boxes: aliases, globs, @GROUP, @all, @failed, user@host:port, and !NAME to leave out, with commas (as fab's -H)
    :param every: Seconds between two listings
    :param settle: Seconds for which a file must not have changed
    :param done_marker: A file of this name means that its directory is complete: no need to wait
    :param until: End when this exists and all has settled: a path below the directory, or a glob
    :param rounds: List the directory at most so many times (0: no end)
    :param exclude: Leave out what matches, as rsync's --exclude; may be given several times
    :param exclude_from: Leave out what patterns in this file match, as rsync's --exclude-from; - is standard input
    :param bwlimit: At most this many kB/s; with a suffix: 10M
    :param engine: auto, rsync or sftp: what copies (auto: rsync where both ends have it)
    :param streams: Connections that rsync, and a comparison, go over: auto or a number (default: transfer.streams)
    :param install_rsync: First install rsync on a box that has none, with its platform's command
    :param attempts: Give up after so many attempts without progress (default: transfer.attempts)
    :param give_up_after: Give up after so many seconds without progress (default: transfer.give_up_after_s)
    :returns: WatchResult; of a list of boxes a dict of these by name

    Example::

        transfer.watch(c, path="ck/", to="to/", rounds=1, on="proj-1")
    """

@overload
def watch(c: Context, path: _Text, to: _Text = ..., *, on: list[str] | tuple[str, ...], every: float = ..., settle: float = ..., done_marker: _Text = ..., until: _Text = ..., rounds: float = ..., json: bool = ..., exclude: _Texts | None = ..., exclude_from: _Texts | None = ..., bwlimit: _Text = ..., engine: _Text = ..., streams: _Text = ..., install_rsync: bool = ..., attempts: float = ..., give_up_after: float = ..., cancel: Event | None = ..., deadline: float | None = ..., on_progress: Callable[[str, Progress], None] | None = ..., jobs: int = ..., stop_on_error: bool = ...) -> dict[str, WatchResult]: ...
