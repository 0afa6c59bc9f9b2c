"""
The scripts that read and write secrets on a box, in POSIX `sh` and awk. A value is sent on standard input, never as an
argument.

The first arguments of all are `Destination.arguments`: kind, entry, login, the awk program, and the path relative to
the home.
"""

from __future__ import annotations

from ssh_transport.facts.directory import PROBE

SEEN = """\
seen() (
    until [ -e "$1" ] || [ -L "$1" ]; do
        set -- "${1%/*}"
        set -- "${1:-/}"
    done
    if [ -d "$1" ]; then [ -x "$1" ]; else [ ! -f "$1" ] || [ -r "$1" ]; fi && exit
    echo "$1: Permission denied" >&2
    exit 1
)"""

# `seen FILE` fails where a look at it says nothing: it, or what is above it, may not be read. `content MODE FILE [NEW]`
# prints the output of the awk program for a mode, see `stanza`; a file that only holds the secret is printed whole.
# `merge FILE NEW OUTPUT` reads OUTPUT again: some awks report no error when the disk is full.
FUNCTIONS = rf"""
kind=$1 entry=$2 login=$3 program=$4 path=$5
shift 5
LC_ALL=C
export LC_ALL
umask 077
cd -- "$HOME" || exit
{SEEN}
content() {{
    target=$2
    [ -f "$target" ] || target=/dev/null
    if [ "$kind" != file ]; then
        entry=$entry login=$login awk -v mode="$1" "$program" input=new "${{3:-/dev/null}}" input=text "$target"
    elif [ "$1" = with ]; then cat -- "${{3:-/dev/null}}"
    else cat -- "$target"
    fi
}}
lines() {{ awk 'NR > 1 || length > 65536 {{ more = 1; exit }} END {{ print more ? 2 : NR }}' "$1"; }}
hash() {{
    if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1
}}
digest() {{ {{ printf %s "$nonce"; content only "$1"; }} | hash; }}
wipe() {{
    [ -L "$1" ] || {{
        bytes=$(($(wc -c <"$1")))
        dd if=/dev/zero of="$1" bs="$((bytes ? bytes : 1))" count=1 conv=notrunc,fsync 2>/dev/null || :
    }}
    rm -f -- "$1"
}}
flush() {{ sync -- "$1" 2>/dev/null || sync; }}
merge() {{
    content with "$1" "$2" >"$3" && flush "$3" && [ "$(content with "$1" "$2" | hash)" = "$(hash <"$3")" ]
}}
"""

# $1 token, $2 nonce, the rest: directories where secrets are denied, which are resolved.
INSPECT = f"""{FUNCTIONS}
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
[ ! -L "$path" ] || answer link printf 1
path=${{real:-$path}}
directory=${{path%/*}}
surroundings "${{directory:-/}}"
answer user id -u
answer home pwd -P
answer owners owners "$(cd -P -- "$at" && pwd -P)"
answer file stat -c '%a %u %F' -- "$path"
[ "$kind" = file ] || answer others content others "$path"
answer digest digest "$path"
[ "$kind" != file ] || [ ! -f "$path" ] || answer lines lines "$path"
number=0
for denied; do
    number=$((number + 1))
    answer "denied$number" readlink -f -- "$denied"
done
"""

# $1: the resolved target. One push at a time has the lock, a directory. One that was cut off leaves it behind, and what
# else it left is removed.
_PREPARE = """
real=$1
shift
mkdir -p -- "${real%/*}" || exit
stem=${real%/*}/.${real##*/}.secret-
tries=0
until mkdir -- "${stem}lock" 2>/dev/null; do
    if [ ! -d "${stem}lock" ] || [ -L "${stem}lock" ]; then
        # It went meanwhile, or can't be made, which is told.
        mkdir -- "${stem}lock" && break
        exit 1
    fi
    [ "$tries" -gt 0 ] || before=$(stat -c %Y -- "${stem}lock" 2>/dev/null)
    now=$(stat -c %Y -- "${stem}lock" 2>/dev/null)
    # The same lock as half a minute ago is nobody's any more. The clock of a disk may be another's.
    [ "$now" = "$before" ] || tries=0 before=$now
    tries=$((tries + 1))
    if [ "$tries" -gt 30 ]; then
        touch -- "${stem}lock" || exit
        break
    fi
    sleep 1
done
for left in "$stem"*; do [ ! -f "$left" ] || wipe "$left"; done
temp=$(mktemp "${stem}XXXXXXXX") || exit
"""

PREPARE = f'{FUNCTIONS}{_PREPARE}printf %s "$temp"\n'

# Our entry is written into a copy of the file, which is renamed over it. The size is checked, as a broken link ends the
# input like a complete one.
_FINISH = """
merged=
# Who took our temporary file away has the lock, too.
[ -f "$temp" ] || { echo "another push, or secrets.forget, took its place meanwhile: run it again" >&2; exit 1; }
trap 'for left in "$temp" "$merged"; do [ -z "$left" ] || wipe "$left"; done; rmdir -- "${stem}lock" 2>/dev/null' EXIT
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

# $1 target, $2 size, $3 nonce; standard input: the content.
STORE = f'{FUNCTIONS}{_PREPARE}cat >"$temp"\n{_FINISH}'
# $1 target, $2 temporary file with the content, $3 size, $4 nonce.
FINISH = f"{FUNCTIONS}real=$1 temp=$2\nshift 2\nstem=${{real%/*}}/.${{real##*/}}.secret-\n{_FINISH}"
# $1: a temporary file.
DISCARD = f'{FUNCTIONS}[ ! -f "$1" ] || {{ wipe "$1"; rmdir -- "${{1%.secret-*}}.secret-lock" 2>/dev/null || :; }}\n'
