"""
The POSIX `sh` script that finds shell scripts with wrong line ends below a directory of a box, and can fix them.

It only needs tools that busybox has: find -print0, xargs -0, head -c, stat -c, mktemp; no Python and no git. It applies
the same rules as `script` and `ends`. A record is seven fields, each ended by a NUL, and is printed by one write, so
that records of several processes do not mix. The reason of what was fixed is `linked`, where it has other hard links.

| kind | name | further fields |
| --- | --- | --- |
| `f` found, `m` fixed, `l` not fixed | file, relative to the directory | `crlf`, `lf`, `cr`, `bom` of `Ends`; reason |
| `h` heartbeat | | |
| `e` end | | reason: lines with what could not be read |
"""

from __future__ import annotations

from .script import HEAD_BYTES, IS_UTF_16, LIMIT_BYTES, SHELLS, SUFFIXES, WINDOWS_SUFFIXES

_BLOCK_BYTES = 512

SCRIPT = r"""
export LC_ALL=C
root=$1 fix=$2 check=$3
for tool in find xargs grep sed awk tr wc cat head stat cp mv rm chmod touch mktemp; do
    command -v "$tool" >/dev/null || { echo "$tool: not found" >&2; exit 127; }
done
[ -d "$root" ] || { echo "No such file or directory" >&2; exit 1; }
cd "$root" || { echo "Permission denied" >&2; exit 1; }
cr=$(printf '\r') bom=$(printf '\357\273\277') wide=$(printf '\377\376') ediw=$(printf '\376\377')
line="^($bom)*#![^$cr]*[/ ](SHELLS)?sh([^[:alnum:]_]|\$)"
export cr bom wide ediw line fix
( while sleep 3 >/dev/null 2>&1; do printf 'h\0\0\0\0\0\0\0' || exit; done ) 2>/dev/null &
pulse=$!
files() { find . -name .git -prune -o -type f -size -BLOCKS ! \( FOR_WINDOWS \) "$@" -print0; }
exec 3>&1
unread=$( {
    files \( NAMED \) | named=yes xargs -0 -n 100 sh -c "$check" sh >&3 || echo "xargs: $?"
    files ! \( NAMED \) | named= xargs -0 -n 100 sh -c "$check" sh >&3 || echo "xargs: $?"
} 2>&1 | sed -n 1,20p )
kill "$pulse" 2>/dev/null
printf 'e\0\0\0\0\0\0%s\0' "$unread"
"""

# Checks a batch of files. Most need no fix, so one `grep` over all of them comes first.
CHECK = r"""
[ $# -gt 0 ] || exit 0
dirty() { grep -qs -e "$cr" -e "^$bom" -e "^$wide" -e "^$ediw" "$@"; }
suspect() { if [ "$named" ]; then dirty "$@"; else grep -qsE -e "$line" "$@"; fi; }
suspect "$@"
[ $? -ne 1 ] || exit 0
# The `x` after the last byte shows whether the last line has a line end.
counts() {
    { cat "$f"; echo x; } | awk -v bom="$bom" '
        function count(line) { ended = sub(/\r+$/, "", line); crlf += ended; inside += gsub(/\r/, "", line) }
        NR == 1 { marked = index($0, bom) == 1 }
        NR > 1 { count(last); lf += !ended }
        { last = $0 }
        END {
            sub(/x$/, "", last)
            if (NR > 1) count(last); else inside = gsub(/\r/, "", last)
            print NR - 1, crlf + 0, lf + 0, inside + 0, marked + 0
        }'
}
state() { stat -c "%d %i %s %f %u %g %y %z" "$1"; }
mode_and_owner() { stat -c "%a %u %g" "$1"; }
record() { printf "%s\0%s\0%s\0%s\0%s\0%s\0%s\0" "$1" "${f#./}" "$crlf" "$lf" "$inside" "$marked" "$2"; }
fixed() {
    if [ "$newlines" -gt 0 ]; then sed -e "1s/^\($bom\)*//" -e "s/$cr*\$//" <"$f"
    else sed "1s/^\($bom\)*//" <"$f" | tr "\r" "\n"; fi
}
replace() {
    cp -p "$f" "$new" && fixed >"$new" && touch -r "$f" "$new" || return
    # Writing may have cleared setuid.
    wanted=$(mode_and_owner "$f")
    [ "$wanted" = "$(mode_and_owner "$new")" ] || chmod "${wanted%% *}" "$new"
    [ "$wanted" = "$(mode_and_owner "$new")" ] || { echo "its owner can not be kept"; return 1; }
    [ ! -L "$f" ] && [ "$(state "$f")" = "$before" ] || { echo "it was changed meanwhile; run it again"; return 1; }
    mv -f "$new" "$f"
}
new=
trap 'rm -f "$new"; exit 1' HUP INT TERM
for f; do
    [ -r "$f" ] || { [ ! -e "$f" ] || echo "${f#./}: Permission denied" >&2; continue; }
    suspect "$f" || continue
    [ "$named" ] || { dirty "$f" && head -c HEAD_BYTES <"$f" | head -n 1 | grep -qE -e "$line"; } || continue
    case $(head -c 2 <"$f" | tr -d "\000") in "$wide" | "$ediw") echo "${f#./}: IS_UTF_16" >&2; continue ;; esac
    [ -z "$fix" ] || before=$(state "$f") || continue
    [ "$(tr -dc "\000" <"$f" | wc -c)" -eq 0 ] || continue
    read -r newlines crlf lf inside marked <<END
$(counts)
END
    [ "$((crlf + inside + marked))" -gt 0 ] || continue
    [ "$fix" ] || { record f ""; continue; }
    [ "$crlf" -gt 0 ] || [ "$marked" = 1 ] || [ "$newlines" -eq 0 ] || { record m ""; continue; }
    new=$(mktemp "${f%/*}/.crlf-XXXXXXXXXX" 2>&1) || { record l "$new"; new=; continue; }
    linked=
    [ "$(stat -c %h "$f")" = 1 ] || linked=linked
    if why=$(replace 2>&1); then record m "$linked"; else rm -f "$new"; record l "$why"; fi
    new=
done
exit 0
"""


def _any_case(suffix: str) -> str:
    return "".join(f"[{char}{char.upper()}]" if char.isalpha() else char for char in suffix)


def _named(suffixes: tuple[str, ...]) -> str:
    """Return the expression of `find` for names with these suffixes, in any case."""
    return " -o ".join(f"-name '*{_any_case(suffix)}'" for suffix in suffixes)


def _filled(script: str) -> str:
    placeholders = {
        "FOR_WINDOWS": _named(WINDOWS_SUFFIXES),
        "NAMED": _named(SUFFIXES),
        "SHELLS": SHELLS,
        # `find` rounds sizes up to whole blocks.
        "BLOCKS": str(LIMIT_BYTES // _BLOCK_BYTES + 1),
        "HEAD_BYTES": str(HEAD_BYTES),
        "IS_UTF_16": IS_UTF_16,
    }
    for placeholder, text in placeholders.items():
        script = script.replace(placeholder, text)
    return script


SCRIPT, CHECK = _filled(SCRIPT), _filled(CHECK)
