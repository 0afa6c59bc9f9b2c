"""
Rewrite an sdist so that the same files give the same bytes: one time, no owners, plain modes, one order.

setuptools honours SOURCE_DATE_EPOCH in a wheel and not in an sdist (https://reproducible-builds.org/specs/source-date-epoch/).
A wheel is packed once more, by libdeflate, which takes 2 % less than zlib.
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

import deflate


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
    """Replace a zip file by one of the same entries, packed as small as can be."""
    written = io.BytesIO()
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(written, "w") as after:
        # Even an empty one says that there is a list to be written.
        after.comment = b""
        for entry in before.infolist():
            # `zipfile` takes nothing that is packed already: it writes the entries' heads, and the list at the end.
            data = before.read(entry)
            packed = deflate.deflate_compress(data, 12)
            entry.compress_type, entry.compress_size = zipfile.ZIP_DEFLATED, len(packed)
            entry.header_offset = written.tell()
            written.write(entry.FileHeader(zip64=False) + packed)
            after.filelist.append(entry)
            after.start_dir = written.tell()
    with zipfile.ZipFile(written) as made:
        if made.testzip():
            raise AssertionError("what was packed does not unpack")
    wheel.write_bytes(written.getvalue())


if __name__ == "__main__":
    made = Path(sys.argv[1])
    if made.suffix == ".whl":
        repack(made)
    else:
        rewrite(made, int(os.environ["SOURCE_DATE_EPOCH"]))
