"""
A command line, looked at before Invoke reads it.

Invoke gives a positional argument whatever comes, `--help` and a mistyped flag too; and of a word that it does not know
it says that it has no idea. Only words of our own tasks are judged here, and requests for help. Flags of the whole line
(`command_line.Options`) are taken out.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from invoke.exceptions import Exit
from invoke.parser import Parser

from ssh_transport.errors import UsageError

from . import command_line
from .arguments import may_be_left_out, replaced_by
from .task import OurTask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from invoke.parser import Argument, ParserContext, ParseResult
    from invoke.program import Program

_HELP = ("-h", "--help")
OF_THE_LINE = {
    "--keep-going": "keep_going",
    "--log-file": "log_file",
    "--quiet": "quiet",
    "--wait-for-lock": "waits_for_lock",
}


@dataclass
class _Line:
    """
    What was found.

    :ivar words: what is left for Invoke.
    :ivar help_of: the task whose help is asked for; nothing of such a line is run.
    """

    words: list[str] = field(default_factory=list)
    help_of: str = ""
    options: command_line.Options = field(default_factory=command_line.Options)

    def take(self, flag: str, word: str) -> bool:
        """
        Take a flag of the whole line; return whether its value is the next word.

        :raises UsageError: it takes no value, and has one.
        """
        if flag == "--log-file":
            self.options.log_file = word.removeprefix(flag).removeprefix("=")
            return not self.options.log_file
        if word != flag:
            raise UsageError(f"`{flag}` takes no value", hint=f"leave it out, or type {flag}")
        setattr(self.options, OF_THE_LINE[flag], True)
        return False


class TypedWords(Parser):
    """Invoke's parser for the tasks of a program, and all that goes before."""

    ours: frozenset[str] = frozenset()
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
        names = [one.name for one in contexts if one.name]
        made.is_completing = bool(program.args.complete.value)
        if made.is_completing and cls.completes(program):
            raise Exit
        made.ours = frozenset(name for name in names if isinstance(program.collection[name], OurTask))
        return made

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
        line = _Line()
        context: Any = self.initial
        missing: list[Argument] = []
        is_value = is_log_file = False
        end = words.index("--") if "--" in words else len(words)
        for word in words[:end]:
            flag, equals, _ = word.partition("=")
            line.words.append(word)
            if is_log_file:
                line.options.log_file, is_log_file = line.words.pop(), False
            elif is_value:
                is_value = False
            elif word in self.contexts and (not missing or "." in word):
                # A value may have the name of a task of the team, such as `deploy`; none is called `keys.push`.
                line.words[-1:] = [*_for_left_out(missing), word]
                context = self.contexts[word]
                missing = list(context.positional_args)
            elif word in _HELP and word not in context.flags and context.name:
                line.help_of = str(context.name)
                return line
            elif flag not in context.flags and flag in OF_THE_LINE:
                line.words.pop()
                is_log_file = line.take(flag, word)
            elif flag in context.flags:
                argument = context.flags[flag]
                missing = [one for one in missing if one is not argument and replaced_by(one) is not argument]
                is_value = argument.takes_value and not equals and not argument.optional
            else:
                self._judge(word, flag, context)
                missing = missing[1:]
        if is_log_file:
            raise UsageError("`--log-file` names no file", hint="--log-file=FILE")
        line.words += [*_for_left_out(missing), *words[end:]]
        return line

    def _judge(self, word: str, flag: str, context: ParserContext) -> None:
        """Raise an error for what is neither a flag nor a value that is waited for."""
        if context is self.initial and not word.startswith("-"):
            raise UsageError(f"there is no task `{word}`", hint=f"{_meant(word, self.contexts)}all tasks: --list")
        if len(word) > 1 and word.startswith("-") and self._is_unknown(flag, context):
            raise _unknown_flag(context.name or "", flag, context.flags.keys())

    def _is_unknown(self, flag: str, context: ParserContext) -> bool:
        """Whether a task of ours has no such flag, and the program has none either."""
        of_program = self.initial.flags if self.initial else ()
        return context.name in self.ours and flag not in context.inverse_flags and flag not in of_program


def _for_left_out(missing: Iterable[Argument]) -> list[str]:
    """Return the empty words that stand for arguments that were left out."""
    return ["" for argument in missing if may_be_left_out(argument)]


def _meant(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}? " if near else ""


def _unknown_flag(task: str, flag: str, known: Iterable[str]) -> UsageError:
    meant = _meant(flag, (*known, "--help"))
    hint = f"{meant}a value that begins with a dash is typed as --NAME=VALUE; all flags: --help {task}"
    return UsageError(f"{task} has no flag `{flag}`", hint=hint)
