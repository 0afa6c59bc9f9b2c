"""Variables with secrets: taken out of the environment, so that no program that we start from now on has them."""

from __future__ import annotations

import os

_taken: dict[str, str] = {}


def take(*variables: str) -> None:
    """Take variables out of our environment; they stay known here."""
    for variable in variables:
        if variable in os.environ:
            _taken[variable] = os.environ.pop(variable)


def value_of(variable: str) -> str | None:
    """Return the value of a variable that was taken, or `None` if it was not set."""
    return _taken.get(variable)
