"""
A command line, looked at before Invoke reads it.

Invoke gives a positional argument whatever comes, `--help` and a mistyped flag too; and of a word that it does not know
it says that it has no idea. Only words of our own tasks are judged here, and requests for help. Flags of the whole line
(`command_line.Options`) are taken out.
"""

from __future__ import annotations

import re
import shlex
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from invoke.exceptions import Exit
from invoke.parser import Parser
from invoke.vendor.lexicon import Lexicon

from ssh_transport.errors import UsageError, commands

from . import command_line, slips
from .arguments import may_be_left_out, replaced_by
from .task import OurTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from invoke.parser import Argument, ParserContext, ParseResult
    from invoke.program import Program

_HELP = ("-h", "--help")
SWITCHES = {
    "--keep-going": "keep_going",
    "--quiet": "quiet",
    "--stop-on-error": "stop_on_error",
    "--wait-for-lock": "waits_for_lock",
}
VALUED = ("--jobs", "--log-file")


@dataclass
class _Line:
    """
    What was found.

    :ivar task: the task whose words are read, or what stands in front of all tasks.
    :ivar missing: its positional arguments that are still to come.
    :ivar given: what it was given so far, by the names of arguments; ``placed`` is what of it was given by its place.
    :ivar flag: a flag whose value is the next word, as it was typed.
    :ivar words: what is left for Invoke.
    :ivar help_of: the task whose help is asked for; nothing of such a line is run.
    """

    task: ParserContext
    missing: list[Argument] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    flag: str = ""
    words: list[str] = field(default_factory=list)
    help_of: str = ""
    options: command_line.Options = field(default_factory=command_line.Options)

    def begin(self, task: ParserContext, hosts: str) -> None:
        """Read words of the next task, which the boxes of `-H` are for, too."""
        self.task = task
        self.missing = [one for one in task.positional_args if one.value is None]
        self.given, self.placed = ({"on": hosts} if hosts and "--on" in task.flags else {}), {}

    def take_of_the_line(self, flag: str, word: str) -> None:
        """
        Take a flag of the whole line.

        :raises UsageError: it takes no value, and has one.
        """
        self.words.pop()
        if flag in SWITCHES:
            if word != flag:
                raise slips.takes_no_value(flag)
            setattr(self.options, SWITCHES[flag], True)
        elif word == flag:
            self.flag = flag
        else:
            self._put(flag, word.removeprefix(f"{flag}="))

    def take_value(self, word: str) -> None:
        """
        Take the value of a flag that came before.

        :raises UsageError: it can't be one.
        """
        flag, self.flag = self.flag, ""
        if flag in VALUED and flag not in self.task.flags:
            self._put(flag, self.words.pop())
            return
        argument = self.task.flags.get(flag)
        if argument is None:
            return
        if (other := word.partition("=")[0]) in self.task.flags:
            raise slips.no_value(flag, other)
        self.note(argument, flag, word)

    def note(self, argument: Argument, flag: str, value: str) -> None:
        """
        Take note of a flag's value.

        :raises UsageError: it is no number, or its argument has come before, by its place.
        """
        if argument.kind is int and not re.fullmatch(r"\s*[-+]?\d+\s*", value):
            raise slips.no_number(flag, value)
        name = str(argument.name)
        if argument.positional and name in self.given:
            raise slips.given_twice(str(self.task.name), name, self.given[name], value)
        self.given[name] = value

    def check(self) -> None:
        """
        Refuse what contradicts itself.

        :raises UsageError: it does.
        """
        if self.options.keep_going and self.options.stop_on_error:
            what = "--keep-going goes on with the other boxes, and --stop-on-error does not"
            raise UsageError(what, hint="leave one out")

    def _put(self, flag: str, value: str) -> None:
        """
        Give a flag of the whole line its value.

        :raises UsageError: it can't be meant.
        """
        if not value:
            raise slips.no_value(flag)
        if flag == "--log-file":
            self.options.log_file = value
            return
        if not value.isdecimal() or int(value) < 1:
            raise UsageError(f"`--jobs={value}` is no number of boxes", hint="1 takes one box after another: --jobs=1")
        self.options.jobs = int(value)


class _Contexts(Lexicon):
    """Invoke copies all of them for each line, and the one that it needs once more: that takes longer than parsing."""

    def __deepcopy__(self, _: object) -> Self:
        return self


class TypedWords(Parser):
    """Invoke's parser for the tasks of a program, and all that goes before."""

    ours: frozenset[str] = frozenset()
    hosts = ""
    is_completing = False
    # Answers a shell that completes a line; whether it did.
    completes: ClassVar[Callable[[Program], bool]] = staticmethod(lambda _: False)

    @classmethod
    def of(cls, program: Program) -> TypedWords:
        """
        Return the one of `fab` or `inv`, once its tasks are loaded.

        :raises Exit: a shell has got its answer.
        """
        ignores = program.config.tasks.ignore_unknown_help
        contexts = program.collection.to_contexts(ignore_unknown_help=ignores)
        made = cls(initial=program.initial_context, contexts=contexts)
        made.contexts.__class__ = _Contexts
        names = [one.name for one in contexts if one.name]
        made.is_completing = bool(program.args.complete.value)
        if made.is_completing and cls.completes(program):
            raise Exit
        made.hosts = str(program.args.hosts.value or "") if "hosts" in program.args else ""
        made.ours = frozenset(name for name in names if isinstance(program.collection[name], OurTask))
        if commands.is_ours(Path(sys.argv[0]).name):
            commands.note(made._as_program(program))
        return made

    def _as_program(self, program: Program) -> commands.Program:
        """Return what hints name; a task may be called otherwise by a team, or be left out."""
        words = [Path(sys.argv[0]).name]
        for flag, name in (("-c", "collection"), ("-r", "search-root")):
            if name in program.args and program.args[name].value:
                words += [flag, program.args[name].value]
        tasks = {program.collection[name].full_name: name for name in self.ours}
        return commands.Program(
            words=shlex.join(words),
            flags=frozenset(self.initial.flags if self.initial else ()),
            tasks=tasks,
            for_boxes=frozenset(of for of, name in tasks.items() if "--on" in self.contexts[name].flags),
        )

    def parse_argv(self, argv: list[str]) -> ParseResult:
        """
        See `Parser`.

        :raises UsageError: there is no such task, or a task of ours has no such flag.
        """
        if self.is_completing:
            # What is half typed is no slip.
            return super().parse_argv(argv)
        line = self._read(argv)
        command_line.typed(line.options)
        if not line.help_of:
            return super().parse_argv(line.words)
        result = super().parse_argv([])
        # As if it had been typed in front of the tasks.
        result[0].args["help"].value = line.help_of
        return result

    def _read(self, words: Sequence[str]) -> _Line:
        line = _Line(self.initial)  # type: ignore[arg-type]  # every program has one
        end = words.index("--") if "--" in words else len(words)
        for number, word in enumerate(words[:end]):
            flag, equals, value = word.partition("=")
            task = line.task
            line.words.append(word)
            if line.flag:
                line.take_value(word)
            elif word in self.contexts and (not line.missing or "." in word):
                # A value may have the name of a task of the team, such as `deploy`; none is called `keys.push`.
                self._require_whole(line)
                line.words[-1:] = [*_for_left_out(line.missing), word]
                line.begin(self.contexts[word], self.hosts)
            elif word in _HELP and word not in task.flags and task.name:
                line.help_of = str(task.name)
                return line
            elif flag not in task.flags and (flag in SWITCHES or flag in VALUED):
                line.take_of_the_line(flag, word)
            elif flag in task.flags:
                self._take_flag(line, flag, value if equals else None)
            else:
                self._judge(words[number:end], line)
        if line.flag and (line.flag in VALUED or self._is_ours(line.task)):
            raise slips.no_value(line.flag)
        self._require_whole(line)
        line.check()
        line.words += [*_for_left_out(line.missing), *words[end:]]
        return line

    def _take_flag(self, line: _Line, flag: str, value: str | None) -> None:
        argument = line.task.flags[flag]
        line.missing = [one for one in line.missing if one is not argument and replaced_by(one) is not argument]
        if value is None:
            line.flag = flag if argument.takes_value and not argument.optional else ""
        elif self._is_ours(line.task):
            if not argument.takes_value:
                raise slips.takes_no_value(flag)
            line.note(argument, flag, value)

    def _judge(self, rest: Sequence[str], line: _Line) -> None:
        """Take what is no flag of the task: a value that is waited for, or a flag of the program; or raise an error."""
        word, flag, task = rest[0], rest[0].partition("=")[0], line.task
        is_dashed = len(word) > 1 and word.startswith("-")
        of_program = self.initial.flags if self.initial else {}
        if task is self.initial:
            if is_dashed:
                raise slips.no_such_flag_of_program(flag, rest, self.contexts)
            raise slips.no_such_task(rest, sorted(self.contexts), self.hosts)
        if not self._is_ours(task) or flag in task.inverse_flags:
            # What a team's task takes is not known here.
            line.missing = line.missing[not is_dashed :]
            return
        if slips.is_unquoted(word, line.given, line.missing):
            raise slips.unquoted(str(task.name), line.given, rest)
        if flag in of_program:
            argument = of_program[flag]
            line.flag = flag if argument.takes_value and not argument.optional and flag == word else ""
        elif is_dashed:
            raise slips.no_such_flag(str(task.name), rest, task.flags)
        elif not line.missing:
            raise slips.one_too_many(task, line.given, rest)
        else:
            line.placed[str(line.missing[0].name)] = line.given[str(line.missing.pop(0).name)] = word

    def _require_whole(self, line: _Line) -> None:
        """
        Check that a task of ours has what it needs.

        :raises UsageError: something is missing.
        """
        needed = [argument for argument in line.missing if not may_be_left_out(argument)]
        if needed and self._is_ours(line.task):
            raise slips.missing(line.task, needed, line.given)
        if self._is_ours(line.task) and slips.is_pattern(line.placed):
            raise slips.pattern(str(line.task.name), line.given)

    def _is_ours(self, task: ParserContext) -> bool:
        return task.name in self.ours


def _for_left_out(missing: Iterable[Argument]) -> list[str]:
    """Return the empty words that stand for arguments that were left out."""
    return ["" for argument in missing if may_be_left_out(argument)]
