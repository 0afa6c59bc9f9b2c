"""A file that may not be read is named, instead of being taken for one in which nothing was found."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from ssh_transport.facts.heads import EMIT, heads_of, unread_of

NOBODY = 65534


def test_a_file_that_may_not_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "open").write_text("TOKEN=1\n")
        (place / "closed").write_text("TOKEN=1\n")
        (place / "closed").chmod(0)
        script = f'token=t\n{EMIT}\nfor file; do emit_lines lines "$file" TOKEN; done'
        done = subprocess.run(
            ["sh", "-c", script, "sh", str(place / "open"), str(place / "closed")],
            capture_output=True,
            check=True,
            user=NOBODY if os.geteuid() == 0 else None,
        )

    assert unread_of(done.stdout, "t") == [str(place / "closed")]
    assert [list(head.lines) for head in heads_of(done.stdout, "t")] == [[(1, b"TOKEN=1")], []]
