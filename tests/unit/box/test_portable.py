"""What is sent of our programs is all of them, goes at once, and survives every shell."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket import worker as bucket_worker
from ssh_transport.manifest import worker as manifest_worker
from ssh_transport.spread import program

if TYPE_CHECKING:
    from types import ModuleType

PROGRAMS = pytest.mark.parametrize("package", [bucket_worker, manifest_worker, program], ids=lambda one: one.__name__)
# Ten packets of a usual Ethernet (RFC 6928).
AT_ONCE_BYTES = 10 * 1448


@PROGRAMS
def test_every_module_is_sent_as_it_stands(package: ModuleType) -> None:
    here = Path(str(package.__file__)).parent
    (packed,) = re.findall(r'b64decode\("([^"]*)"\)', package.code())

    assert dict(json.loads(zlib.decompress(base64.b64decode(packed)))) == {
        path.stem: path.read_text(encoding="ascii") for path in here.glob("*.py") if path.stem != "__init__"
    }


@PROGRAMS
def test_a_program_goes_at_once_and_has_no_letter_that_a_shell_reads_otherwise(package: ModuleType) -> None:
    """A backslash is one to fish even in single quotes."""
    text = package.code()
    assert text.isascii()
    assert not {"\\", "'", "!"} & set(text)
    assert len(text) < AT_ONCE_BYTES
