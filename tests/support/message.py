"""An error as a person reads it, taken apart."""

from __future__ import annotations


def fields(stderr: str) -> tuple[str, str, str]:
    """Return what, cause and hint of the message at the end."""
    message = stderr[stderr.index("error: ") :]
    head, _, hint = message.partition("\n\nhint: ")
    what, _, cause = head.partition("\n  cause: ")
    return what.strip(), cause.strip(), hint.strip()
