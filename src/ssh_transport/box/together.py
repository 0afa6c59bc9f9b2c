"""Runs several scripts on a box one after another in one round trip."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from ssh_transport.errors import Incomplete

from . import piped

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .box import Box

_ONE = """\
(
set -- {words}
{script}
) || exit
printf '\\n%s\\n' {token}
"""


class Question(NamedTuple):
    """A POSIX `sh` script, and its ``$1``, ``$2``, and so on."""

    script: str
    words: Sequence[str]


def run(
    box: Box, questions: Sequence[Question], *, limit_bytes: int, silence_s: float, timeout_s: float
) -> Sequence[bytes]:
    """
    Return what each script writes; the parameters are those of `piped.run`.

    :raises BoxError: the first that failed; the class follows from standard error.
    :raises Incomplete: the box answered less than was asked.
    """
    token = uuid4().hex
    text = "".join(_ONE.format(words=shlex.join(one.words), script=one.script, token=token) for one in questions)
    said = piped.run(box, text, limit_bytes=limit_bytes, silence_s=silence_s, timeout_s=timeout_s)
    *answers, rest = said.split(f"\n{token}\n".encode())
    if len(answers) != len(questions) or rest:
        raise Incomplete(f"`{box.name}` did not answer to the end", box=box.name, hint="run it again")
    return answers
