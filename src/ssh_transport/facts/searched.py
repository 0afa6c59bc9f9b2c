"""Directories of a box, searched for what looks like a secret or is a leftover of ours; bounded in time and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport import piped
from ssh_transport.settings import TransferSettings

from .heads import EMIT, answers_of, heads_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

    from .heads import Head

_LIMIT_BYTES = 16 << 20
_ROOTS = 16
_SECONDS = 45

# What our copies name what they have not finished.
LEFTOVERS = (".put-*", ".rsync-partial", ".sftp-partial", ".watch-partial")
# Trees of other people's making, full of keys that are examples.
_SKIPPED = (".git", "node_modules", "site-packages", "dist-packages", "__pycache__", "*conda3")
_NAMES = (
    "*.netrc|_netrc|.git-credentials|.pgpass|.pypirc|.npmrc|credentials*|kaggle.json|rclone.conf|.*_key|*.env|.env.*"
    "|.envrc|*.der|*.p8|*.pk8|*.key|token|stored_tokens|hosts.yml|vast_api_key|.boto|.s3cfg|.ossutilconfig"
)
_WORDS = (
    "PRIVATE KEY|AGE-SECRET-KEY|AGE-PLUGIN-|PuTTY-User-Key-File-"
    "|^(export |declare -x )?[A-Za-z0-9_]*(KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Z0-9_]*="
)

# Run by `find` with a batch of files: those that their names or what stands in them make worth a look are shown. Mostly
# one `grep` rules 64 files out at once. When the time is up `find`, our parent, is ended: it may have a million names
# before it.
_LOOK = r"""
holds() { LC_ALL=C grep -qE -e "$words" -- "$@" 2>/dev/null; }
look() {
    [ "$(date +%s)" -lt "$deadline" ] || { kill "$PPID"; exit 0; }
    any=
    if holds "$@"; then any=yes; fi
    for file; do
        case ${file##*/} in
            NAMES) emit found "$file" 16384 ;;
            *) if [ -n "$any" ] && holds "$file"; then emit found "$file" 16384; fi ;;
        esac
    done
}
first='' number=0
while [ "$((number += 1))" -le 64 ]; do first="$first \"\${$number}\""; done
while [ "$#" -gt 64 ]; do
    eval "look $first"
    shift 64
done
look "$@"
"""

_SEARCH = r"""
token=$1 emit=$2 look=$3 words=$4 seconds=$5
shift 5
deadline=$(($(date +%s) + seconds))
export token words deadline
bound=
command -v timeout >/dev/null && bound="timeout $seconds"
while [ "$#" -ge 2 ]; do
    depth=$1 root=$(cd -P -- "$2" 2>/dev/null && pwd -P) || { shift 2; continue; }
    printf '\n%s root\n%s' "$token" "$2"
    # shellcheck disable=SC2086 # the words of `bound`
    $bound find "$root/" -maxdepth "$depth" \( LEFTOVERS \) -prune -exec sh -c "$emit"'
        for file; do emit left "$file" 0; done' sh {} + \
        -o -type d \( SKIPPED \) -prune \
        -o -type f -size -129 -exec sh -c "$emit$look" sh {} + 2>/dev/null
    # 1 is a directory that may not be read; more, a search that was ended.
    [ "$?" -gt 1 ] || printf '\n%s whole\n%s' "$token" "$2"
    shift 2
done | head -c "$((15 << 20))"
"""


@dataclass(frozen=True)
class Searched:
    """What was found (groups ``found`` and ``left``), and the directories that could not be searched to the end."""

    heads: tuple[Head, ...]
    cut_short: tuple[str, ...]


def searched(box: Box, roots: Sequence[tuple[str, int]]) -> Searched:
    """
    Search directories; those that are not there are passed over.

    Only files up to 64 KiB are looked at, and trees of packages are left out.

    :param roots: absolute paths, each with how deep the search goes: 1 is the directory itself.
    """
    token = uuid4().hex
    words = [word for path, depth in roots[:_ROOTS] for word in (str(depth), path)]
    if not words:
        return Searched((), ())
    script = _SEARCH.replace("LEFTOVERS", _names(LEFTOVERS)).replace("SKIPPED", _names(_SKIPPED))
    said = piped.run(
        box,
        script,
        *(token, EMIT, _LOOK.replace("NAMES", _NAMES), _WORDS, str(_SECONDS)),
        *words,
        limit_bytes=_LIMIT_BYTES,
        silence_s=_SECONDS + TransferSettings.of(box.c).silence_s,
        timeout_s=2 * _SECONDS + TransferSettings.of(box.c).silence_s,
    )
    answers = [(title, answer.decode("utf-8", "surrogateescape")) for title, answer in answers_of(said, token)]
    whole = {path for title, path in answers if title == "whole"}
    begun = [path for title, path in answers if title == "root" and path not in whole]
    return Searched(tuple(heads_of(said, token)), (*begun, *(path for path, _ in roots[_ROOTS:])))


def _names(patterns: Sequence[str]) -> str:
    return " -o ".join(f"-name '{pattern}'" for pattern in patterns)
