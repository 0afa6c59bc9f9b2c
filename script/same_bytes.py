"""
Rewrite an sdist so that the same files give the same bytes: one time, no owners, plain modes, one order.

setuptools honours SOURCE_DATE_EPOCH in a wheel and not in an sdist (https://reproducible-builds.org/specs/source-date-epoch/).
A wheel is packed once more, as small as can be.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import tarfile
import zipfile
from pathlib import Path


def rewrite(sdist: Path, time_s: int) -> None:
    """Replace a gzipped tar file by one of the same files, without entries for their directories."""
    written = io.BytesIO()
    with (
        tarfile.open(sdist) as before,
        gzip.GzipFile("", "wb", fileobj=written, mtime=time_s) as packed,
        tarfile.open(fileobj=packed, mode="w") as after,
    ):
        for member in sorted(before, key=lambda member: member.name):
            if member.isfile():
                # A new entry: the extended headers of the old one hold its time once more.
                plain = tarfile.TarInfo(member.name)
                plain.size = member.size
                plain.mtime = time_s
                plain.mode = 0o755 if member.mode & stat.S_IXUSR else 0o644
                after.addfile(plain, before.extractfile(member))
    sdist.write_bytes(written.getvalue())


def repack(wheel: Path) -> None:
    """Replace a zip file by one of the same entries, packed by the highest level."""
    written = io.BytesIO()
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(written, "w") as after:
        for entry in before.infolist():
            after.writestr(entry, before.read(entry), zipfile.ZIP_DEFLATED, 9)
    wheel.write_bytes(written.getvalue())


if __name__ == "__main__":
    made = Path(sys.argv[1])
    if made.suffix == ".whl":
        repack(made)
    else:
        rewrite(made, int(os.environ["SOURCE_DATE_EPOCH"]))
