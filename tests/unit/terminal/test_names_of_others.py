"""A verb that other programs have leads to the task of ours that does it, in the namespace that was typed."""

from __future__ import annotations

import pytest

from tests.support.typed_line import slip


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("keys.forget", "keys.revoke"),
        ("keys.delete", "keys.revoke"),
        ("keys.install", "keys.push"),
        ("keys.create", "keys.generate"),
        ("keys.ls", "keys.list"),
        ("config.delete", "config.remove, config.forget"),
        ("config.forgt", "config.forget"),
        ("config.edit", "config.update"),
        ("config.status", "config.verify, config.doctor"),
        ("secrets.remove", "secrets.forget"),
        ("secrets.set", "secrets.push"),
        ("transfer.download", "transfer.pull, transfer.get"),
        ("transfer.sync", "transfer.pull, transfer.push"),
        ("transfer.diff", "transfer.verify"),
        ("transfer.pull_each", "transfer.pull-each"),
        ("hygiene.kill", "hygiene.stop"),
        ("hygiene.check", "hygiene.audit"),
    ],
)
def test_what_may_be_meant_is_of_the_same_namespace(typed: str, meant: str) -> None:
    error = slip(typed, "x")

    assert error.what == f"there is no task `{typed}`"
    assert error.hint.startswith(f"did you mean {meant}? ")


def test_where_nothing_is_near_the_tasks_of_the_namespace_are_named() -> None:
    error = slip("keys.zzz")

    assert error.hint.startswith("they are keys.check, keys.generate, keys.list, keys.push, keys.revoke; ")


def test_a_secret_that_was_typed_is_said_to_be_in_the_history_and_is_not_repeated() -> None:
    error = slip("-H", "proj-1", "secrets.push", "wandb", "hunter2hunter2")

    assert "it stands in the history of your shell now" in error.cause
    assert "Revoke this one" in error.hint
    assert error.hint.endswith("ssh-transport -H proj-1 secrets.push wandb")
    assert "hunter2" not in str(error)
