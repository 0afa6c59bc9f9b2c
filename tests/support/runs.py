"""Training runs, a directory each, and what became of each when they were copied."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tests.support.trees import described

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Said

RUNS = ("run 1", "run-2", "new\nline", "-x")


def make_runs(root: Path) -> None:
    """Make directories as training leaves them, and files and links beside them."""
    root.mkdir(parents=True)
    for number, name in enumerate(RUNS):
        (root / name / "sub").mkdir(parents=True)
        (root / name / "sub" / "model.bin").write_bytes(os.urandom(10_000 * (number + 1)))
        (root / name / "config.json").write_text(json.dumps({"run": name}))
    (root / "latest").symlink_to("run-2")
    (root / "notes.txt").write_text("notes")
    os.utime(root, (1_500_000_000, 1_500_000_000))


def result_of(said: Said, *, exit_code: int = 0) -> Any:
    """Return the result of a copy that ended so."""
    assert said.exit_code == exit_code, said.stderr
    return said.json


def states(found: Any) -> dict[str, str]:
    """Return by name what became of each directory, and of what lies beside them."""
    return {outcome["name"]: outcome["state"] for outcome in (*found["directories"], found["beside"])}


def arrived(root: Path) -> dict[str, object]:
    """Return what is in a directory, but for receipts and their manifests."""
    return {
        name: what for name, what in described(root).items() if not name.endswith((".receipt.json", ".manifest.gz"))
    }
