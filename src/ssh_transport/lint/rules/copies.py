"""Rules for `scp`: a tree that starts from zero after every drop, and a missing target directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.lint.command import options
from ssh_transport.lint.rule import Hit, Rule, Variables
from ssh_transport.lint.script import SCP_WITH_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ssh_transport.lint.command import Command
    from ssh_transport.lint.script import Script
    from ssh_transport.lint.syntax import Word

_LOOPS = ("for_statement", "c_style_for_statement", "while_statement")
_OF_A_LOOP = re.compile(rb"(?:for|select)\s+(\w+)|while\b[^;\n]{0,200}?\bread\s+(?:-\w+\s+)*(\w+)")
_REMOTE = re.compile(r"(?:\[[^\]]*\]|\$\{[^}]*\}|[^/:\[])+:(.*)", re.DOTALL)
_URL = re.compile(r"scp://[^/]+/(.*)", re.DOTALL)
# Directories that every box has, or that a platform mounts: the home, the top level, and common system directories.
_EXISTING = re.compile(r"\.?|/[^/]*|~[^/]*|/home/[^/]+|/(?:var/tmp|var/www|var/log|dev/shm|usr/.*|etc/.*)")
_HOME = re.compile(r"^(?:~|\$HOME|\$\{HOME\})/|^\./")


def tree_in_one_stream(script: Script) -> Iterator[Hit]:
    known = Variables(script)
    for command in script.commands:
        words = _of_scp(command, known)
        if words is None:
            continue
        given, operands = options(command.words, SCP_WITH_VALUE)
        is_tree = any(letter == "r" for letter, _ in given) or any(re.match(r"-[a-zA-Z]*r", word) for word in words)
        # Nobody copies from here to here with it: what is in a variable may hold the host.
        is_remote = any(_remote(known, word) is not None or not word.is_literal for word in operands)
        if is_tree and is_remote and not _goes_by_directory(command, operands):
            yield Hit(
                command.at.file_offset,
                "`scp -r` sends a tree in one stream: a drop ends it, and the next run starts from zero",
            )


def _of_scp(command: Command, known: Variables) -> list[str] | None:
    """Return the options that a variable in place of the name holds, none for `scp` itself; `None` for no `scp`."""
    if command.name == "scp":
        return []
    if command.name or not command.line:
        return None
    name, *words = known.filled_in(command.line[0].text).split() or [""]
    return words if name.rpartition("/")[2] == "scp" else None


def _goes_by_directory(command: Command, operands: Sequence[Word]) -> bool:
    """Whether it is in a loop that goes from directory to directory, and not from box to box."""
    loops = [at for at in command.at.ancestors() if at.kind in _LOOPS]
    matches = [found for at in loops if (found := _OF_A_LOOP.match(at.text))]
    names = [(found[1] or found[2]).decode("utf-8", "replace") for found in matches]
    if not loops or not names:
        return bool(loops)
    paths = [path if (path := _is_remote(word)) is not None else "" for word in operands]
    hosts = [word.text.removesuffix(path) for word, path in zip(operands, paths, strict=True) if path]
    plain = [word.text for word in operands if _is_remote(word) is None]

    def has(texts: Sequence[str]) -> bool:
        return any(re.search(rf"\$\{{?{name}\b", text) for name in names for text in texts)

    return has(paths) or (has(plain) and not has(hosts))


def missing_directory(script: Script) -> Iterator[Hit]:
    made, known = list(_made(script)), Variables(script)
    for command in script.commands:
        if command.name != "scp":
            continue
        operands = options(command.words, SCP_WITH_VALUE)[1]
        target = _remote(known, operands[-1]) if len(operands) > 1 else None
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
    return _remote_path(word.text)


def _remote(known: Variables, word: Word) -> str | None:
    """Return the same, with the variables filled in whose values are known."""
    return _remote_path(word.text) if _remote_path(word.text) is not None else _remote_path(known.filled_in(word.text))


def _remote_path(text: str) -> str | None:
    match = _URL.fullmatch(text) or _REMOTE.fullmatch(text)
    return match[1] if match else None


def _plain(path: str) -> str:
    plain = re.sub(r"\$\{(\w+)\}", r"$\1", path.strip("\"';&|"))
    plain = _HOME.sub("", plain)
    return plain.rstrip("/") or plain[:1]


RULES = (
    Rule(
        "ST102",
        "No `scp -r` of a tree in one stream (T2)",
        "ssh-transport -H ALIAS transfer.pull --path=DIR, which resumes; "
        "or: rsync -a --partial-dir=.rsync-partial FROM TO",
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
