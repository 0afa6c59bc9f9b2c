"""Reads status and first bytes of files on a box; the bytes are only kept in memory."""

from __future__ import annotations

import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS = 0o077
# What the path of a paste buffer of tmux begins with, which is no path.
BUFFER = "tmux buffer "

# Of a file that is searched so much is read and so much is sent, of one line of it so much. What is more is told.
_READ_BYTES, _SENT_BYTES, _LINE_BYTES = 64 << 20, 1 << 19, 1 << 16

# Shell functions that print a record; each part follows a line with `$token`, which no file can contain. Links are
# followed; only regular files are read, as reading a pipe would never end. What is there and can't be read is named.
EMIT = r"""
unread() { printf '\n%s unread\n%s' "$token" "$1"; }
too_much() { printf '\n%s cut\n%s' "$token" "$1"; }
begin() { # GROUP PATH
    state=$(stat -L -c '%f %u %s %Y' -- "$2" 2>/dev/null) || { [ ! -e "$2" ] || unread "$2"; return 1; }
    printf '\n%s %s %s\n%s\n%s real\n' "$token" "$1" "$state" "$2" "$token"
    readlink -f -- "$2"
    printf '\n%s data\n' "$token"
}
emit() { # GROUP PATH BYTES
    begin "$1" "$2" || return 0
    [ ! -f "$2" ] || head -c "$3" -- "$2" 2>/dev/null || unread "$2"
}
emit_lines() { # GROUP PATH PATTERN
    begin "$1" "$2" || return 0
    [ ! -f "$2" ] || searched "$2" "$3" head -c READ -- "$2"
}
# How each program ended goes another way than what it says. One whose reader has enough fails, too: see `is_cut`.
searched() { # PATH PATTERN COMMAND...
    path=$1 pattern=$2
    shift 2
    {
        failed=$({
            { "$@" || echo failed >&4; } | { tr -d '\000' || echo failed >&4; } | {
                LC_ALL=C grep -niE -e "$pattern"
                [ "$?" -le 1 ] || echo failed >&4
            } | { cut -b 1-LINE || echo failed >&4; } | head -c SENT >&3 || echo failed >&4
        } 4>&1)
    } 3>&1 2>/dev/null
    [ -z "$failed" ] || unread "$path"
}
emit_buffers() { # GROUP PATTERN
    command -v tmux >/dev/null || return 0
    # A server that hangs would hang us. Without `timeout`, nothing is asked, which is said.
    if ! names=$(timeout 5 tmux list-buffers -F '#{buffer_size} #{buffer_name}' 2>&1 </dev/null); then
        case $names in "no server running"* | "error connecting"*"No such file"*) ;; *) unread 'tmux buffers' ;; esac
        return 0
    fi
    printf '%s\n' "$names" | while IFS=' ' read -r size name; do
        [ -n "$name" ] || continue
        printf '\n%s %s 8180 %s %s 0\ntmux buffer %s\n' "$token" "$1" "$(id -u)" "$size" "$name"
        printf '%s real\n\n%s data\n' "$token" "$token"
        searched "tmux buffer $name" "$2" timeout 5 tmux show-buffer -b "$name" </dev/null
    done
}
"""
EMIT = EMIT.replace("READ", str(_READ_BYTES)).replace("SENT", str(_SENT_BYTES)).replace("LINE", str(_LINE_BYTES))


@dataclass(frozen=True)
class Head:
    """
    One file or directory on a box, links followed.

    ``path`` is the requested or found path, ``real`` the same with all links resolved (empty: unknown). ``data`` is its
    beginning, or its matching lines, each after its number and a colon.
    """

    group: str
    path: str
    real: str
    mode: int
    owner: int
    size_bytes: int
    mtime_s: int
    data: bytes = field(repr=False)

    @property
    def is_directory(self) -> bool:
        """Whether it is a directory."""
        return stat.S_ISDIR(self.mode)

    @property
    def is_wide(self) -> bool:
        """Whether its group or others have any permission."""
        return bool(self.mode & OTHERS)

    @property
    def is_cut(self) -> bool:
        """Whether there is more of it than was searched, if it was read by `emit_lines`."""
        longest = max(map(len, self.data.split(b"\n")))
        return self.size_bytes > _READ_BYTES or len(self.data) >= _SENT_BYTES or longest >= _LINE_BYTES

    @property
    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The matching lines with their numbers, if the head was read by `emit_lines`."""
        for line in self.data.split(b"\n"):
            number, _, text = line.partition(b":")
            if number.isdigit() and len(number) < 10:  # noqa: PLR2004 - no text has as many lines
                yield int(number), text


def answers_of(output: bytes, token: str) -> Iterator[tuple[str, bytes]]:
    """Yield, for each line of a script's output that begins with the token, the rest of the line and what follows."""
    for part in (b"\n" + output).split(f"\n{token} ".encode())[1:]:
        title, _, answer = part.partition(b"\n")
        yield title.decode("ascii", "replace"), answer


def unread_of(output: bytes, token: str, said: str = "unread") -> list[str]:
    """Return the paths that `EMIT` could not read, or of which it said something else."""
    return [_text(answer) for title, answer in answers_of(output, token) if title == said]


def heads_of(output: bytes, token: str) -> list[Head]:
    """Parse the records that `EMIT` printed; incomplete or invalid ones are left out."""
    heads: list[Head] = []
    opened: tuple[list[str], str] | None = None
    real = ""
    for title, answer in answers_of(output, token):
        words = title.split(" ")
        if title == "real":
            real = _text(answer)
        elif title == "data" and opened:
            head = _head(*opened, real, answer)
            heads += [head] if head else []
            opened = None
        else:
            opened, real = (words, _text(answer)), ""
    return heads


def _head(words: list[str], path: str, real: str, data: bytes) -> Head | None:
    try:
        group, mode, owner, size_bytes, mtime_s = words[0], int(words[1], 16), *map(int, words[2:5])
    except (ValueError, IndexError):
        return None
    return Head(group, path, real if real.startswith("/") else "", mode, owner, size_bytes, mtime_s, data)


def _text(answer: bytes) -> str:
    return answer.removesuffix(b"\n").decode("utf-8", "surrogateescape")
