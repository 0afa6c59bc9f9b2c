"""The program that goes to a box is one that an old Python can read."""

from __future__ import annotations

import ast
from pathlib import Path

from ssh_transport.bucket import worker


def test_it_speaks_to_an_old_python() -> None:
    """The syntax of 3.6, and no letter that a word could lose."""
    text = worker.code()

    ast.parse(text, feature_version=(3, 6))
    assert text.isascii()
    assert len(text) < 100_000


def test_what_is_sent_is_every_module_as_it_stands() -> None:
    """Whole and not escaped; fish reads these two sequences even in single quotes, so neither may be there."""
    modules = [path for path in Path(worker.__file__).parent.glob("*.py") if path.stem != "__init__"]

    for path in modules:
        text = path.read_text()
        assert text in worker.code()
        ast.parse(text, feature_version=(3, 6))
    assert not any(two in worker.code() for two in ("\\\\", "\\'"))
