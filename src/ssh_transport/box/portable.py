"""Programs of several modules as one text, for a Python elsewhere that has nothing of ours."""

from __future__ import annotations

import base64
import functools
import json
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

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
