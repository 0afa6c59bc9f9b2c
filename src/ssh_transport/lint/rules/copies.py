"""Rules for `scp`: a tree that starts from zero after every drop, and a missing target directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule
from ssh_transport.lint.script import SCP_WITH_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.script import Script
    from ssh_transport.lint.syntax import Word

_LOOPS = ("for_statement", "c_style_for_statement", "while_statement")
_REMOTE = re.compile(r"(?:\[[^\]]*\]|\$\{[^}]*\}|[^/:\[])+:(.*)", re.DOTALL)
_URL = re.compile(r"scp://[^/]+/(.*)", re.DOTALL)
# Directories that every box has, or that a platform mounts: the home, the top level, and common system directories.
_EXISTING = re.compile(r"\.?|/[^/]*|~[^/]*|/home/[^/]+|/(?:var/tmp|var/www|var/log|dev/shm|usr/.*|etc/.*)")
_HOME = re.compile(r"^(?:~|\$HOME|\$\{HOME\})/|^\./")


def tree_in_one_stream(script: Script) -> Iterator[Hit]:
    for command in script.commands:
        if command.name == "scp" and not command.at.is_inside(*_LOOPS):
            given, operands = options(command.words, SCP_WITH_VALUE)
            if any(letter == "r" for letter, _ in given) and any(_is_remote(word) is not None for word in operands):
                yield Hit(
                    command.at.file_offset,
                    "`scp -r` sends a tree in one stream: a drop ends it, and the next run starts from zero",
                )


def missing_directory(script: Script) -> Iterator[Hit]:
    made = list(_made(script))
    for command in script.commands:
        if command.name != "scp":
            continue
        operands = options(command.words, SCP_WITH_VALUE)[1]
        target = _is_remote(operands[-1]) if len(operands) > 1 else None
        if target is None or not (target.endswith("/") or len(operands) > 2):  # noqa: PLR2004 - several sources
            continue
        path = _plain(target)
        if _EXISTING.fullmatch(path) or any(
            at < command.at.file_offset and (directory is None or _covers(directory, path)) for at, directory in made
        ):
            continue
        yield Hit(operands[-1].at.file_offset, f"nothing before this creates `{target}` on the box: `scp` fails there")


def _made(script: Script) -> Iterator[tuple[int, str | None]]:
    """Yield the offset and path of each directory made on a box; None as path: the remote command is unknown."""
    for login in script.logins:
        if login.reads_script or any(word.text.startswith("$") for word in login.words[:1]):
            yield login.command.at.file_offset, None
    for inner in script.with_inner():
        for command in inner.commands:
            if inner is not script and command.name in {"mkdir", "install", "git"}:
                for word in command.words:
                    yield (
                        inner.login.command.at.file_offset if inner.login else command.at.file_offset,
                        _plain(word.text),
                    )
    for command in script.commands:
        # A function of the user, such as `on_box "mkdir -p /x"`, or a copy that makes directories.
        text = " ".join(word.text for word in command.words)
        if command.name not in {"mkdir", "ssh"} and re.search(r"\bmkdir\b|--mkpath", text):
            for path in text.split():
                yield command.at.file_offset, _plain(path)


def _covers(made: str, path: str) -> bool:
    return bool(made) and (made == path or made.startswith(f"{path}/"))


def _is_remote(word: Word) -> str | None:
    """Return the remote path of a word, None for a local one."""
    match = _URL.fullmatch(word.text) or _REMOTE.fullmatch(word.text)
    return match[1] if match else None


def _plain(path: str) -> str:
    plain = re.sub(r"\$\{(\w+)\}", r"$\1", path.strip("\"';&|"))
    plain = _HOME.sub("", plain)
    return plain.rstrip("/") or plain[:1]


RULES = (
    Rule(
        "ST102",
        "No `scp -r` of a tree in one stream (T2)",
        "inv transfer.pull (or push), which resumes; or: rsync -a --partial-dir=.rsync-partial FROM TO",
        "scp -r proj-1:/root/ckpt .",
        "rsync -a --partial-dir=.rsync-partial proj-1:/root/ckpt .",
        tree_in_one_stream,
    ),
    Rule(
        "ST105",
        "No `scp` into a directory that may not exist (T5)",
        "make it in the same command: ssh HOST 'mkdir -p DIR' && scp FILE HOST:DIR/",
        "scp a.tar proj-1:/root/x/",
        "ssh proj-1 'mkdir -p /root/x' && scp a.tar proj-1:/root/x/",
        missing_directory,
    ),
)
