"""Lists what is in the home and on the disks of a box and was not received."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.box import shell
from ssh_transport.box.tools import relying_on
from ssh_transport.errors import Incomplete
from ssh_transport.text import count, size

from .abandoned import Abandoned, as_typed
from .places import places_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ssh_transport.box import Box

    from .places import Places

_KB = 1024
_LIMIT = 1000
_TIMEOUT_S = 600
# $1 token, $2 and $3 the numbers of covered and of skipped paths; then those paths, then the directories to search.
# A covered entry is left out, a directory with a covered entry in it is descended into, any other entry is printed with
# its size. The usual hidden names in a home, and small hidden files, are settings of programs and left out. A link
# counts as its target, unless that is searched anyway. Directories that were searched are printed.
_LIST = r"""
token=$1 covered=$2 skipped=$3
shift 3
LC_ALL=C
export LC_ALL
cd -- "$HOME" || exit
newline='
'
resolved() { readlink -f -- "$1" || printf '%s\n' "$1"; }
within() {
    rest=$2
    while [ -n "$rest" ]; do
        one=${rest%%"$newline"*}
        rest=${rest#*"$newline"}
        case $1/ in "${one%/}"/*) return 0 ;; esac
    done
    return 1
}
is_root() {
    case $newline$roots in *"$newline$1$newline"*) return 0 ;; esac
    return 1
}
is_home() {
    [ "$1" != "$home" ] || return 0
    # `/root`, or what is right below a `home`.
    case $1: in
        */root: | "${1%/*/*}/home/${1##*/}:") is_root "$1" ;;
        *) return 1 ;;
    esac
}
is_usual() {
    case ${1##*/} in USUAL) return 0 ;; esac
    [ -f "$1" ] && [ -r "$1" ] && [ -z "$(find "$1" -prune -size +SMALL_BLOCKS 2>&1)" ]
}
is_hidden_away() {
    homes=$roots
    while [ -n "$homes" ]; do
        root=${homes%%"$newline"*}
        homes=${homes#*"$newline"}
        is_home "$root" || continue
        case $1 in "$root"/.*)
            below=${1#"$root"/}
            ! is_usual "$root/${below%%/*}" || return 0 ;;
        esac
    done
    return 1
}
is_searched() { ! is_hidden_away "$1" && within "$1" "$roots"; }
leads_out() {
    find "$1" -type l -exec readlink -f -- {} \; 2>/dev/null | {
        while IFS= read -r target; do
            [ ! -e "$target" ] || is_searched "$target" || within "$target" "$known$skip" || exit 0
        done
        exit 1
    }
}
absolute() {
    case $1 in "~/"*) resolved "$home/${1#"~/"}" ;; *) resolved "$1" ;; esac
}
home=$(pwd -P)
number=0
known= skip= roots=
while [ "$number" -lt "$((covered + skipped))" ]; do
    number=$((number + 1))
    real=$(absolute "$1")
    shift
    case $real in *"$newline"*) continue ;; esac
    if [ "$number" -le "$covered" ]; then known=$known$real$newline; else skip=$skip$real$newline; fi
done
for root; do
    root=$(absolute "$root")
    is_root "$root" || roots=$roots$root$newline
done
report() {
    printed=$((printed + 1))
    [ "$printed" -le LIMIT ] || return 0
    files=$(find "$1" -type f 2>/dev/null | wc -l)
    # A directory that can't be read does not count as empty.
    [ -z "$(find "$1" -type f 2>&1 >/dev/null | head -c 1)" ] || files=unknown
    [ "$files" != 0 ] || ! leads_out "$1" || files=unknown
    printf '%s %s %s %s\n' "$token" "$(du -skx -- "$1" 2>/dev/null | head -n 1 | cut -f 1)" "$files" \
        "$(printf %s "$1" | tr '\n' '?')"
}
list() {
    [ -r "$1" ] && [ -x "$1" ] || {
        report "$1"
        return 0
    }
    for entry in "$1"/* "$1"/.[!.]* "$1"/..?*; do
        [ -e "$entry" ] || continue
        case ${entry##*/} in
            .*) ! is_home "$1" || ! is_usual "$entry" || continue ;;
            lost+found) ! is_root "$1" || continue ;;
        esac
        if [ -L "$entry" ]; then
            entry=$(resolved "$entry")
            is_searched "$entry" && continue
        fi
        within "$entry" "$known$skip" && continue
        ! is_root "$entry" || continue
        case $newline$known in
            *"$newline${entry%/}/"*) list "${entry%/}" ;;
            *) report "$entry" ;;
        esac
    done
}
printed=0
rest_of_roots=$roots
while [ -n "$rest_of_roots" ]; do
    directory=${rest_of_roots%%"$newline"*}
    rest_of_roots=${rest_of_roots#*"$newline"}
    [ -d "$directory" ] && ! within "$directory" "$skip" || continue
    printf '%s looked %s\n' "$token" "$directory"
    within "$directory" "$known" || list "${directory%/}"
done
printf '%s end %s\n' "$token" "$printed"
"""
# What programs keep for themselves in a home.
_USUAL = (
    *(".Trash", ".android", ".ansible", ".aws", ".azure", ".bash_sessions", ".bun", ".cache", ".cargo", ".claude"),
    *(".codex", ".conda", ".config", ".cursor", ".cursor-server", ".dbus", ".deno", ".docker", ".dotnet", ".emacs.d"),
    *(".fzf", ".gem", ".gnupg", ".go", ".gradle", ".ipynb_checkpoints", ".ipython", ".java", ".julia", ".jupyter"),
    *(".kaggle", ".keras", ".kube", ".local", ".m2", ".mamba", ".matplotlib", ".micromamba", ".modelscope", ".mozilla"),
    *(".npm", ".nv", ".nvm", ".oh-my-zsh", ".parallel", ".pki", ".pyenv", ".rbenv", ".rustup", ".ssh", ".terraform.d"),
    *(".tmux", ".trae", ".trae-server", ".triton", ".vim", ".vscode", ".vscode-remote", ".vscode-server", ".windsurf"),
    *(".windsurf-server", ".yarn", ".zcompdump*", ".zsh", ".zsh_sessions", ".bash_history", ".zsh_history"),
)
# Of 512 bytes; a hidden file up to here is settings.
_SMALL_BLOCKS = 512
_LIST = (
    _LIST.replace("LIMIT", str(_LIMIT)).replace("USUAL", " | ".join(_USUAL)).replace("SMALL_BLOCKS", str(_SMALL_BLOCKS))
)
_TOOLS = ("cut", "du", "find", "head", "readlink", "tr", "wc")


@dataclass(frozen=True)
class Remaining:
    """A file or directory on a box that no receipt covers."""

    path: str
    files: int
    bytes: int

    def __str__(self) -> str:
        return f"{as_typed(self.path)}: {count(self.files, 'file')}, {size(self.bytes)}"


@dataclass(frozen=True)
class Look:
    """What remains, and the directories that were looked at."""

    remaining: tuple[Remaining, ...]
    looked: tuple[str, ...]


def remaining_on(
    box: Box, covered: Sequence[str], abandoned: Abandoned | None = None, places: Places | None = None
) -> Look:
    """
    Return what is in the places (in homes without the usual hidden names), and neither covered nor abandoned.

    Directories without files are left out, as are disks that outlive the box by its profile.

    :param covered: paths on the box, absolute or relative to the home, that were received.
    :raises Incomplete: the box did not answer completely, or there are more than 1000 entries.
    """
    abandoned, places = abandoned or Abandoned(), places or places_of(box)
    token = uuid4().hex
    # The script's lists have one path per line; a covered path with a newline counts as remaining.
    received = [path.rstrip("/") or "/" for path in (*covered, *abandoned.paths) if "\n" not in path]
    words = [str(len(received)), str(len(places.skipped)), *received, *places.skipped, *places.roots]
    text = shell.run(box, relying_on(_LIST, *_TOOLS), token, *words, check=False, timeout_s=_TIMEOUT_S).stdout
    lines = [line.removeprefix(f"{token} ") for line in text.splitlines() if line.startswith(f"{token} ")]
    end, _, number = (lines.pop() if lines else "").partition(" ")
    if end != "end":
        raise Incomplete(f"`{box.name}` did not list everything", box=box.name, hint="run it again")
    looked = tuple(line.removeprefix("looked ") for line in lines if line.startswith("looked "))
    lines = [line for line in lines if not line.startswith("looked ")]
    if number != str(len(lines)):
        hint = "pull their directory as a whole, with --verify"
        raise Incomplete(f"there are more than {_LIMIT:,} remaining files and directories", box=box.name, hint=hint)
    entries = [_remaining(line) for line in dict.fromkeys(lines)]
    return Look(tuple(entry for entry in entries if entry.files and entry.path not in abandoned), looked)


def _remaining(line: str) -> Remaining:
    kilobytes, files, path = [*line.split(" ", 2), "", ""][:3]
    return Remaining(path, int(files) if files.isdecimal() else 1, int(kilobytes) * _KB if kilobytes.isdecimal() else 0)
