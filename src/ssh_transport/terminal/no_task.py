"""What is said of a command line that names no task, or in which a flag of the program has taken a task."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from invoke.program import Program

# Flags of the program that are an order by themselves.
_ORDERS = ("help", "list", "complete", "install-completion")
_HOSTS = ("-H", "--hosts")
_PORT = re.compile(r"(?<!\S)(?:-[pP]|--port)[ =]?(?P<port>\d{1,5})(?!\S)")
_PLAIN = re.compile(r"[\w@%+=:,./ -]+")
OF_SSH = {
    "-l": "the user stands in front of the host: -H USER@HOST",
    "-J": "a jump belongs into an alias: ssh-transport config.add NAME 'ssh -J JUMP USER@HOST'",
    "-o": "an option of ssh belongs into the ssh config, under the alias: see ssh_config(5)",
    "-A": "copies that need your agent have a flag for it: --forward-agent",
    "-v": "what `ssh` does: ssh -v BOX; what is done here: --debug in front of the task",
}


def swallowed(program: Program, tasks: Collection[str]) -> UsageError | None:
    """Return the error for a flag of the program that has a task for its value, or for a command behind `--`."""
    hosts = named_hosts(program)
    if program.core.remainder and program.namespace is not None:
        # In quotes, as the shell of this machine would run what comes behind a semicolon.
        line = str(program.core.remainder)
        meant = f"ssh {shlex.quote(hosts or 'BOX')} {line if _PLAIN.fullmatch(line) else shlex.quote(line)}"
        return UsageError("`-- COMMAND` is for the tasks of Fabric", hint=f"what a box is to run: {meant}")
    words = hosts.split()
    if at := next((number for number, word in enumerate(words) if word in tasks), 0):
        boxes = ",".join(word.strip(",") for word in words[:at])
        meant = " ".join([here(words[at], shlex.quote(boxes)), *map(shlex.quote, words[at + 1 :])])
        what = f"`-H` has `{hosts}` for its boxes, and there is a task in that"
        return UsageError(what, hint=f"leave the quotes out: {meant}")
    flags = program.core[0].flags
    has_task = any(word in tasks for word in program.core.unparsed)
    for flag in (word for word in program.argv[1:] if word in flags):
        argument = flags[flag]
        values = argument.value if isinstance(argument.value, list) else [argument.value]
        task = next((value for value in values if value in tasks), "")
        # A box may be called as a task of the team is.
        if task and argument.name not in _ORDERS and ("." in task or not has_task):
            meant = here(task, "BOX") if flag in _HOSTS else f"{flag} VALUE {task}"
            return UsageError(f"`{flag}` wants a value, and has taken `{task}` for it", hint=f"type {meant}")
    return None


def missing(program: Program) -> UsageError | None:
    """Return the error for a line that has words and no task; `None` where they are an order, or there are none."""
    is_order = any(program.args[name].value for name in _ORDERS if name in program.args)
    if is_order or not program.argv[1:] or program.core.remainder or program.collection.default:
        return None
    boxes = named_hosts(program)
    meant = f"type {here('TASK', shlex.quote(boxes))}; " if boxes else ""
    return UsageError("no task was named", hint=f"{meant}all tasks: ssh-transport --list")


def named_hosts(program: Program) -> str:
    """Return what `-H` has; `inv` has no such flag."""
    return str(program.args.hosts.value or "") if "hosts" in program.args else ""


def flag_of_ssh(word: str, hosts: str, argv: Sequence[str], task: str) -> UsageError | None:
    """
    Return the error for a flag that `ssh` has, or its value, where a task or one of our flags is due.

    :param argv: the whole line, without the program.
    :param task: what the command that is meant begins with.
    """
    line = " ".join(argv)
    found = _PORT.search(line)
    # Invoke takes `-p22` for `-p -2 -2`.
    if found and (word == found["port"] or re.match(r"--port|-P|-\d", word)):
        boxes = hosts or "BOX"
        at = f"{boxes}:{found['port']}" if "," not in boxes else f"HOST:{found['port']}"
        return UsageError(f"`{found[0]}` is how `ssh` takes a port", hint=f"type {here(task, shlex.quote(at))}")
    if hint := OF_SSH.get(word[:2]) if word[:1] == "-" and not word.startswith("--") else None:
        return UsageError(f"`{word[:2]}` is a flag of `ssh`", hint=hint)
    return None
