"""Start the program from this very directory: no package is installed for a Python that was told `-I -S`."""

import importlib.util
import os
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location(
    "at_terminal", here / "__init__.py", submodule_search_locations=[str(here)]
)
if spec is None:
    raise SystemExit(255)
sys.modules["at_terminal"] = importlib.util.module_from_spec(spec)

code = importlib.import_module("at_terminal.program").main()
# Without waiting for the thread that still reads what is to be fed.
os._exit(code)
