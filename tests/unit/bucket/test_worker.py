"""The program that goes to a box is one that an old Python can read."""

from __future__ import annotations

import ast
from pathlib import Path

from ssh_transport.bucket import worker


def test_it_speaks_to_an_old_python() -> None:
    """The syntax of 3.6, and no letter that a word could lose."""
    text = worker.code()

    ast.parse(text, feature_version=(3, 6))
    for path in Path(worker.__file__).parent.glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 6))
