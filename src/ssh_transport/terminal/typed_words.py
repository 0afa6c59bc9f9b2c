"""
A command line, looked at before Invoke reads it.

Invoke gives a positional argument whatever comes, `--help` and a mistyped flag too; and of a word that it does not know
it says that it has no idea. Only words of our own tasks are judged here, and requests for help. Flags of the whole line
(`command_line.Options`) are taken out.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from invoke.parser import Parser

from ssh_transport.errors import UsageError

from . import command_line
from .task import OurTask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from invoke.parser import ParserContext, ParseResult
    from invoke.program import Program

_HELP = ("-h", "--help")


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

    def take(self, flag: str, value: str) -> bool:
        """
        Take a flag of the whole line; return whether it was one.

        :raises UsageError: it has no value.
        """
        if flag == "--log-file":
            if not value:
                raise UsageError("`--log-file` names no file", hint="--log-file=FILE")
            self.options.log_file = value
        elif flag == "--keep-going":
            self.options.keep_going = True
        elif flag == "--quiet":
            self.options.quiet = True
        elif flag == "--wait-for-lock":
            self.options.waits_for_lock = True
        else:
            return False
        return True


class TypedWords(Parser):
    """Invoke's parser for the tasks of a program, and all that goes before."""

    ours: frozenset[str] = frozenset()

    @classmethod
    def of(cls, program: Program) -> TypedWords:
        """Return the one of `fab` or `inv`, once its tasks are loaded."""
        ignores = program.config.tasks.ignore_unknown_help
        contexts = program.collection.to_contexts(ignore_unknown_help=ignores)
        made = cls(initial=program.initial_context, contexts=contexts)
        names = [one.name for one in contexts if one.name]
        made.ours = frozenset(name for name in names if isinstance(program.collection[name], OurTask))
        return made

    def parse_argv(self, argv: list[str]) -> ParseResult:
        """
        See `Parser`.

        :raises UsageError: there is no such task, or a task of ours has no such flag.
        """
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
        is_value = False
        end = words.index("--") if "--" in words else len(words)
        for word in words[:end]:
            flag, equals, value = word.partition("=")
            line.words.append(word)
            if is_value:
                is_value = False
            elif _begins_a_task(word, context, self.contexts):
                context = self.contexts[word]
            elif word in _HELP and word not in context.flags and context.name:
                line.help_of = str(context.name)
                return line
            elif flag not in context.flags and line.take(flag, value):
                line.words.pop()
            elif flag in context.flags:
                argument = context.flags[flag]
                is_value = argument.takes_value and not equals and not argument.optional
            elif context is self.initial and not word.startswith("-"):
                raise _unknown_task(word, self.contexts)
            elif len(word) > 1 and word.startswith("-") and self._is_unknown(flag, context):
                raise _unknown_flag(context.name, flag, context.flags.keys())
        line.words += words[end:]
        return line

    def _is_unknown(self, flag: str, context: ParserContext) -> bool:
        """Whether a task of ours has no such flag, and the program has none either."""
        of_program = self.initial.flags if self.initial else ()
        return context.name in self.ours and flag not in context.inverse_flags and flag not in of_program


def _begins_a_task(word: str, context: ParserContext, contexts: Mapping[str, ParserContext]) -> bool:
    """A value may have the name of a task of the team, such as `deploy`; none is called `keys.push`."""
    return word in contexts and (not context.missing_positional_args or "." in word)


def _unknown_task(word: str, known: Iterable[str]) -> UsageError:
    return UsageError(f"there is no task `{word}`", hint=f"{_meant(word, known)}all tasks: --list")


def _meant(word: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]}? " if near else ""


def _unknown_flag(task: str, flag: str, known: Iterable[str]) -> UsageError:
    meant = _meant(flag, (*known, "--help"))
    hint = f"{meant}a value that begins with a dash is typed as --NAME=VALUE; all flags: --help {task}"
    return UsageError(f"{task} has no flag `{flag}`", hint=hint)
