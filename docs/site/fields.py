"""The fields of a class as a table, in place of the list that Sphinx makes of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FIELD = re.compile(r":ivar (\w+): (.*)")


def as_table(kind: type, lines: Sequence[str]) -> list[str]:
    """
    Return the lines of a docstring with its fields as one table, each with its type.

    :param lines: without indentation; what goes on a field is indented.
    """
    fields: dict[str, list[str]] = {}
    before: list[str] = []
    after: list[str] = []
    for line in lines:
        if found := _FIELD.match(line):
            fields[found[1]] = [found[2]]
        elif fields and not after and line.startswith(" "):
            fields[next(reversed(fields))].append(line.strip())
        else:
            (after if fields else before).append(line)
    return [*before, *_rows(kind, fields), *after] if fields else list(lines)


def _rows(kind: type, fields: dict[str, list[str]]) -> Iterator[str]:
    types = {
        name: said for one in reversed(kind.__mro__) for name, said in vars(one).get("__annotations__", {}).items()
    }
    yield from (".. list-table::", "   :header-rows: 0", "")
    for name, said in fields.items():
        of = types.get(name, "")
        of = of if isinstance(of, str) else getattr(of, "__name__", str(of)).replace("typing.", "")
        yield f"   * - ``{name}``"
        yield f"     - {f'``{of}``: ' if of else ''}{' '.join(said)}"
    yield ""
