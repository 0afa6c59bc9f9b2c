"""Flags that rsync, scp, ssh and other programs have: which of ours is meant, or why none is needed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from invoke.parser import Argument


class Other(NamedTuple):
    """
    Flags of other programs.

    :ivar flags: as they are typed, with blanks between.
    :ivar ours: which of ours is meant, the first that a task has.
    :ivar why: what is to be known besides, or why there is none.
    :ivar of_copies: whether this is so of tasks alone that copy.
    """

    flags: str
    ours: tuple[str, ...] = ()
    why: str = ""
    of_copies: bool = True


_WHOLE = "a directory is copied with all below it, links as links, with times and permissions"
_GOES_ON = "a copy goes on where it was broken off, and shows how far it is wherever there is a terminal"
_DELETES = "it deletes once all has arrived, and names what goes"
_KEPT = "times and permissions are kept"
_SAME = "what is the same at both ends is not sent again"
_PACKED = "what is worth a copy is mostly packed already; where it is not: `Compression yes` under the alias"
_SHOWN = "what it does is shown, and --debug in front of the task tells more"
_NOT_NEEDED = frozenset({_WHOLE, _SHOWN, _GOES_ON, _KEPT, _SAME, _PACKED})
_OTHERS = (
    Other("--from --source --src", ("--from", "--path")),
    Other("--dest --destination --dst --target --output --into", ("--to",)),
    Other("-n --dryrun --dry --simulate --just-print --check", ("--dry-run",), of_copies=False),
    Other("--host --box --boxes --server --machine --alias", ("--on",), of_copies=False),
    Other("--user --username --login", why="the user stands in front of the host: -H USER@HOST", of_copies=False),
    Other(
        "--key --key-file --identity-file --private-key",
        why="a key to log in with is named in front of the task: -i KEY; so that it stays, under the alias in the ssh "
        "config; one to be pushed by keys.push --identity=KEY",
        of_copies=False,
    ),
    Other("--password --pass", why="a password is never typed in a line; it is asked for", of_copies=False),
    Other(
        "--value --token --secret --api-key",
        why="a value is never typed, as the history keeps it: revoke it; for another one leave the flag out, or --env",
        of_copies=False,
    ),
    Other("-q --silent", ("--quiet",), of_copies=False),
    Other("--verbose", ("--debug",), "in front of the task", of_copies=False),
    Other("-v", why=_SHOWN),
    Other("-a --archive -r --recursive -l -o -g -D", why=_WHOLE),
    Other("-p --perms -t --times -E --preserve", why=_KEPT),
    Other("-z --compress -C", why=_PACKED),
    Other("-P --partial --append --append-verify --resume --continue", why=_GOES_ON),
    Other("--progress --info --stats -h --human-readable -i --itemize-changes", why=_GOES_ON),
    Other("--delete-after --delete-before --delete-during --delete-delay --del --mirror", ("--delete",), _DELETES),
    Other("-L --dereference --follow", ("--copy-links",)),
    Other("-c --checksum --hash", ("--verify",)),
    Other("-u --update --ignore-existing --skip-existing", why=_SAME),
    Other("--rate --limit --limit-rate --bw-limit", ("--bwlimit",)),
    Other("--include --filter", why="--exclude='+ PATTERN' takes in what an --exclude behind it would leave out"),
    Other("--retry --retries", ("--attempts",)),
    Other("-e --rsh --ssh", why="how to log in stands under the alias in the ssh config", of_copies=False),
)
_BY_FLAG: Mapping[str, Other] = {flag: one for one in _OTHERS for flag in one.flags.split()}
# Tasks with one of these copy.
_OF_COPIES = frozenset({"--bwlimit", "--mode"})
# Flags of the program, too: pty, search root and collection, which are nothing to a copy, and echo.
_MISTAKEN = frozenset({"-p", "-r", "-c", "-e"})
_OF_THE_LINE = ("--quiet", "--debug")


def is_mistaken(rest: Sequence[str]) -> bool:
    """Whether a flag of the program, behind a task, is probably meant as another program has it."""
    follows = rest[1] if len(rest) > 1 else ""
    return rest[0] in _MISTAKEN and (rest[0] != "-e" or follows.startswith("ssh"))


def told(task: str, rest: Sequence[str], flags: Mapping[str, Argument], boxes: str = "") -> UsageError | None:
    """
    Return the error for a flag of another program; `None` where it is none that is known, or its letters are not all.

    :param rest: the words from it on.
    :param flags: those of the task.
    :param boxes: which were named before.
    """
    flag, equals, value = rest[0].partition("=")
    if flag in flags or not (found := list(_meant(flag, flags))) or _is_port(flag, rest):
        return None
    follows = rest[1] if not equals and len(rest) > 1 and rest[1][:1] != "-" else ""
    value = value or follows
    ours = [(name, one) for one in found if (name := _ours(one, flags))]
    said = [_typed(task, name, value, flags, boxes) + (f", {one.why}" if one.why else "") for name, one in ours]
    reasons = list(dict.fromkeys(one.why for one in found if not _ours(one, flags) and one.why))
    idle, others = ([why for why in reasons if (why in _NOT_NEEDED) == is_so] for is_so in (True, False))
    hints = [
        *([f"type {' '.join(said)}"] if said else []),
        *others,
        *([f"not needed: {'; '.join(idle)}"] if idle else []),
    ]
    return UsageError(f"{task} has no flag `{flag}`", hint="; ".join(hints)) if hints else None


def _meant(flag: str, flags: Collection[str]) -> Iterator[Other]:
    """Yield what a flag stands for, or each of several letters in one word; nothing if one of them is not known."""
    words = [flag] if flag in _BY_FLAG else [f"-{letter}" for letter in flag[1:]]
    copies = not _OF_COPIES.isdisjoint(flags)
    known = [one for word in words if (one := _BY_FLAG.get(word)) and (copies or not one.of_copies)]
    if (flag in _BY_FLAG or re.fullmatch(r"-[A-Za-z]{2,}", flag)) and len(known) == len(words):
        yield from dict.fromkeys(known)


def _is_port(flag: str, rest: Sequence[str]) -> bool:
    return flag in {"-p", "-P"} and len(rest) > 1 and rest[1].isdecimal()


def _ours(one: Other, flags: Collection[str]) -> str:
    return next((name for name in one.ours if name in flags or name in _OF_THE_LINE), "")


def _typed(task: str, name: str, value: str, flags: Mapping[str, Argument], boxes: str) -> str:
    if name == "--on":
        return here(task, shlex.quote(value or boxes or "BOX"))
    takes_value = name in flags and flags[name].takes_value
    return f"{name}={shlex.quote(value) if value else 'VALUE'}" if takes_value else name
