"""The Python of a box, which runs programs of ours that are sent as one text: see `portable`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .box import Box

# Runs the first Python that is new enough and can unpack the text, with it and its argument; without any, the output is
# empty.
SCRIPT = """
code=$1 order=$2
shift 2
for python; do
    if "$python" -I -S -c 'import sys, zlib; sys.exit(sys.version_info < (3, 6))' >/dev/null 2>&1; then
        exec "$python" -I -S -c "$code" "$order"
    fi
done
"""


def candidates(box: Box) -> list[str]:
    """Return what the box may call its Python, the likeliest first."""
    profile, _ = box.platform
    return list(dict.fromkeys((*profile.tools.python, "python3", "python")))
