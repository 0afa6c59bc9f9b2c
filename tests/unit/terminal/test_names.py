"""Every task is a function of the module that is named for its namespace."""

from __future__ import annotations

import pytest

import tasks
from ssh_transport.terminal.task import OurTask

NAMES = [(space, task.body.__name__) for space, room in tasks.ns.collections.items() for task in room.tasks.values()]


@pytest.mark.parametrize(("space", "name"), NAMES)
def test_a_task_is_where_python_looks_for_it(space: str, name: str) -> None:
    assert isinstance(getattr(getattr(tasks, space), name), OurTask)
