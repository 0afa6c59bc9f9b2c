"""
The examples of `--json` in the pages of the tasks: recorded from the tests, and held against what the tests see.

`JSON_EXAMPLES=write script/test tests/integration/test_json.py` records them anew.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .person import Person

PLACE = Path(__file__).parents[2] / "docs" / "json_examples.json"
# What the examples run.
_PROGRAM = "no-such-program"
_WRITES = os.environ.get("JSON_EXAMPLES") == "write"


def holds(task: str, words: tuple[str, ...], said: str, person: Person) -> bool:
    """Whether a document has the shape of the example of its task; it becomes the example where they are recorded."""
    examples = json.loads(PLACE.read_text(encoding="utf-8")) if PLACE.exists() else {}
    document = json.loads(said)
    if _WRITES:
        typed = " ".join(["inv", task, *(f"'{word}'" if " " in word else word for word in words), "--json"])
        examples[task] = {"typed": typed, "document": _anybodys(document, person)}
        PLACE.write_text(f"{json.dumps(examples, indent=1, sort_keys=True)}\n", encoding="utf-8")
    return task in examples and is_alike(examples[task]["document"], document)


def own(line: str) -> str:
    """
    Return a line of an example with a program that nobody else runs or stops.

    The boxes of tests that run side by side are one machine.
    """
    return line.replace(_PROGRAM, f"no-such-{os.getpid()}")


def is_alike(one: Any, other: Any) -> bool:
    """Whether two documents have the same keys and types; what is null or empty is like anything."""
    if one is None or other is None:
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return not (one and other) or is_alike(one[0], other[0])
    return isinstance(one, int | float) == isinstance(other, int | float) and isinstance(one, str) == isinstance(
        other, str
    )


def _anybodys(value: Any, person: Person) -> Any:
    """Return a document without what is of this machine and this moment."""
    if isinstance(value, dict):
        return {key: _anybodys(one, person) for key, one in value.items()}
    if isinstance(value, list):
        return [_anybodys(one, person) for one in value[:3]]
    if isinstance(value, float):
        return round(value, 1)
    if not isinstance(value, str):
        return value
    for place, name in ((person.home, "/home/you"), (person.home.parent / "box" / "home", "/root")):
        value = value.replace(str(place), name)
    return re.sub(r"/tmp/[\w./-]*?/(?=[\w-]+$)", "/home/you/", re.sub(r"(?<=127\.0\.0\.1:)\d+", "38076", value))
