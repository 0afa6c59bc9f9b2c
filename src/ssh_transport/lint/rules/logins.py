"""Rules for `ssh`: kills, here-documents, and options that disable the check of the host key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport.lint.rule import Hit, Rule
from ssh_transport.lint.syntax import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.lint.command import Command
    from ssh_transport.lint.script import Script

_KILLS = frozenset({"kill", "pkill", "killall", "skill"})
# Commands that may follow a kill, as they start nothing: it does no harm if they never run.
_HARMLESS = _KILLS | frozenset({
    ":", "[", "[[", "break", "cat", "cd", "chmod", "chown", "clear", "continue", "cp", "date", "dirname", "echo",
    "env", "exit", "export", "false", "fuser", "getent", "grep", "head", "id", "jobs", "kill", "local", "ls",
    "lsof", "mkdir", "mv", "nvidia-smi", "pgrep", "popd", "printf", "ps", "pushd", "pwd", "read", "readlink",
    "return", "rm", "rmdir", "sed", "set", "shift", "shopt", "sleep", "sort", "ss", "stat", "sync", "tail", "tee",
    "test", "touch", "tr", "trap", "true", "ulimit", "umask", "uniq", "unset", "wait", "wc", "xargs",
})  # fmt: skip
_KEY_UNCHECKED = re.compile(
    r"(?:^|\\n|-o[ \t]*[\"']?)[ \t]*(?:StrictHostKeyChecking(?:[ \t]*=[ \t]*|[ \t]+)[\"']?(?:no|off)\b"
    r"|UserKnownHostsFile(?:[ \t]*=[ \t]*|[ \t]+)[\"']?/dev/null\b)",
    re.IGNORECASE | re.MULTILINE,
)
_KEY_OPTION = re.compile(rb"StrictHostKeyChecking|UserKnownHostsFile", re.IGNORECASE)
_PRINTERS = frozenset({"cat", "echo", "printf"})
_SEARCHERS = frozenset(["grep", "egrep", "fgrep", "zgrep", "rg", "pgrep", "awk"])
_TEXT = frozenset({"word", "concatenation", "string", "raw_string", "ansi_c_string", "heredoc_body"})


def killed_and_started(script: Script) -> Iterator[Hit]:
    if not script.login:
        return
    kill: Command | None = None
    for command in script.commands:
        if command.name in _KILLS and not _only_tests(command):
            kill = kill or command
        elif kill and command.name not in _HARMLESS and not _is_deferred(command):
            name = command.name or command.at.text.split()[0].decode("utf-8", "replace")
            yield Hit(
                kill.at.file_offset, f"`{name}` after `{kill.name}` in one ssh command: the kill ends the session first"
            )
            return


def here_document(script: Script) -> Iterator[Hit]:
    readers = {login.command for login in script.logins if login.reads_script}
    for command, at in script.heredocs:
        if command in readers:
            start = next(child for child in at.node.children if child.type == "heredoc_start")
            word = (start.text or b"").decode("utf-8", "replace")
            bare = word == word.strip("'\"\\") and "\\" not in word
            where = f"; with an unquoted `{word}` its `$` are expanded here, not on the box" if bare else ""
            yield Hit(
                at.file_offset,
                f"the box reads this script line by line: a command that reads standard input consumes the rest{where}",
            )


def key_unchecked(script: Script) -> Iterator[Hit]:
    if script.level or not _KEY_OPTION.search(script.source.text):
        return
    by_node = {command.at: command for command in script.commands}
    for at in script.nodes:
        if at.kind not in _TEXT or (at.parent and at.parent.kind in _TEXT | {"command_name"}):
            continue
        text = Word(at).text
        before = at.node.prev_sibling
        if before is not None and before.text == b"-o":
            text = f"-o{text}"
        if not (found := _KEY_UNCHECKED.search(text)):
            continue
        command = next((by_node[outer] for outer in at.ancestors() if outer in by_node), None)
        readers = [reader for reader, heredoc in script.heredocs if heredoc is at.parent]
        if not _only_prints(readers[0] if readers else command):
            option = found[0].removeprefix("\\n").removeprefix("-o").strip(" \t\"'")
            yield Hit(at.file_offset, f"`{option}`: any host key is accepted, so any machine can pose as the box")


def _only_tests(kill: Command) -> bool:
    """Whether it only tests if the process exists (signal 0), or lists signals."""
    texts = [word.text for word in kill.words]
    return bool({"-0", "-l", "-L"} & set(texts)) or ("-s" in texts and "0" in texts)


def _is_deferred(command: Command) -> bool:
    """Whether it is in a function, so that it may run later or never."""
    return command.at.is_inside("function_definition")


def _only_prints(command: Command | None) -> bool:
    """Whether a command only prints the text on the terminal, or searches for it."""
    if not command or command.name in _SEARCHERS:
        return command is not None
    return command.name in _PRINTERS and not command.pipeline and not list(command.writes_to)


RULES = (
    Rule(
        "ST101",
        "No kill and relaunch in one ssh command (T1)",
        "use two: ssh HOST 'pkill NAME'; ssh HOST 'start NAME'",
        "ssh proj-1 'pkill -f train; python train.py'",
        "ssh proj-1 'pkill -f \"[t]rain\"'; ssh proj-1 'python train.py'",
        killed_and_started,
    ),
    Rule(
        "ST106",
        "No `StrictHostKeyChecking=no` (T6), nor known hosts in `/dev/null`",
        "leave it out; after a re-create: ssh-transport config.forget ALIAS; for a first contact use accept-new",
        "ssh -o StrictHostKeyChecking=no proj-1 date",
        "ssh -o StrictHostKeyChecking=accept-new proj-1 date",
        key_unchecked,
    ),
    Rule(
        "ST202",
        "No script for a box as a here-document",
        "send a file and run it: ssh-transport -H HOST transfer.put job.sh job.sh; ssh HOST 'bash job.sh </dev/null'",
        "ssh proj-1 bash <<'EOF'",
        "ssh proj-1 'bash job.sh </dev/null'",
        here_document,
    ),
)
