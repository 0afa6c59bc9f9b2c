"""What is said of a slip in a command line: what was typed, and the command that is probably meant."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError
from ssh_transport.errors.commands import here
from ssh_transport.text import did_you_mean

from . import others, sides
from .arguments import replaced_by

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from invoke.parser import Argument, ParserContext

_DASHED = "a value that begins with a dash is typed as --NAME=VALUE"
_TOP = ("--help", "--list", "--version")
# A connection string without a word that could be a password: such words are not repeated.
_PLAIN = re.compile(
    r"(?:ssh )?(?:-p ?\d+ |-i [~/.]\S+ )*(?:[\w.-]+@)?[\w.-]+(?::\d+)?(?: -p ?\d+| -i [~/.]\S+)*", re.ASCII
)
_HOSTS = ("-H", "--hosts")
# What chats and word processors make of the hyphens of a flag: U+2010 to U+2015 and the minus sign.
_PRINTED_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_NAMED = 3
# Verbs that other programs have for what a task of ours does.
_AWAY = ("remove", "revoke", "forget")
_ALSO = {
    **dict.fromkeys(("forget", "remove", "revoke", "delete", "rm", "del", "drop", "unset", "clear"), _AWAY),
    **dict.fromkeys(("download", "fetch", "from"), ("pull", "get")),
    **dict.fromkeys(("upload", "send", "to"), ("push", "put")),
    **dict.fromkeys(("set", "install", "authorize", "copy-id"), ("push", "add")),
    **dict.fromkeys(("new", "create", "make", "init", "gen"), ("generate", "add")),
    **dict.fromkeys(("sync", "cp", "scp", "rsync", "mirror"), ("pull", "push")),
    **dict.fromkeys(("edit", "change", "set-port", "rename"), ("update",)),
    **dict.fromkeys(("ls", "all"), ("list",)),
    **dict.fromkeys(("test", "ping", "status", "diagnose"), ("check", "verify", "doctor")),
    **dict.fromkeys(("check", "compare", "diff"), ("verify", "check", "audit")),
    **dict.fromkeys(("clean", "destroy", "end", "exit"), ("leave",)),
    **dict.fromkeys(("kill", "terminate"), ("stop",)),
    **dict.fromkeys(("start", "restart", "run"), ("relaunch",)),
    **dict.fromkeys(("help", "why"), ("explain",)),
}
_OF_SSH = frozenset(["-p", "-P", "-i", "-J", "-l", "-o", "-L", "-A", "-N", "-D", "-t", "-v"])


def no_such_task(words: Sequence[str], names: Sequence[str], hosts: str) -> UsageError:
    """Return the error for a word that is no task, where one is due; boxes may have been named before."""
    word = words[0]
    if hosts and (os.path.lexists(word) or did_you_mean(word, hosts.split(","))):
        return UsageError(f"`{word}` is no task, and looks like a second box", hint=several(hosts, word, "TASK"))
    if len(quoted := word.split()) > 1 and quoted[0] in names:
        meant = f"{here(quoted[0], shlex.quote(hosts) if hosts else '')} {shlex.join(quoted[1:])}"
        return UsageError(f"`{word}` is one word, and should be several", hint=f"leave the quotes out: {meant}")
    space, _, verb = word.partition(".")
    inside = [name for name in names if name.startswith(f"{space}.")]
    if verb and inside:
        alike = [name for other in _ALSO.get(verb, ()) if (name := f"{space}.{other}") in inside]
        meant = (
            f"did you mean {', '.join(alike)}? "
            if alike
            else did_you_mean(verb, [name.partition(".")[2] for name in inside], before=f"{space}.")
        )
        its = "" if meant else f"they are {', '.join(inside)}; "
        return UsageError(f"there is no task `{word}`", hint=f"{meant}{its}all tasks: ssh-transport --list")
    spaced = f"{word}.{words[1]}" if len(words) > 1 else ""
    last = [name for name in names if name.rpartition(".")[2] == word]
    of_it = [spaced] if spaced in names else last or inside
    meant = f"did you mean {', '.join(of_it)}? " if of_it else did_you_mean(word, (*names, *_TOP))
    return UsageError(f"there is no task `{word}`", hint=f"{meant}all tasks: ssh-transport --list")


def no_such_flag(task: str, rest: Sequence[str], known: Collection[str]) -> UsageError:
    """Return the error for a flag that a task does not have."""
    flag = rest[0].partition("=")[0]
    if flag in _HOSTS and len(rest) > 1:
        return _of_fab(flag, rest[1], task)
    if len(quoted := rest[0].split()) > 1 and quoted[0].partition("=")[0] in known:
        meant = f"{here(task)} {shlex.join(quoted)}"
        return UsageError(f"`{rest[0]}` is one word, and begins with a flag", hint=f"leave the quotes out: {meant}")
    # One letter is like any other.
    meant = did_you_mean(flag, (*known, "--help")) if flag.startswith("--") else ""
    return UsageError(f"{task} has no flag `{flag}`", hint=f"{meant}{_DASHED}; all flags: {here(task)} --help")


def no_such_flag_of_program(flag: str, rest: Sequence[str], contexts: Mapping[str, ParserContext]) -> UsageError:
    """Return the error for a flag in front of all tasks that the program does not have."""
    tasks = [word for word in rest if word in contexts]
    if flag in _HOSTS and len(rest) > 1:
        return _of_fab(flag, rest[1], tasks[0] if tasks else "TASK")
    if tasks and flag in contexts[tasks[0]].flags:
        behind = shlex.join([tasks[0], rest[0]])
        return UsageError(f"`{flag}` is a flag of {tasks[0]}", hint=f"type it behind the task: {behind}")
    if tasks and (slip := others.told(tasks[0], rest[: 1 + (rest[1] != tasks[0])], contexts[tasks[0]].flags)):
        return slip
    return UsageError(f"there is no flag `{flag}`", hint="all flags: --help; of a task: ssh-transport TASK --help")


def printed_dash(word: str, known: Collection[str]) -> UsageError | None:
    """Return the error for a flag that begins with a dash of printed text; None where the word is no flag."""
    if not word.startswith(tuple(_PRINTED_DASHES)) or os.path.lexists(word):
        return None
    name = word.lstrip(f"-{_PRINTED_DASHES}").partition("=")[0]
    flag = f"--{name}" if len(name) > 1 else f"-{name}"
    if flag not in known:
        return None
    printed = word.partition("=")[0]
    what = f"`{printed}` begins with a dash of printed text, and `{flag}` is a flag"
    return UsageError(what, hint=f"type its hyphens anew: {flag}")


def missing(
    context: ParserContext, lacking: Sequence[Argument], given: Mapping[str, str], flags: Sequence[str]
) -> UsageError:
    """Return the error for positional arguments that were not given; ``flags`` are the others, as they were typed."""
    task = context.name
    names = [str(argument.name) for argument in lacking]
    if names == ["string"] and _is_endpoint(given.get("project", "")):
        what = f"{task}: only a connection string was given, and its alias needs a name"
        return UsageError(what, hint=f"{here(str(task))} NAME {_quoted(given['project'])}")
    wanted = " and ".join(map(_in_short, lacking))
    values = [
        shlex.quote(given[name]) if name in given else name.upper()
        for name in (str(argument.name) for argument in context.positional_args)
    ]
    verb = "is" if len(lacking) == 1 else "are"
    hint = f"type {here(str(task), boxes_of(given))} {' '.join([*values, *map(shlex.quote, flags)])}"
    return UsageError(f"{task}: {wanted} {verb} missing", hint=hint)


def is_unquoted(word: str, given: Mapping[str, str], lacking: Sequence[Argument]) -> bool:
    """Whether a word goes on with a connection string of which the first word was taken for all of it."""
    takes_string = "string" in given or any(argument.name == "string" for argument in lacking)
    is_over = word in _OF_SSH if lacking else not word.startswith("--")
    return takes_string and is_over and bool(given)


def unquoted(task: str, given: Mapping[str, str], rest: Sequence[str]) -> UsageError:
    """Return the error for a connection string that the shell has taken apart."""
    values = [value for name, value in given.items() if name in {"project", "alias", "string"}]
    until = next((number for number, word in enumerate(rest) if word.startswith("--")), len(rest))
    # Without a name, its first word was taken for that.
    named = values[0] if "string" in given and values[0] != "ssh" else "NAME"
    string = " ".join([*values[named != "NAME" :], *rest[:until]])
    what = f"{task}: the connection string has to be one word"
    return UsageError(what, hint=f"put quotes around it: {here(task)} {named} {_quoted(string)}")


def one_too_many(context: ParserContext, given: Mapping[str, str], rest: Sequence[str]) -> UsageError:
    """Return the error for a word that is left over, with what it may be meant for."""
    task, word = str(context.name), rest[0]
    if task.rpartition("secrets.")[1] and "--name" in context.flags:
        return _maybe_secret(task, given)
    if "to" not in given and (slip := sides.turned_back(task, {**given, "to": word})):
        return slip
    free = [name for name in ("path", "name", "to") if f"--{name}" in context.flags and name not in given]
    spread = [value for value in (*_values(context, given), *rest) if value[:1] != "-" and os.path.lexists(value)]
    boxes = given.get("on", "")
    said = f"{task}: `{word}` is one word too many"
    if _source_has_a_flag(context, given) and "to" in given:
        return _source(task, given, given["to"], word)
    if boxes and did_you_mean(word, boxes.split(",")):
        hint = several(boxes, word, task)
    elif len(spread) > 1 and "--path" not in context.flags:
        hint = several(spread[0], spread[1], task) if "--on" in context.flags else f"see {here(task)} --help"
    elif len(spread) > 1:
        names = ", ".join([*spread[:_NAMED], *(["..."] if len(spread) > _NAMED else [])])
        said = f"{task} takes one path, and there are {len(spread)}: {names}"
        hint = "a shell puts all names in place of a pattern: name the directory, and leave out the rest by --exclude"
    elif "problem" in given:
        hint = f"put quotes around what was said: {here(task)} {shlex.quote(' '.join([given['problem'], *rest]))}"
    elif free and not (free == ["to"] and "path" not in given):
        hint = f"type {here(task, boxes_of(given))} {shlex.join([*_values(context, given), f'--{free[0]}={word}'])}"
    elif "--on" in context.flags and not boxes:
        words = shlex.join(_values(context, given))
        hint = f"is it a box? type {here(task, shlex.quote(word))} {words}".rstrip()
    else:
        hint = f"see {here(task)} --help"
    return UsageError(said, hint=hint)


def _maybe_secret(task: str, given: Mapping[str, str]) -> UsageError:
    """Return the error for a word that may be the secret itself, and is not said again."""
    what = f"{task}: there is a word too many behind it"
    if not task.endswith("secrets.push"):
        return UsageError(what, hint="one secret at a time, by its name")
    again = f"{here(task, boxes_of(given))} {given.get('name', 'NAME')}"
    return UsageError(
        what,
        cause="if it was the secret: it stands in the history of your shell now, and the list of processes had it",
        hint="a value is never typed. Revoke this one where it comes from and make another; take the line out of "
        f"the history (in bash: history -d -1); then be asked for the value: {again}",
    )


def given_twice(context: ParserContext, name: str, given: Mapping[str, str], second: str) -> UsageError:
    """Return the error for a positional argument that came as a flag, too."""
    task, first = str(context.name), given[name]
    if name == "to" and _source_has_a_flag(context, given):
        return _source(task, given, first, second)
    hint = "leave one of them out"
    if name == "to":
        hint += "; a shell puts all names in place of a pattern: name the directory instead"
    else:
        hint += f"; if `{first}` is a box: {here(task, shlex.quote(first))} ..."
    return UsageError(f"{task}: `--{name}` is given twice: `{first}` and `{second}`", hint=hint)


def _source_has_a_flag(context: ParserContext, given: Mapping[str, str]) -> bool:
    """Whether the first word of a task is its target, and what to bring there was not said."""
    placed = [argument.name for argument in context.positional_args]
    return placed == ["to"] and "--path" in context.flags and not {"path", "from_"} & set(given)


def _source(task: str, given: Mapping[str, str], path: str, to: str) -> UsageError:
    meant = f"{here(task, boxes_of(given))} {shlex.join([f'--path={path}', f'--to={to}'])}"
    return UsageError(f"{task}: `{path}` stands where the target is due", hint=f"what to bring has a flag: {meant}")


def no_value(flag: str, word: str = "") -> UsageError:
    """Return the error for a flag without its value; `word` is another flag that came instead."""
    instead = f", and `{word}` is another flag" if word else ""
    return UsageError(f"`{flag}` wants a value{instead}", hint=f"{flag}=VALUE")


def no_number(flag: str, value: str) -> UsageError:
    """Return the error for a value that should be a whole number."""
    return UsageError(f"`{flag}` wants a whole number, not `{value}`", hint=f"such as {flag}=10")


def takes_no_value(flag: str) -> UsageError:
    """Return the error for a value behind a flag that has none."""
    return UsageError(f"`{flag}` takes no value", hint=f"leave it out, or type {flag}")


def _of_fab(flag: str, boxes: str, task: str) -> UsageError:
    return UsageError(f"`{flag}` is a flag of fab", hint=f"type {here(task, shlex.quote(boxes))}")


def several(boxes: str, word: str, task: str) -> str:
    """Return how two boxes are typed, where a shell has made two words of them."""
    one, pattern = here(task, f"{boxes},{word}"), here(task, f"'{common(boxes, word)}*'")
    return f"several boxes are one word: {one}; a pattern is quoted: {pattern}"


def common(boxes: str, word: str) -> str:
    """Return what the name of the first box and another word begin with."""
    first = boxes.split(",", maxsplit=1)[0]
    return next(first[:length] for length in range(len(first), -1, -1) if word.startswith(first[:length]))


def _values(context: ParserContext, given: Mapping[str, str]) -> list[str]:
    """Return the positional arguments as they were given, for the command that is meant."""
    names = (str(argument.name) for argument in context.positional_args)
    return [given[name] for name in names if name in given]


def _in_short(argument: Argument) -> str:
    """Return its name, with the beginning of its help text, and the flag that can stand in for it."""
    name, other = str(argument.name).upper(), replaced_by(argument)
    said = re.split("[;:,(]", argument.help or "")[0].strip()
    about = f" ({said[:1].lower()}{said[1:]})" if said and said.upper() != name else ""
    return f"{name}{about}{f' or --{other.name}' if other else ''}"


def boxes_of(given: Mapping[str, str]) -> str:
    """Return the boxes of a task, as a shell takes them."""
    return shlex.quote(given["on"]) if given.get("on") else ""


def _is_endpoint(text: str) -> bool:
    return bool(re.search(r"\s|@|://", text.strip()))


def _quoted(string: str) -> str:
    return shlex.quote(string) if _PLAIN.fullmatch(string) else "'ssh -p PORT USER@HOST'"
