"""Command lines of our own tasks, read as `fab` and `ssh-transport` read them; nothing runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fabric
import fabric.main
import pytest
from ssh_transport.tasks import ns

from ssh_transport.errors import UsageError
from ssh_transport.terminal.executor import Executor
from ssh_transport.terminal.typed_words import TypedWords

if TYPE_CHECKING:
    from invoke.collection import Collection
    from invoke.parser import ParseResult


def typed(*words: str, collection: Collection = ns) -> ParseResult:
    """Have our own tasks typed."""
    made = fabric.main.Fab(executor_class=Executor, config_class=fabric.Config, namespace=collection)
    made.create_config()
    made.parse_core(["fab", *words])
    made.parse_collection()
    return TypedWords.of(made).parse_argv(made.core.unparsed)


def slip(*words: str) -> UsageError:
    """Have our own tasks typed, and return what is said."""
    with pytest.raises(UsageError) as caught:
        typed(*words)
    assert caught.value.exit_code == 2
    return caught.value
