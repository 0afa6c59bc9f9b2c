"""Reads the words of `scp`, `sftp`, `sshfs`, `rsync` and `mosh`: the side of a copy that is a box, and its options."""

from __future__ import annotations

import getopt
import re

from ssh_transport.platforms.address import unreadable

from . import ssh_command
from . import words as shell
from .draft import Draft, Found, unroutable

_OPTIONS = {
    "scp": "346ABCc:D:F:i:J:l:Oo:P:pqRrS:sTvX:",
    "sftp": "46AaB:b:Cc:D:F:fi:J:l:No:P:pqR:rS:s:vX:",
    "sshfs": "1CdfhsVF:o:p:",
}
PROGRAMS = (*_OPTIONS, "rsync", "mosh")
# Those that `ssh` has too, with the same meaning.
_AS_SSH = {"-i", "-J", "-F", "-4", "-6"}
_RSYNC_SHELL = re.compile(r"--rsh(?:=(?P<value>.*))?|-[a-zA-Z]*?e(?P<glued>.*)", re.DOTALL)
_BOX = re.compile(r"(?:[^\s/:\\]+@)?(?:\[[^\]\s]+\]|[^\s/:\\@\[\]]+):(?!:)")
_SSH = re.compile(r"(?:.*[/\\])?ssh(?:\.exe)?", re.DOTALL)
_PORT_ALONE = re.compile(r"\d{2,5}")
# They need no path, which tells a box from a file.
_PATHLESS = {"sftp", "mosh"}
_DRIVE = re.compile(r"[A-Za-z]:(?:[\\/]|$)")


def read(program: str, words: list[str]) -> Found | None:
    """
    Return the box that a copy or a mount goes to, `None` if it is no command but prose.

    :raises EndpointError: no side is a box, or an option can't be read or kept.
    """
    draft = Draft()
    operands = _OPERANDS.get(program, _take)(draft, program, words)
    has_options = any(word.startswith("-") for word in words)
    side = _box(operands)
    if not side and program in _PATHLESS and (has_options or len(operands) == 1):
        side = next(iter(operands), "")
    # "sftp access: ..." has a word and a colon, too.
    is_heading = operands[1:] and operands[0] == f"{side}:" and "@" not in side
    if is_heading or not (side or has_options):
        return None
    if not side:
        raise unreadable("no side of the copy is of the form user@host:path")
    draft.aim(side)
    is_weak = program in _PATHLESS and not has_options and "@" not in side
    return Found(endpoint=draft.endpoint(), told=tuple(draft.told), weak=is_weak)


def _take(draft: Draft, program: str, words: list[str]) -> list[str]:
    operands: list[str] = []
    keeps_times = False
    while words:
        try:
            options, words = getopt.getopt(words, _OPTIONS[program])
        except getopt.GetoptError as exc:
            raise unreadable(f"an option of {program}: -{exc.opt[:1]}") from exc
        for flag, value in options:
            keeps_times = keeps_times or flag == "-p"
            _take_option(draft, program, flag, value)
        operands += words[:1]
        words = words[1:]
    if program == "scp" and not draft.port and keeps_times:
        _take_wrong_port(draft, operands)
    return operands


def _take_option(draft: Draft, program: str, flag: str, value: str) -> None:
    if flag == ("-p" if program == "sshfs" else "-P"):
        draft.named("port", value)
    elif flag == "-o":
        # sshfs takes several, with commas between.
        for setting in value.split(",") if program == "sshfs" else [value]:
            _take_setting(draft, setting)
    elif flag == "-S" and program != "sshfs":
        # A program in place of `ssh`.
        raise unroutable(flag)
    elif flag in _AS_SSH:
        draft.ssh_option(flag, value)


def _take_setting(draft: Draft, text: str) -> None:
    if text.startswith("ssh_command="):
        _take_shell(draft, text.removeprefix("ssh_command="))
    else:
        draft.setting(text)


def _take_wrong_port(draft: Draft, operands: list[str]) -> None:
    """Take a number among the files for the port: for scp, -p keeps times."""
    number = next((word for word in operands if re.fullmatch(r"\d{2,5}", word)), "")
    if number:
        draft.named("port", number)
        draft.told.append("scp's option for the port is -P; the number behind -p was read as one")


def _box(operands: list[str]) -> str:
    """Return ``user@host`` of the first operand that is not local, with its path if that is a port; else nothing."""
    for operand in operands:
        if operand.startswith(("scp://", "sftp://")):
            return operand
        found = _BOX.match(operand)
        if found and "://" not in operand and not _DRIVE.match(operand):
            return operand if _PORT_ALONE.fullmatch(operand[found.end() :]) else found[0].removesuffix(":")
    return ""


def _of_rsync(draft: Draft, _: str, words: list[str]) -> list[str]:
    operands: list[str] = []
    left = list(reversed(words))
    while left:
        word = left.pop()
        found = _RSYNC_SHELL.fullmatch(word)
        if word.startswith("-") and found:
            _take_shell(draft, found["value"] or found["glued"] or (left.pop() if left else ""))
        elif not word.startswith("-"):
            operands.append(word)
    # The value of an option such as --exclude may look like a box; the sides of the copy are last.
    return [word for word in operands if "@" in word] or operands[-2:]


def _of_mosh(draft: Draft, _: str, words: list[str]) -> list[str]:
    """`mosh` has long options only, but for -p, a port of its own; what follows the host is a command."""
    left = list(reversed(words))
    while left:
        word = left.pop()
        if word.startswith("--ssh"):
            _take_shell(draft, word.removeprefix("--ssh").removeprefix("=") or (left.pop() if left else ""))
        elif word == "-p" and left:
            left.pop()
        elif not word.startswith("-"):
            return [word, *([] if "@" in word or len(words) > len(left) + 1 else reversed(left))]
    return []


def _take_shell(draft: Draft, text: str) -> None:
    """Take the options of a command such as ``ssh -p 22``, which lacks a host."""
    words = shell.split_whole(text)
    start = next((place for place, word in enumerate(words) if _SSH.fullmatch(word)), 0)
    words = words[start + 1 :]
    if ssh_command.options(draft, words):
        raise unreadable("a word too many is in the command of -e")


_OPERANDS = {"rsync": _of_rsync, "mosh": _of_mosh}
