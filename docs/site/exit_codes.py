"""Which errors a task can end with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import errors

if TYPE_CHECKING:
    from ssh_transport.errors import TaskError
    from ssh_transport.terminal.task import OurTask

_ALWAYS: set[type[TaskError]] = {
    errors.UsageError,
    errors.SettingsError,
    errors.Defect,
    errors.Interrupted,
    errors.LocalFileError,
}
_OF_A_BOX: set[type[TaskError]] = {
    *(errors.NoTarget, errors.NameNotFound, errors.Refused, errors.Unreachable, errors.LoginRefused),
    *(errors.HostKeyChanged, errors.HostKeyUnknown, errors.LinkLost, errors.EndpointTooWeak, errors.CommandFailed),
    *(errors.ToolMissing, errors.AliasError, errors.PermissionRefused, errors.NoSpace, errors.ReadOnly),
}
_OF_A_COPY: set[type[TaskError]] = {errors.NoSuchPath, errors.Incomplete, errors.AlreadyRunning}
# What only these tasks end with.
_OF_TASK: dict[str, set[type[TaskError]]] = {
    "keys.generate": {errors.ToolMissing},
    "keys.push": {errors.NoSuchPath},
    "keys.revoke": {errors.Unhealthy, errors.NoSuchPath},
    "config.add": {errors.EndpointError, errors.AliasError, errors.ToolMissing},
    "config.update": {errors.EndpointError, errors.AliasError, errors.ToolMissing},
    "config.sync": {errors.EndpointError, errors.AliasError, errors.CommandFailed, errors.ToolMissing},
    "config.show": {errors.AliasError, errors.ToolMissing},
    "config.list": {errors.ToolMissing},
    "config.remove": {errors.AliasError, errors.ToolMissing},
    "config.verify": {errors.Unhealthy},
    "config.doctor": {errors.Unhealthy},
    "transfer.push": {errors.Guarded},
    "transfer.push-each": {errors.Guarded},
    "transfer.put": {errors.Guarded, errors.Different},
    "transfer.get": {errors.Different},
    "transfer.receipt": {errors.Different, errors.NoSuchPath},
    "secrets.push": {errors.Guarded, errors.NoSuchPath},
    "secrets.verify": {errors.Unhealthy, errors.NoSuchPath},
    "hygiene.crlf": {errors.Findings, errors.NoSuchPath},
    "hygiene.lint": {errors.Findings, errors.NoSuchPath, errors.ToolMissing},
    "hygiene.stop": {errors.Unhealthy},
    "hygiene.relaunch": {errors.Unhealthy},
    "hygiene.audit": {errors.Unhealthy},
    "hygiene.leave": {errors.Unhealthy, errors.Different},
}


def codes(task: OurTask) -> list[type[TaskError]]:
    """Return the classes of errors that a task can end with, by exit code."""
    space, _, _ = task.full_name.partition(".")
    found = _ALWAYS | _OF_TASK.get(task.full_name, set())
    if goes_to_a_box(task):
        found |= _OF_A_BOX
    if space == "transfer" and task.full_name != "transfer.receipt":
        found |= _OF_A_COPY
        found |= {errors.Different} if {"verify", "no_verify"} & task.help.keys() or "verify" in task.name else set()
    return sorted(found, key=lambda cls: cls.exit_code)


def goes_to_a_box(task: OurTask) -> bool:
    """Whether it logs in somewhere."""
    return "on" in task.help or task.full_name in {"config.forget", "transfer.copy"}


def sentence(error: type[TaskError]) -> str:
    """Return when it happens."""
    return (error.__doc__ or "").strip().splitlines()[0]
