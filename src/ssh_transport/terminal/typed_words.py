"""
A command line, looked at before Invoke reads it.

Invoke gives a positional argument whatever comes, `--help` and a mistyped flag too; and of a word that it does not know
it says that it has no idea. Only words of our own tasks are judged here, and requests for help. Flags of the whole line
(`command_line.Options`) are taken out.
"""

from __future__ import annotations

import functools
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from invoke.exceptions import Exit
from invoke.parser import Parser
from invoke.vendor.lexicon import Lexicon

from ssh_transport.errors import UsageError, commands

from . import command_line, expanded, no_task, orders, others, sides, slips
from .arguments import may_be_left_out, replaced_by
from .task import OurTask
from .typed_line import SWITCHES, VALUED, Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from invoke.parser import Argument, ParserContext, ParseResult
    from invoke.program import Program

_HELP = ("-h", "--help")


class _Contexts(Lexicon):
    """Invoke copies all of them for each line, and the one that it needs once more: that takes longer than parsing."""

    def __deepcopy__(self, _: object) -> Self:
        return self


class TypedWords(Parser):
    """Invoke's parser for the tasks of a program, and all that goes before."""

    ours: frozenset[str] = frozenset()
    namespaces: frozenset[str] = frozenset()
    hosts = ""
    typed: Sequence[str] = ()
    is_completing = False
    without_task: Callable[[], UsageError | None] = staticmethod(lambda: None)
    # Answers a shell that completes a line; whether it did.
    completes: ClassVar[Callable[[Program], bool]] = staticmethod(lambda _: False)

    @classmethod
    def of(cls, program: Program) -> TypedWords:
        """
        Return the one of `fab` or `inv`, once its tasks are loaded.

        :raises Exit: a shell has got its answer.
        :raises UsageError: a flag of the program has a task for its value.
        """
        ignores = program.config.tasks.ignore_unknown_help
        contexts = program.collection.to_contexts(ignore_unknown_help=ignores)
        made = cls(initial=program.initial_context, contexts=contexts)
        # Its own way to set an attribute makes it an item.
        object.__setattr__(made.contexts, "__class__", _Contexts)
        names = [one.name for one in contexts if one.name]
        made.is_completing = bool(program.args.complete.value)
        if made.is_completing and cls.completes(program):
            raise Exit
        made.hosts, made.typed = no_task.named_hosts(program), program.argv[1:]
        made.without_task = functools.partial(no_task.missing, program)
        made.ours = frozenset(name for name in names if isinstance(program.collection[name], OurTask))
        if commands.is_ours(Path(sys.argv[0]).name):
            commands.note(made._as_program(program))
        made.namespaces = frozenset(orders.namespaces(program))
        for look in (orders.read, no_task.swallowed) if not made.is_completing else ():
            if slip := look(program, made.contexts):
                raise slip
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
            if line.task is self.initial and (slip := self.without_task()):
                raise slip
            return super().parse_argv(line.words)
        result = super().parse_argv([])
        # As if it had been typed in front of the tasks.
        order = "list" if line.help_of in self.namespaces else "help"
        result[0].args[order].value = line.help_of
        return result

    def _read(self, words: Sequence[str]) -> Line:
        line = Line(self.initial)  # type: ignore[arg-type]  # every program has one
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
            elif task is self.initial and word in self.namespaces and set(words[number + 1 : number + 2]) & set(_HELP):
                line.help_of = word
                return line
            elif word in _HELP and word not in task.flags and task.name:
                line.help_of = str(task.name)
                return line
            elif flag not in task.flags and (flag in SWITCHES or flag in VALUED):
                line.take_of_the_line(flag, word)
            elif flag in task.flags:
                self._take_flag(line, flag, value if equals else None)
            else:
                self._judge(words[number:end], line, words[number - 1] if number else "")
        if line.flag and (line.flag in VALUED or self._is_ours(line.task)):
            raise slips.no_value(line.flag)
        self._require_whole(line)
        line.check()
        line.words += [*_for_left_out(line.missing), *words[end:]]
        return line

    def _take_flag(self, line: Line, flag: str, value: str | None) -> None:
        argument = line.task.flags[flag]
        line.missing = [one for one in line.missing if one is not argument and replaced_by(one) is not argument]
        if value is None:
            if argument.takes_value and not argument.optional:
                line.flag = flag
            else:
                line.flag = ""
                line.flags.append(flag)
        elif self._is_ours(line.task):
            if not argument.takes_value:
                raise slips.takes_no_value(flag)
            line.note(argument, flag, value)

    def _judge(self, rest: Sequence[str], line: Line, before: str) -> None:
        """Take what is no flag of the task: a value that is waited for, or a flag of the program; or raise an error."""
        word, flag, task = rest[0], rest[0].partition("=")[0], line.task
        is_dashed = len(word) > 1 and word.startswith("-")
        of_program = self.initial.flags if self.initial else {}
        self._refuse_printed_dash(word, task)
        if task is self.initial:
            named = next((one for one in rest if one in self.contexts), "TASK")
            if slip := no_task.flag_of_ssh(word, self.hosts, self.typed, named):
                raise slip
            if is_dashed:
                raise slips.no_such_flag_of_program(flag, rest, self.contexts)
            raise slips.no_such_task(rest, sorted(self.contexts), self.hosts)
        if not self._is_ours(task) or flag in task.inverse_flags:
            # What a team's task takes is not known here.
            line.missing = line.missing[not is_dashed :]
            return
        if slips.is_unquoted(word, line.given, line.missing):
            raise slips.unquoted(str(task.name), line.given, rest)
        self._refuse_foreign(rest, line, before)
        if flag in of_program:
            line.take_of_program(of_program[flag], flag, word, self.hosts)
        elif is_dashed:
            raise slips.no_such_flag(str(task.name), rest, task.flags)
        elif not line.missing:
            raise slips.one_too_many(task, line.given, rest)
        else:
            line.place(word)

    def _refuse_foreign(self, rest: Sequence[str], line: Line, before: str) -> None:
        """Raise an error for a flag that another program has, or its value."""
        word, flag, task = rest[0], rest[0].partition("=")[0], line.task
        is_dashed = len(word) > 1 and word.startswith("-")
        is_of_program = self.initial is not None and flag in self.initial.flags
        hosts = line.given.get("on", self.hosts)
        if is_dashed and (not is_of_program or others.is_mistaken(rest)):
            slip = others.told(str(task.name), rest, task.flags, hosts)
            if slip:
                raise slip
        is_foreign = (is_dashed and not is_of_program) or before == "-p"
        if is_foreign and (slip := no_task.flag_of_ssh(word, hosts, self.typed, str(task.name))):
            raise slip

    def _refuse_printed_dash(self, word: str, task: ParserContext) -> None:
        of_program = self.initial.flags if self.initial else {}
        slip = slips.printed_dash(word, (*task.flags, *of_program, *SWITCHES, *VALUED, *_HELP))
        if slip and (task is self.initial or self._is_ours(task)):
            raise slip

    def _require_whole(self, line: Line) -> None:
        """
        Check that a task of ours has what it needs.

        :raises UsageError: something is missing.
        """
        if self._is_ours(line.task) and (slip := sides.turned(str(line.task.name), line.given)):
            raise slip
        needed = [argument for argument in line.missing if not may_be_left_out(argument)]
        if needed and self._is_ours(line.task):
            raise slips.missing(line.task, needed, line.given, line.flags)
        if self._is_ours(line.task) and expanded.is_pattern(line.placed):
            raise expanded.pattern(str(line.task.name), line.given)

    def _is_ours(self, task: ParserContext) -> bool:
        return task.name in self.ours


def _for_left_out(missing: Iterable[Argument]) -> list[str]:
    """Return the empty words that stand for arguments that were left out."""
    return ["" for argument in missing if may_be_left_out(argument)]
