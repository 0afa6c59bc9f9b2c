"""The shape of the tables: what a line means, and which lines before it may say why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ssh_transport import errors

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError

# Where on the way to a box something is said.
Stage = Literal[
    "here",  # by our `ssh` or rsync, before it asks anybody
    "proxy",  # by the program of a `ProxyCommand`
    "way",  # by an `ssh` that finds no way
    "greeting",  # by an `ssh` that was to hear the first words of a server
    "algorithms",
    "host key",
    "jump's host key",
    "key",  # of a key file, or an agent
    "key warning",  # the same, of what may have been of no use anyway
    "penalty",  # by a server that hears nobody for now
    "account",  # by a server, of the user
    "login",  # by an `ssh` whose login was refused
    "session",  # in place of a session
    "program",  # by a shell that was to start one
    "start-up files",
    "options here",
    "options there",
    "rsync",
    "rsync's usage",  # by an rsync whose options were wrong
    "mac",  # of bytes that were changed on their way
    "link",  # by an `ssh` whose connection ended
    "rsync's end",  # by an rsync whose other side is gone
]

# These explain what ended, and mean nothing alone: a warning, or somebody else's words.
_NEVER_ALONE: frozenset[Stage] = frozenset({"proxy", "jump's host key", "key warning", "options there"})
_OF_A_LOGIN: frozenset[Stage] = frozenset({"here", "way", "algorithms", "host key", "account", "login"})
_SAYS_LITTLE: frozenset[Stage] = frozenset({"link", "rsync's end", "rsync's usage"})
# A box that reboots refuses, is unreachable, or has no name for a while.
_CURABLE = (errors.LinkLost, errors.Refused, errors.Unreachable, errors.NameNotFound)


@dataclass(frozen=True)
class Symptom:
    """
    What a line means.

    ``pattern`` is a regular expression for some part of one line. In ``what`` and ``cause``, each one sentence, and in
    the ``hint``, which can be typed, ``{box}`` is the name of the box and any other name a group of the pattern;
    ``{who}`` is the box, or the jump in front of it; in the hint, ``{name_there}`` is for the shell of the box.

    :ivar follows: the stages of lines before it that may say why. Empty: the line says it itself.
    :ivar codes: the exit codes of `ssh` or rsync with which it means that; `None` for any.
    :ivar names: what the group ``name`` must be, without its directory; empty for anything.
    :ivar lasts: whether trying again is of no use, where the class does not tell.
    """

    stage: Stage
    pattern: str
    error: type[TaskError]
    what: str
    cause: str = ""
    hint: str = "see why: ssh -v {box}"
    follows: frozenset[Stage] = frozenset()
    codes: frozenset[int] | None = None
    names: frozenset[str] = frozenset()
    lasts: bool | None = None

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern)

    @property
    def stands_alone(self) -> bool:
        """Whether it means something without a line behind it."""
        return self.stage not in _NEVER_ALONE

    @property
    def is_of_a_login(self) -> bool:
        """Whether an `ssh` says it that does not get in, and by itself alone."""
        return self.stage in _OF_A_LOGIN and not self.names

    @property
    def keeps_out(self) -> bool:
        """Whether there is no session, and won't be: nothing that a login script complains of means that."""
        return self.is_permanent and (self.is_of_a_login or self.stage == "session")

    @property
    def says_little(self) -> bool:
        """Whether a line that nobody knows may stand before it, and say more."""
        return self.stage in _SAYS_LITTLE

    @property
    def is_permanent(self) -> bool:
        """Whether trying again is of no use."""
        return not issubclass(self.error, _CURABLE) if self.lasts is None else self.lasts

    def match(self, line: str, code: int) -> dict[str, str] | None:
        """Return the groups that a line has, or `None` if it does not mean this."""
        if self.codes is not None and code not in self.codes:
            return None
        found = self._compiled.search(line)
        if found is None:
            return None
        groups = {name: text or "" for name, text in found.groupdict().items()}
        if self.names and groups["name"].rpartition("/")[2] not in self.names:
            return None
        return groups
