"""
A shell that a start-up file has put in the place of every command: nothing typed behind `ssh ALIAS` is run.

`exec fish` at the end of `~/.bashrc` does so, which bash reads for the commands of an sshd too: bash(1), "Invocation".
A shell that takes its input line by line runs ours all the same; fish reads all of it first, and waits for its end.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from ssh_transport.errors import EndpointTooWeak
from ssh_transport.terminal.report import say

from .carrier.fed import Fed

if TYPE_CHECKING:
    from .box import Box

_ANSWERS_S = 5
_TICK_S = 0.2


def check(box: Box) -> None:
    """
    Tell why nothing is heard of a command, where it is that.

    :raises EndpointTooWeak: so it is; a terminal there may do.
    """
    if _ends_without_a_word(box):
        say(
            f"{box.name}: a start-up file there, such as ~/.bashrc, puts another shell in the place of every command "
            "(`exec fish`?); with this line before that only people get it: [[ $- == *i* ]] || return"
        )
        cause = "a start-up file puts another shell in the place of each"
        raise EndpointTooWeak(f"`{box.name}` runs no commands", box=box.name, cause=cause)


def _ends_without_a_word(box: Box) -> bool:
    # One that takes its time tells nothing.
    until_s = time.monotonic() + _ANSWERS_S
    try:
        with Fed(partial(box.carrier.over_login, "echo there")) as session:
            session.feed(b"", last=True)
            if any(piece or time.monotonic() > until_s for piece in session.pieces(_TICK_S)):
                return False
            return session.wait() == 0
    except OSError:
        # Of a link that has gone others tell.
        return False
