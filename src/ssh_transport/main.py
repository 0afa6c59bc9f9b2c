"""The `ssh-transport` program: `fab` with our tasks built in."""

from __future__ import annotations

import contextlib
import os
from importlib.metadata import version

import fabric
from fabric.main import Fab

from .tasks import ns
from .terminal import ssh_config
from .terminal.executor import Executor
from .terminal.typed_words import TypedWords


class Runner(Fab):
    """`fab`, but project settings come from the working directory: built-in tasks have no directory of their own."""

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


program = Runner(
    name="ssh-transport",
    binary="ssh-transport",
    binary_names=["ssh-transport"],
    version=version("ssh-transport"),
    namespace=ns,
    executor_class=Executor,
    config_class=fabric.Config,
)
