"""Recognises shell scripts by their name or their first line."""

from __future__ import annotations

import re

SUFFIXES = (".sh", ".bash", ".zsh", ".ksh")
# Scripts for Windows need CRLF, whatever their first line is.
WINDOWS_SUFFIXES = (".bat", ".cmd", ".ps1", ".psm1", ".psd1")
SHELLS = "ba|da|z|k|a"
BOM = b"\xef\xbb\xbf"
# Windows PowerShell writes so, and every character has a NUL in it.
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
IS_UTF_16 = "it is UTF-16, which no shell reads"
HEAD_BYTES = 128
# Larger scripts are installers with a payload.
LIMIT_BYTES = 4 << 20

_SHELL_LINE = re.compile(rb"(?:%b)*#![^\r\n]*[/ ](?:%b)?sh\b" % (BOM, SHELLS.encode()))


def has_script_suffix(name: str) -> bool:
    """Whether the name has the suffix of a shell script."""
    return name.lower().endswith(SUFFIXES)


def is_for_windows(name: str) -> bool:
    """Whether the name has the suffix of a Windows script."""
    return name.lower().endswith(WINDOWS_SUFFIXES)


def is_shell_script(name: str, head: bytes) -> bool:
    """
    Whether a file is a script for a POSIX shell.

    :param head: its first `HEAD_BYTES`.
    """
    return not is_for_windows(name) and (has_script_suffix(name) or bool(_SHELL_LINE.match(head[:HEAD_BYTES])))
