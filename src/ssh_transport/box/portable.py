"""Programs of several modules as one text, for a Python elsewhere that has nothing of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# A source stands in it as it is, in a raw string: none may have three single quotes in a row.
_LOADER = """
import sys, types
package = sys.modules["{package}"] = types.ModuleType("{package}")
package.__path__ = []
for name, source in ({sources}):
    module = sys.modules["{package}." + name] = types.ModuleType("{package}." + name)
    module.__package__ = "{package}"
    exec(compile(source, name + ".py", "exec"), module.__dict__)
module.main()
"""


def one_text(directory: Path, modules: Sequence[str]) -> str:
    """
    Return modules of standard library and each other as one text, which calls `main` of the last.

    :param directory: that of their package.
    :param modules: each imports only those before it.
    """
    sources = ((name, (directory / f"{name}.py").read_text(encoding="ascii")) for name in modules)
    listed = "".join(f"('{name}', r'''{source}'''),\n" for name, source in sources)
    return _LOADER.format(package=directory.name, sources=listed)
