"""The `ssh-transport` program: `fab` with our tasks built in."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.metadata import version
from typing import Any

import fabric
from fabric.main import Fab
from invoke import Exit
from invoke.parser import Argument

from .errors.translation import translate
from .tasks import ns
from .terminal import report, ssh_config, task_help
from .terminal.executor import Executor
from .terminal.typed_words import TypedWords

FIRST_LINES = """\
Keys, aliases, files and secrets to and from rented GPU boxes, over links that drop:

  ssh-transport config.add proj 'ssh -p 38076 root@HOST'
  ssh-transport -H proj-1 keys.push
  ssh-transport -H proj-1 transfer.push ./data/ --to=/root/data
  ssh-transport -H proj-1 transfer.pull /ckpt --verify
  ssh-transport -H 'proj-*' config.verify

All tasks: --list   One of them: --help TASK   Completion: --install-completion
What is wrong: config.doctor --on BOX   The manual: man ssh-transport"""


class Runner(Fab):
    """`fab`, but project settings come from the working directory: built-in tasks have no directory of their own."""

    def core_args(self) -> list[Argument]:
        """Add our own."""
        about = "Have bash, zsh or fish complete ssh-transport, fab and inv (default: the login shell)"
        install = Argument(names=("install-completion",), kind=str, optional=True, help=about)
        return [*super().core_args(), install]

    def parse_core(self, *args: Any, **kwargs: Any) -> None:
        """Read the flags of the program; modules go on to be kept compiled, if the person lets Python do so."""
        before = sys.dont_write_bytecode
        try:
            super().parse_core(*args, **kwargs)
        finally:
            # Invoke has it compile anew at each start what is imported from here on.
            sys.dont_write_bytecode = before

    def update_config(self, *args: Any, **kwargs: Any) -> None:
        """
        Read the flags into the settings; some of them ask the person.

        :raises Interrupted: by Ctrl-C, of which Invoke would say nothing.
        """
        try:
            super().update_config(*args, **kwargs)
        except KeyboardInterrupt as exc:
            if sys.stderr:
                sys.stderr.write("\n")
            raise translate(exc) from None

    def _make_parser(self) -> TypedWords:
        return TypedWords.of(self)

    def parse_collection(self) -> None:
        """Read `fabric.yaml` beside the person, after the built-in tasks."""
        super().parse_collection()
        ssh_config.tolerate(self.config)
        with contextlib.suppress(FileNotFoundError):
            # It may be gone, and then has no settings.
            self.config.set_project_location(os.getcwd())  # noqa: PTH109 - Invoke joins strings
        self.config.load_project()

    def parse_cleanup(self) -> None:
        """
        Do what is no task.

        :raises Exit: it is done.
        """
        if shell := self.args["install-completion"].value:
            from .completion import install

            with report.printing_results():
                report.result(install("" if shell is True else shell))
            raise Exit
        super().parse_cleanup()

    def print_task_help(self, name: str) -> None:
        """Print the help of a task, which begins with an example."""
        task_help.begin(self, name)
        super().print_task_help(name)
        task_help.end(self, name)

    def no_tasks_given(self) -> None:
        """
        Say what it is and where help is.

        :raises Exit: that is all.
        """
        with report.printing_results():
            report.result(FIRST_LINES)
        raise Exit


program = Runner(
    name="ssh-transport",
    binary="ssh-transport",
    binary_names=["ssh-transport"],
    version=version("ssh-transport"),
    namespace=ns,
    executor_class=Executor,
    config_class=fabric.Config,
)
