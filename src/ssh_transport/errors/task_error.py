"""The error that all of ours are."""

from __future__ import annotations

import sys
from typing import Protocol

from invoke.exceptions import Exit

from ssh_transport.text import coloured, shown

from .commands import as_typed


class Explanation(Protocol):
    """A known problem, as it is printed with an error; the profiles list them."""

    @property
    def id(self) -> str:
        """Such as ``T6``."""

    @property
    def cause(self) -> str:
        """Why it happens."""

    @property
    def fix(self) -> str:
        """What to do about it."""


class TaskError(Exit):
    """
    What failed, on which box, why, and what to type next.

    It is an `Exit`: `fab` and `inv` print the message and exit with the code; Python callers can catch it.

    :ivar what: the failure in one sentence; names are in backticks.
    :ivar box: the box, as it was named; empty if it is about none.
    :ivar cause: the message of the other side; may have several lines and hostile characters; `str` shows it harmless.
    :ivar hint: what to do about it, if possible a command that can be typed.
    :ivar exit_code: that of its class.
    :ivar known_problem: what `config.explain` tells of it, if it is one.

    >>> try:
    ...     transfer.pull(c, path="nowhere", on="proj-1")
    ... except errors.NoSuchPath as error:
    ...     print(error.exit_code, error.box)
    21 proj-1
    """

    exit_code: int

    def __init__(self, what: str, *, box: str = "", cause: str = "", hint: str = "") -> None:
        super().__init__(code=self.exit_code)
        self.what = what
        self.box = box
        self.cause = cause
        self.hint = hint
        self.known_problem: Explanation | None = None
        self.is_permanent = False  # whatever the class says, trying again is of no use

    @property
    def message(self) -> str:
        """The whole message as it is printed on standard error."""
        return coloured(str(self), sys.stderr)

    @message.setter
    def message(self, _: str | None) -> None:
        """Ignore the value: `Exit` sets it, but our message is always made from the fields."""

    def __str__(self) -> str:
        where = f" on `{self.box}`" if self.box and f"`{self.box}`" not in self.what else ""
        text = f"error: {self.what}{where}"
        if self.cause:
            text += "\n  cause: " + self.cause.strip().replace("\n", "\n         ")
        if self.hint:
            text += f"\n\nhint: {as_typed(self.hint)}"
        if self.known_problem:
            text += f"\n\nknown as {self.known_problem.id}: {self.known_problem.cause}\n  fix: {self.known_problem.fix}"
        return shown(text)
