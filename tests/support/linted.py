"""A script that the linter has something to say of, and the ids of what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.lint.run import Selection, lint

if TYPE_CHECKING:
    from pathlib import Path

OURS = Selection(ignore=("SC",))
TRAP = "#!/usr/bin/env bash\nset -u\nscp -r a b:\n"


def ids(path: Path | str, wanted: Selection = OURS) -> list[str]:
    return [finding.id for finding in lint(str(path), wanted).findings]
