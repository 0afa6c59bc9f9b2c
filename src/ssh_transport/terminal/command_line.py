"""What lives as long as one command line: the tasks of `fab -H box a b c` share it; it ends with the last of them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors.translation import translate

from . import document, report
from .signals import polite_kills_as_ctrl_c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class CommandLine:
    """
    One command line.

    :ivar as_json: whether all that its tasks return goes into one document, printed at its end.
    :ivar planned: the names of its tasks.
    :ivar entries: what became of those that have run.
    """

    as_json: bool = False
    planned: list[str] = field(default_factory=list)
    entries: list[document.Entry] = field(default_factory=list)
    at_end: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def print_document(self) -> None:
        """Print what became of its tasks, if that was asked for."""
        if self.as_json:
            done = {entry.task for entry in self.entries}
            report.document(document.text(self.entries, [name for name in self.planned if name not in done]))


_under_way: CommandLine | None = None


@contextlib.contextmanager
def under_way(*, as_json: bool = False) -> Iterator[None]:
    """
    Run a command line in the block; however it ends, what waits for that is called then.

    :raises Interrupted: by Ctrl-C or a polite kill.
    """
    global _under_way  # noqa: PLW0603 - there is one command line
    before, _under_way = _under_way, CommandLine(as_json)
    try:
        with polite_kills_as_ctrl_c(is_last=True), _under_way.at_end:
            yield
    except KeyboardInterrupt as exc:
        raise translate(exc) from exc
    finally:
        _under_way.print_document()
        _under_way = before


def at_end(call: Callable[[], None]) -> bool:
    """Have something called at the end of the command line; return whether there is one, else it is not called."""
    if _under_way is None:
        return False
    _under_way.at_end.callback(call)
    return True


def current() -> CommandLine | None:
    """Return the command line under way; `None` where we are used as a library."""
    return _under_way
