"""The two ways for bytes by a terminal: as they are, and as base64; each with the script at the box's end of it."""

from __future__ import annotations

import base64
import os
import re
from binascii import Error as NotBase64

CLEAN, TEXT = "clean", "text"

_STDERR_BYTES = 1 << 16
_LINE_BYTES = 1 << 17
# As base64 within the 4,095 bytes that a line at a terminal has: termios(3).
_TEXT_BYTES = 3000

# 3 is the terminal, opened once more: a command may have it not block, and that must not be for us. 4 takes the exit
# code, 5 standard error. Some `head`s take more than they give, and not every `dd` waits for all.
_BEGIN = """\
exec 2>/dev/null
if (: >/dev/tty); then exec 3>/dev/tty; else exec 3>&1; fi
IFS= read -r line && line=$(printf "%b." "${line#?}") && line=${line%.}
cd
run() { "${SHELL:-sh}" -c "$line" 3>&- 4>&- 5>&-; printf "%s\\n" "$?" >&4; }
is_fit() { [ "$(printf abc | { take 1; printf -; cat; })" = a-bc ]; }
take() { head -c "$1"; }
is_fit || take() { dd bs="$1" count=1 iflag=fullblock; }
is_fit || take() { dd ibs=1 obs=65536 count="$1"; }
"""
_CLEAN = """\
fed() { while IFS= read -r n && [ "$n" -gt 0 ]; do take "$n" || return; done; }
fed | {
    told=$({ run 2>&1 >&3 | tail -c 65536; } 4>&1)
    printf "$end%s$end" "$told"
}
"""
_TEXT = """\
fed() { while IFS= read -r n && [ "$n" -gt 0 ]; do take "$n" | base64 -d || return; done; }
says() { while s=$(dd bs=49152 count=1 | base64) && [ "$s" ]; do printf "%s\\n" "$s" >&3; done; }
fed | {
    told=$({ { run 2>&5 | says; } 5>&1 | tail -c 65536; } 4>&1)
    printf "=%s\\n" "$end"
    printf %s "$told" | base64
    printf "=%s\\n" "$end"
}
"""
# Ends the input. If bytes got lost, the rest is taken for them.
LAST_FRAME = b"0\n" + b"\n" * 512


class Refused(Exception):
    """The terminal can't be used, or what came from it is none of what is due; the text says why."""


class Broken(Exception):
    """It ended, or lost something on its way."""


class Ended:
    """How a command ended: its exit code, and what it said on standard error."""

    def __init__(self, told: bytes) -> None:
        code, _, self.stderr = told.partition(b"\n")
        if not re.fullmatch(rb"\d{1,3}", code):
            raise Refused("the end of a command is none")
        self.code = int(code)


class Clean:
    """
    The way for bytes as they are.

    :param token: the rest of what stands before and behind how the command ended.
    """

    def __init__(self, token: str) -> None:
        self.ended: Ended | None = None
        self.program = f'end="\\036{token}"\n{_BEGIN}{_CLEAN}'
        # Its first byte is nowhere else in it, and seldom at the end of what somebody says.
        self._end = b"\x1e" + token.encode()
        self._held, self._let_go_bytes = b"", 0
        self._told: bytes | None = None

    @staticmethod
    def frame(data: bytes) -> bytes:
        """Return some of the command's standard input as it goes over."""
        return b"%d\n%b" % (len(data), data)

    def take(self, data: bytes) -> bytes:
        """
        Return what the command has said in what came; `ended` is there once it has.

        :raises Broken: what was let go was the beginning of the end.
        :raises Refused: more is told about the end than is due.
        """
        if self._told is not None:
            self._tell(data)
            return b""
        said, passed_on = self._held + data, self._let_go_bytes
        self._held, self._let_go_bytes = b"", 0
        said, found, told = said.partition(self._end)
        if found:
            if len(said) < passed_on:
                raise Broken
            self._told = b""
            self._tell(told)
            return said[passed_on:]
        begins = said.rfind(self._end[:1], -len(self._end))
        if begins >= 0 and self._end.startswith(said[begins:]):
            said, self._held = said[:begins], said[begins:]
            self._let_go_bytes = max(passed_on - begins, 0)
        return said[passed_on:]

    @property
    def is_holding(self) -> bool:
        """Whether something is held back that may be the beginning of the end."""
        return len(self._held) > self._let_go_bytes

    def let_go(self) -> bytes:
        """Return what is held back: nothing has come behind it."""
        passed_on, self._let_go_bytes = self._let_go_bytes, len(self._held)
        return self._held[passed_on:]

    def _tell(self, data: bytes) -> None:
        told, is_whole, _ = ((self._told or b"") + data).partition(self._end)
        if len(told) > _STDERR_BYTES + len(b"255\n") + len(self._end):
            raise Refused("more is told about the end of a command than is due")
        self._told = told
        if is_whole:
            self.ended = Ended(told)


class Text:
    """The way for terminals that change some bytes: lines of base64. See `Clean`."""

    is_holding = False

    def __init__(self, token: str) -> None:
        self.ended: Ended | None = None
        self.program = f"end={token}\n{_BEGIN}{_TEXT}"
        self._end = f"={token}".encode()
        self._line, self._told = b"", bytearray()
        self._is_telling = False

    @staticmethod
    def frame(data: bytes) -> bytes:
        """See `Clean`."""
        pieces = (data[start : start + _TEXT_BYTES] for start in range(0, len(data), _TEXT_BYTES))
        return Clean.frame(b"".join(base64.b64encode(piece) + b"\n" for piece in pieces))

    def take(self, data: bytes) -> bytes:
        """See `Clean`."""
        *lines, self._line = (self._line + data).split(b"\n")
        if len(self._line) > _LINE_BYTES:
            raise Refused("a line came that is longer than any that was due")
        said = bytearray()
        for line in map(bytes.strip, lines):
            if self.ended is not None:
                break
            if line == self._end:
                if self._is_telling:
                    self.ended = Ended(bytes(self._told))
                self._is_telling = True
                continue
            try:
                (self._told if self._is_telling else said).extend(base64.b64decode(line, validate=True))
            except NotBase64:
                raise Refused("what came is no base64") from None
            if len(self._told) > _STDERR_BYTES + len(b"255\n"):
                raise Refused("more is told about the end of a command than is due")
        return bytes(said)

    def let_go(self) -> bytes:
        """See `Clean`."""
        return b""


def way(name: str) -> Clean | Text:
    """Return one of `CLEAN` or `TEXT`, for one command."""
    token = os.urandom(16).hex()
    return Clean(token) if name == CLEAN else Text(token)
