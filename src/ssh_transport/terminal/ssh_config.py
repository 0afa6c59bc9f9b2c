"""Keeps Fabric's own parser of ssh config files from stopping us: it knows less than `ssh`; our tasks need it not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

if TYPE_CHECKING:
    from collections.abc import Iterable

    import fabric


class ReadLater(paramiko.SSHConfig):
    """
    What Fabric reads, as far as its parser gets.

    :ivar fault: what it stumbled over; `None` if it did not.
    """

    fault: paramiko.ConfigParseError | None = None

    def parse(self, file_obj: Iterable[str]) -> None:
        """Read a file; what can't be read is only taken note of."""
        try:
            super().parse(file_obj)
        except paramiko.ConfigParseError as exc:
            self.fault = exc


def tolerate(config: fabric.Config) -> None:
    """Let Fabric load into a `ReadLater`; called before it loads anything."""
    config._set(base_ssh_config=ReadLater())  # noqa: SLF001 - there is no other door


def fault_of(config: fabric.Config) -> Exception | None:
    """Return what Fabric could not read, if anything."""
    return getattr(config.base_ssh_config, "fault", None)
