"""What was found in a command line, task by task."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ssh_transport.errors import UsageError

from . import command_line, expanded, slips

if TYPE_CHECKING:
    from invoke.parser import Argument, ParserContext

SWITCHES = {
    "--keep-going": "keep_going",
    "--quiet": "quiet",
    "--stop-on-error": "stop_on_error",
    "--wait-for-lock": "waits_for_lock",
}
VALUED = ("--jobs", "--log-file")


@dataclass
class Line:
    """
    What was found.

    :ivar task: the task whose words are read, or what stands in front of all tasks.
    :ivar missing: its positional arguments that are still to come.
    :ivar given: what it was given so far, by the names of arguments; ``placed`` is what of it was given by its place.
    :ivar flags: its other flags, as they are typed in one word.
    :ivar flag: a flag whose value is the next word, as it was typed.
    :ivar words: what is left for Invoke.
    :ivar in_front: how many of them, flags of the program, were put before all others; ``has_hosts`` if `-H` was.
    :ivar help_of: the task whose help is asked for; nothing of such a line is run.
    """

    task: ParserContext
    missing: list[Argument] = field(default_factory=list)
    given: dict[str, str] = field(default_factory=dict)
    placed: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    flag: str = ""
    words: list[str] = field(default_factory=list)
    help_of: str = ""
    in_front: int = 0
    has_hosts: bool = False
    options: command_line.Options = field(default_factory=command_line.Options)

    def begin(self, task: ParserContext, hosts: str) -> None:
        """Read words of the next task, which the boxes of `-H` are for, too."""
        self.task = task
        self.missing = [one for one in task.positional_args if one.value is None]
        self.given, self.placed = ({"on": hosts} if hosts and "--on" in task.flags else {}), {}
        self.flags = []

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

    def take_of_program(self, argument: Argument, flag: str, word: str, hosts: str) -> None:
        """
        Take a flag of the program behind a task, and put it before all tasks: Invoke would take it for a path.

        :param hosts: the boxes that are named before all tasks.
        :raises UsageError: it names boxes where some are named.
        """
        if "hosts" in argument.names:
            if hosts or self.has_hosts:
                raise UsageError("boxes are named twice", hint="`-H` stands once in a line: -H BOX,BOX")
            self.has_hosts = True
        if not argument.takes_value or not argument.optional:
            self.words.insert(self.in_front, self.words.pop())
            self.in_front += 1
        self.flag = flag if argument.takes_value and not argument.optional and flag == word else ""

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
            if self.in_front:
                self.words.insert(self.in_front, self.words.pop())
                self.in_front += 1
            return
        if (other := word.partition("=")[0]) in self.task.flags:
            raise slips.no_value(flag, other)
        self.note(argument, flag, word)

    def note(self, argument: Argument, flag: str, value: str) -> None:
        """
        Take note of a flag's value.

        :raises UsageError: it is no number, holds another flag, or its argument has come before, by its place.
        """
        if argument.kind is int and not re.fullmatch(r"\s*[-+]?\d+\s*", value):
            raise slips.no_number(flag, value)
        name = str(argument.name)
        if argument.positional and name in self.given:
            raise slips.given_twice(self.task, name, self.given, value)
        if inside := expanded.has_flag(name, value, self.task):
            raise expanded.joined(self.task, flag, value, inside)
        self.given[name] = value
        if not argument.positional and name != "on":
            self.flags.append(f"{flag}={value}")

    def place(self, word: str) -> None:
        """
        Take a word for the next positional argument.

        :raises UsageError: a shell has made it, or it holds a flag.
        """
        task, name = str(self.task.name), str(self.missing[0].name)
        if expanded.are_boxes([*self.words[-3:-1], word]):
            raise expanded.boxes(task, self.words[-2], word, name)
        if inside := expanded.has_flag(name, word, self.task):
            raise expanded.joined(self.task, "", word, inside)
        self.missing.pop(0)
        self.placed[name] = self.given[name] = word

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
