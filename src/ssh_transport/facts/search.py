"""Searches directories of a box for possible secrets and for leftovers of our copies; bounded in time and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import piped
from ssh_transport.box.tools import relying_on
from ssh_transport.leftovers import LEFT_OUT, PROBE_PREFIX, PUT_PREFIX, SPREAD_STATE_PREFIX
from ssh_transport.settings import TransferSettings

from .heads import EMIT, answers_of, heads_of, unread_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

    from .heads import Head

_LIMIT_BYTES = 16 << 20
_ROOTS = 16
_SECONDS = 45

LEFTOVERS = (f"{PUT_PREFIX}*", f"{PROBE_PREFIX}*", f"{SPREAD_STATE_PREFIX}*", *sorted(LEFT_OUT))
# Directories of packages, which are full of example keys; as are those in the `.git` of a repository.
_SKIPPED = ("node_modules", "site-packages", "dist-packages", "__pycache__", "*conda3")
_NAMES = (
    "*.netrc|_netrc|.git-credentials|.pgpass|.pypirc|.npmrc|credentials*|kaggle.json|rclone.conf|.*_key|*.env|.env.*"
    "|.envrc|*.der|*.p8|*.pk8|*.key|token|stored_tokens|hosts.yml|vast_api_key|.boto|.s3cfg|.ossutilconfig|config"
)
_WORDS = (
    "PRIVATE KEY|AGE-SECRET-KEY|AGE-PLUGIN-|PuTTY-User-Key-File-"
    "|^(export |declare -x )?[A-Za-z0-9_]*(KEY|TOKEN|SECRET|PASSWORD|PASSWD)[A-Z0-9_]*="
)

# Run by `find` with a batch of files: prints those with a suspicious name or content. Usually one `grep` rules out 64
# files at once. When the time is up, it kills `find`, its parent, which may have a million names left.
_CHECK = r"""
holds() { LC_ALL=C grep -qE -e "$words" -- "$@" 2>/dev/null; }
check() {
    [ "$(date +%s)" -lt "$deadline" ] || { kill "$PPID"; exit 0; }
    holds "$@"
    any=$?
    for file; do
        [ -r "$file" ] || { unread "$file"; continue; }
        case ${file##*/} in
            NAMES) emit found "$file" 16384 ;;
            *)
                [ "$any" -ne 1 ] || continue
                holds "$file"
                case $? in 0) emit found "$file" 16384 ;; 1) ;; *) unread "$file" ;; esac
                ;;
        esac
    done
}
first='' number=0
while [ "$((number += 1))" -le 64 ]; do first="$first \"\${$number}\""; done
while [ "$#" -gt 64 ]; do
    eval "check $first"
    shift 64
done
check "$@"
"""

_SEARCH = r"""
token=$1 emit=$2 check=$3 words=$4 seconds=$5
shift 5
deadline=$(($(date +%s) + seconds))
export token words deadline
bound=
[ "$(timeout 9 sh -c 'echo in time' 2>/dev/null)" = 'in time' ] && bound="timeout $seconds"
while [ "$#" -ge 2 ]; do
    [ -e "$2" ] || { printf '\n%s whole\n%s' "$token" "$2"; shift 2; continue; }
    depth=$1 root=$(cd -P -- "$2" 2>/dev/null && pwd -P) || { shift 2; continue; }
    # shellcheck disable=SC2086 # the words of `bound`
    $bound find "$root/" -maxdepth "$depth" \( LEFTOVERS \) -prune -exec sh -c "$emit"'
        for file; do emit leftover "$file" 0; done' sh {} + \
        -o -type d \( -path '*/.git/*' -o SKIPPED \) -prune \
        -o -type f -size -129 -exec sh -c "$emit$check" sh {} + 2>/dev/null
    code=$?
    # 1: a directory could not be read; more: the search was killed.
    [ "$code" -gt 1 ] || printf '\n%s whole\n%s' "$token" "$2"
    [ "$code" -ne 1 ] || printf '\n%s unread\n%s' "$token" "${2%/}/..."
    shift 2
done | head -c "$((15 << 20))"
"""
_TOOLS = ("date", "find", "grep", "head", "readlink", "stat")


@dataclass(frozen=True)
class SearchResult:
    """
    The files (groups ``found`` and ``leftover``), and the directories that could not be searched to the end.

    ``unread`` are files that can't be read, and for a directory in which another one can't be, its path and ``/...``.
    """

    heads: tuple[Head, ...]
    cut_short: tuple[str, ...]
    unread: tuple[str, ...] = ()


def search(box: Box, roots: Sequence[tuple[str, int]]) -> SearchResult:
    """
    Search directories; missing ones are skipped.

    Only files up to 64 KiB are read, and directories of packages are left out.

    :param roots: absolute paths, each with the depth of the search: 1 is the directory itself.
    :raises ToolMissing: the box has not what the search needs.
    """
    token = uuid4().hex
    words = [word for path, depth in roots[:_ROOTS] for word in (str(depth), path)]
    if not words:
        return SearchResult((), ())
    script = _SEARCH.replace("LEFTOVERS", _names(LEFTOVERS)).replace("SKIPPED", _names(_SKIPPED))
    output = piped.run(
        box,
        relying_on(script, *_TOOLS),
        *(token, EMIT, _CHECK.replace("NAMES", _NAMES), _WORDS, str(_SECONDS)),
        *words,
        limit_bytes=_LIMIT_BYTES,
        silence_s=_SECONDS + TransferSettings.of(box.c).silence_s,
        timeout_s=2 * _SECONDS + TransferSettings.of(box.c).silence_s,
    )
    answers = [(title, answer.decode("utf-8", "surrogateescape")) for title, answer in answers_of(output, token)]
    whole = {path for title, path in answers if title == "whole"}
    # One that does not exist is whole; of one that can't be entered, or came after too much, there is no word.
    cut_short = [path for path, _ in roots[:_ROOTS] if path not in whole]
    return SearchResult(
        tuple(heads_of(output, token)),
        (*cut_short, *(path for path, _ in roots[_ROOTS:])),
        tuple(unread_of(output, token)),
    )


def _names(patterns: Sequence[str]) -> str:
    return " -o ".join(f"-name '{pattern}'" for pattern in patterns)
