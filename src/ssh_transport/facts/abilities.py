"""What a file system can hold: found out by trying, in a directory that is removed again."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.leftovers import PROBE_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.box import Box

_MOST_NAMES = 64
_TIMEOUT_S = 60
# What a FAT, an NTFS or a server of files for Windows refuses or changes.
_ODD = re.compile(
    r"""[<>:"|?*\\\x00-\x1f\x7f-\x9f\udc80-\udcff]|[. ]\Z|\A(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)""", re.IGNORECASE
)

# The directory keeps its time, else the next copy would find another. Of a large file only the last byte is
# written.
_TRY = r"""
cd -- "$1" 2>/dev/null || exit 0
probe=$2 size=$3
shift 3
umask 077
stamp=$(mktemp) || exit 0
touch -r . -- "$stamp"
mkdir -- "$probe" 2>/dev/null || { rm -f -- "$stamp"; exit 0; }
trap 'cd .. && rm -rf -- "$probe"; touch -r "$stamp" . 2>/dev/null; rm -f -- "$stamp"' EXIT
trap 'exit 1' HUP INT TERM
cd -- "$probe" || exit 0
mkdir fold && [ -d FOLD ] && echo folds
: >odd && : >even && touch -t 200001010000.00 even && touch -t 200001010000.01 odd &&
    [ -z "$(find odd -newer even)" ] && echo coarse
number=0
for name; do
    # In a subshell: a redirection that fails ends some shells.
    mkdir "$number" && (: >"$number/$name") 2>/dev/null
    is_there=
    for path in "$number"/* "$number"/.[!.]* "$number"/..?*; do
        [ "$path" != "$number/$name" ] || [ ! -e "$path" ] || is_there=yes
    done
    [ -n "$is_there" ] || echo "name $number"
    number=$((number + 1))
done
if [ "$size" != 0 ]; then printf x | dd of=large bs=1 seek="$((size - 1))" 2>/dev/null || echo large; fi
:
"""


@dataclass(frozen=True)
class Abilities:
    """
    What a file system does to what is copied there.

    ``folds_case``: `A` and `a` are one name. ``coarse_times``: times are rounded to two seconds. ``refused_names`` are
    those of the names that were asked about which it can't hold as they are; ``refuses_size``: nor a file so large.
    """

    folds_case: bool = False
    coarse_times: bool = False
    refused_names: frozenset[str] = frozenset()
    refuses_size: bool = False


def abilities(box: Box | None, directory: str, *, names: Iterable[str] = (), size_bytes: int = 0) -> Abilities:
    """
    Try what the file system of an existing directory can hold; of one that can't be written nothing is said.

    :param box: where it is; `None` for this machine.
    :param names: last parts of paths; those that every Unix holds but not everybody else are tried, the first 64.
    :param size_bytes: of the largest file; 0 is not tried.
    """
    odd = [name for name in dict.fromkeys(names) if _ODD.search(name)][:_MOST_NAMES]
    words = [directory, f"{PROBE_PREFIX}{uuid4().hex}", str(size_bytes), *odd]
    if box:
        lines = shell.run(box, _TRY, *words, timeout_s=_TIMEOUT_S).stdout.splitlines()
    else:
        argv = ["/bin/sh", "-c", _TRY, "sh", *words]
        lines = subprocess.run(
            argv, capture_output=True, text=True, errors="surrogateescape", check=False, stdin=subprocess.DEVNULL
        ).stdout.splitlines()
    numbers = (line.removeprefix("name ") for line in lines if line.startswith("name "))
    return Abilities(
        folds_case="folds" in lines,
        coarse_times="coarse" in lines,
        refused_names=frozenset(odd[int(one)] for one in numbers if one.isdecimal() and int(one) < len(odd)),
        refuses_size="large" in lines,
    )
