"""Write what its commands say into a page: `python -m tests.docs.fill how-to/pull.md`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.docs.play import DOCS, played
from tests.docs.transcript import commands, filled


def main() -> None:
    """Run the pages that are named, and write them anew; look at the difference before it is kept."""
    for name in sys.argv[1:]:
        page = DOCS / name
        text = page.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as place:
            results = played(name, commands(text), Path(place))
        page.write_text(filled(text, [str(result["said"]) for result in results]), encoding="utf-8")


if __name__ == "__main__":
    main()
