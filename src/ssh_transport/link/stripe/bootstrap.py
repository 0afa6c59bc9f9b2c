"""What a lane is sent first: the far end's own source text, and what it is to do. Nothing of it is in an argv."""

from __future__ import annotations

import json
import os
import re
import shlex
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What the box's shell, or the line below, exits with where there is no Python that will do.
NO_PYTHON = 90
NOT_FOUND = (126, 127, NO_PYTHON)
OLDEST = (3, 8)

# The last of them begins.
_HELPER = ("descriptors", "frame", "handover", "helper")
_OWNER = (*_HELPER, "lane", "flow", "wire", "gathering", "pump", "owner")
# Reads byte by byte, so that nothing of the frames that follow ends in a buffer.
_FIRST = 'f=open(0,"rb",0,closefd=0);exec(f.readline())'
_LOADER = """
import sys
if sys.version_info < {oldest}:
    sys.exit({no_python})
import json, types, zlib
data = b""
while len(data) < {size}:
    part = f.read({size} - len(data))
    if not part:
        sys.exit(1)
    data += part
order, sources = json.loads(zlib.decompress(data).decode())
package = sys.modules["stripe"] = types.ModuleType("stripe")
package.__path__ = []
for name, source in sources:
    module = sys.modules["stripe." + name] = types.ModuleType("stripe." + name)
    module.__package__ = "stripe"
    exec(compile(source, name + ".py", "exec"), module.__dict__)
module.main(order)
"""


def command(python: str) -> str:
    """Return the command line for the box's shell, whichever it is, and wherever its start-up file leads."""
    return f"exec sh -c 'cd 2>/dev/null; exec \"$0\" \"$@\"' {shlex.quote(python)} -I -S -c '{_FIRST}'"


def sent_first(order: Mapping[str, Any]) -> bytes:
    """Return what the lane's standard input begins with; the first alone is to leave an owner behind (`start`)."""
    names = _OWNER if order["start"] else _HELPER
    data = zlib.compress(json.dumps([order, [(name, _without_words(_source(name))) for name in names]]).encode())
    loader = _LOADER.format(oldest=OLDEST, no_python=NO_PYTHON, size=len(data))
    return f"exec({loader!r})\n".encode() + data


def _without_words(source: str) -> str:
    """
    Return the source without comments and docstrings.

    With them the first lane is sent more than the ten packets that TCP lets go at once (RFC 6928), and waits for an
    answer in between.
    """
    without_docstrings = re.sub(r'^( *)"""(?s:.*?)"""$', r'\1""', source, flags=re.MULTILINE)
    return re.sub(r"^ *(#.*)?\n", "", without_docstrings, flags=re.MULTILINE)


def _source(name: str) -> str:
    # `pathlib` takes as long to import as all else.
    here = os.path.dirname(__file__)
    with open(os.path.join(here, f"{name}.py"), encoding="ascii") as file:
        return file.read()
