"""The Python of a box, and programs of ours for it: several modules as one text, as nothing of ours is there."""

from __future__ import annotations

import base64
import functools
import json
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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
# Packed, as TCP lets ten packets go at once (RFC 6928) and waits a round trip before it sends more; and so that there
# is no letter in it which a shell could read otherwise.
_LOADER = """
import base64, json, sys, types, zlib
package = sys.modules["{package}"] = types.ModuleType("{package}")
package.__path__ = []
for name, source in json.loads(zlib.decompress(base64.b64decode("{packed}")).decode()):
    module = sys.modules["{package}." + name] = types.ModuleType("{package}." + name)
    module.__package__ = "{package}"
    exec(compile(source, name + ".py", "exec"), module.__dict__)
module.main()
"""


def candidates(box: Box) -> list[str]:
    """Return what the box may call its Python, the likeliest first."""
    profile, _ = box.platform
    return list(dict.fromkeys((*profile.tools.python, "python3", "python")))


@functools.cache
def one_text(directory: Path, modules: tuple[str, ...]) -> str:
    """
    Return modules of standard library and each other as one text, which calls `main` of the last.

    :param directory: that of their package.
    :param modules: each imports only those before it.
    """
    sources = [(name, (directory / f"{name}.py").read_text(encoding="ascii")) for name in modules]
    packed = base64.b64encode(zlib.compress(json.dumps(sources).encode(), 9)).decode()
    return _LOADER.format(package=directory.name, packed=packed)
