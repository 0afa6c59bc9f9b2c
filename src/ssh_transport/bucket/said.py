"""What a program on a box may say."""

from __future__ import annotations

from typing import Annotated

import msgspec

_Count = Annotated[int, msgspec.Meta(ge=0)]
_Digest = Annotated[str, msgspec.Meta(pattern=r"\A[0-9a-f]{64}\Z")]


class Said(msgspec.Struct, forbid_unknown_fields=True):
    """A line that the program says; `worker` and `shell_program` tell which there are."""

    seals: bool | None = None
    shell: bool = False
    lacks: str = ""
    failed: str = ""
    file: _Count | None = None
    look: tuple[_Count, int] | None = None
    files: list[tuple[_Count, int] | None] | None = None
    part: _Count | None = None
    bytes: _Count | None = None
    bad: str = ""
    length: _Count = 0
    sha: _Digest = "0" * 64
    plain: _Digest = "0" * 64
    at: _Count = 0
    named: _Count | None = None
    changed: list[_Count] | None = None
