"""What is told of the flags of a whole line is what there is."""

from __future__ import annotations

from invoke import Collection

from ssh_transport.terminal import whole_line
from ssh_transport.terminal.typed_line import SWITCHES, VALUED
from tasks import ns

TASKS = {task.full_name: task for space in ns.collections.values() for task in space.tasks.values()}


def test_every_flag_is_told_and_no_other() -> None:
    """With a value where it takes one."""
    told = {word.partition("=")[0]: "=" in word for word in whole_line.BEHIND}

    assert told == dict.fromkeys(SWITCHES, False) | dict.fromkeys(VALUED, True)


def test_a_task_is_told_those_that_mean_something_to_it() -> None:
    """A flag of its own has another meaning, and where no box is named nothing runs side by side."""

    def behind(name: str) -> set[str]:
        flags = Collection(TASKS[name]).to_contexts()[0].flags
        return {word.partition("=")[0] for word in whole_line.behind(flags, for_boxes="--on" in flags)}

    assert behind("keys.push") == {*SWITCHES, *VALUED}
    assert behind("transfer.pull-each") == {*SWITCHES, "--log-file"}
    assert behind("config.add") == {"--quiet", "--log-file", "--wait-for-lock"}
