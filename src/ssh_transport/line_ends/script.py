"""What a shell script is: by its name, or by its first line."""

from __future__ import annotations

import re

SUFFIXES = (".sh", ".bash", ".zsh", ".ksh")
# What Windows runs needs its own line ends, whatever the first line says.
WINDOWS_SUFFIXES = (".bat", ".cmd", ".ps1", ".psm1", ".psd1")
SHELLS = "ba|da|z|k|a"
BOM = b"\xef\xbb\xbf"
HEAD_BYTES = 128
# Larger ones are installers with a payload.
LIMIT_BYTES = 4 << 20

_SHELL_LINE = re.compile(rb"(?:%b)*#![^\r\n]*[/ ](?:%b)?sh\b" % (BOM, SHELLS.encode()))


def is_named_so(name: str) -> bool:
    """Whether the name alone tells a shell script."""
    return name.lower().endswith(SUFFIXES)


def is_for_windows(name: str) -> bool:
    """Whether Windows runs a file of this name."""
    return name.lower().endswith(WINDOWS_SUFFIXES)


def is_shell_script(name: str, head: bytes) -> bool:
    """
    Whether a file is a shell script that a POSIX shell will read.

    :param head: its first `HEAD_BYTES`.
    """
    return not is_for_windows(name) and (is_named_so(name) or bool(_SHELL_LINE.match(head[:HEAD_BYTES])))
