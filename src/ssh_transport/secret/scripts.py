"""
What runs on a box, in POSIX `sh` and awk. No value stands in the words of a script: it comes over standard input.

The first words of all are those of `Destination.words`: kind, entry, the awk program, and the path, from the home.
"""

from __future__ import annotations

from ssh_transport.facts.place import PROBE

# `part MODE TARGET [PIECE]` prints what `stanza` says of the mode; a file of its own is all ours. `merge TARGET PIECE
# NEW` reads back what it wrote: some awks say nothing when the disk is full.
PARTS = r"""
kind=$1 entry=$2 program=$3 path=$4
shift 4
LC_ALL=C
export LC_ALL
umask 077
cd -- "$HOME" || exit
part() {
    target=$2
    [ -f "$target" ] || target=/dev/null
    if [ "$kind" != file ]; then
        awk -v mode="$1" -v entry="$entry" "$program" part=piece "${3:-/dev/null}" part=text "$target"
    elif [ "$1" = with ]; then cat -- "${3:-/dev/null}"
    else cat -- "$target"
    fi
}
hash() {
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}
digest() { { printf %s "$nonce"; part only "$1"; } | hash; }
wipe() {
    [ -L "$1" ] || {
        bytes=$(($(wc -c <"$1")))
        dd if=/dev/zero of="$1" bs="$((bytes ? bytes : 1))" count=1 conv=notrunc,fsync 2>/dev/null || :
    }
    rm -f -- "$1"
}
flush() { sync -- "$1" 2>/dev/null || sync; }
merge() {
    part with "$1" "$2" >"$3" && flush "$3" && [ "$(part with "$1" "$2" | hash)" = "$(hash <"$3")" ]
}
"""

# $1 token, $2 nonce, the rest: directories that are no place for a secret, for their resolved names.
LOOK = f"""{PARTS}
token=$1 nonce=$2
shift 2
{PROBE}
owners() {{
    while :; do
        stat -c '%a %u' -- "$1" || exit
        [ "$1" != / ] || break
        set -- "${{1%/*}}"
        set -- "${{1:-/}}"
    done
}}
real=$(readlink -f -- "$path")
[ -e "$path" ] || [ ! -L "$path" ] || {{ answer dangling readlink -- "$path"; exit 0; }}
answer real printf %s "$real"
path=${{real:-$path}}
directory=${{path%/*}}
surroundings "${{directory:-/}}"
answer user id -u
answer home pwd -P
answer owners owners "$(cd -P -- "$at" && pwd -P)"
answer file stat -c '%a %u %F' -- "$path"
answer digest digest "$path"
number=0
for denied; do
    number=$((number + 1))
    answer "denied$number" readlink -f -- "$denied"
done
"""

# $1: the resolved target. Temporary files that a killed run left are removed first: a lock keeps other runs away.
_PREPARE = """
real=$1
shift
mkdir -p -- "${real%/*}" || exit
stem=${real%/*}/.${real##*/}.secret-
for left in "$stem"*; do [ ! -f "$left" ] || wipe "$left"; done
temp=$(mktemp "${stem}XXXXXXXX") || exit
"""

PREPARE = f'{PARTS}{_PREPARE}printf %s "$temp"\n'

# Our entry is written into a copy of the file, which then takes its place; the register names what is not where it
# usually is. A broken link ends the input as a whole one does: the size tells them apart.
_FINISH = """
merged=
trap 'for left in "$temp" "$merged"; do [ -z "$left" ] || wipe "$left"; done' EXIT
trap 'exit 1' HUP INT TERM PIPE
if [ "$(($(wc -c <"$temp")))" -ne "$1" ]; then echo "it did not arrive whole" >&2; exit 1; fi
flush "$temp"
nonce=$2
if [ "$kind" != file ]; then
    merged=$(mktemp "${stem}XXXXXXXX") && merge "$real" "$temp" "$merged" || exit
    mv -f -- "$merged" "$real" || exit
    merged=
else
    mv -f -- "$temp" "$real" || exit
    temp=
fi
digest "$real"
stat -c '%a %u' -- "$real"
"""

# $1 target, $2 size, $3 nonce; standard input: the piece.
STORE = f'{PARTS}{_PREPARE}cat >"$temp"\n{_FINISH}'
# $1 target, $2 temporary file that holds the piece, $3 size, $4 nonce.
FINISH = f"{PARTS}real=$1 temp=$2\nshift 2\nstem=${{real%/*}}/.${{real##*/}}.secret-\n{_FINISH}"
# $1: a temporary file.
DISCARD = f'{PARTS}[ ! -f "$1" ] || wipe "$1"\n'
