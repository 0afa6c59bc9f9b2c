"""What lives as long as one command line: the tasks of `fab -H box a b c` share it; it ends with the last of them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_at_end: contextlib.ExitStack | None = None


@contextlib.contextmanager
def under_way() -> Iterator[None]:
    """Run a command line in the block; however it ends, what waits for that is called then."""
    global _at_end  # noqa: PLW0603 - there is one command line
    with contextlib.ExitStack() as stack:
        before, _at_end = _at_end, stack
        try:
            yield
        finally:
            _at_end = before


def at_end(call: Callable[[], None]) -> bool:
    """Have something called at the end of the command line; return whether there is one, else it is not called."""
    if _at_end is None:
        return False
    _at_end.callback(call)
    return True
