"""Takes an alias out of the ssh config, and the host keys that are pinned for it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.change import Change
from ssh_transport.errors import LocalFileError
from ssh_transport.openssh import config_file, known_hosts
from ssh_transport.openssh.block import option, words
from ssh_transport.openssh.resolution import resolve
from ssh_transport.text import did_you_mean

from .alias import locked_config

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles


def remove_alias(ssh: SshFiles, alias: str) -> Change:
    """
    Ensure that there is no block for `alias` and no host key pinned under its name alone.

    A later alias of this name may be another box, with another key.

    :raises AliasError: the alias is in a block that is not ours.
    """
    with locked_config(ssh) as text:
        if alias not in config_file.ours(text) and not config_file.where(ssh.config, alias):
            meant = did_you_mean(alias, config_file.ours(text)).strip()
            return Change(f"no alias {alias}{f'; {meant}' if meant else ''}", made=False)
        changed = config_file.without_block(text, alias)
        resolved = resolve(ssh, alias)
        # First, so that an alias that stays has its pin.
        files.write(ssh.config, changed, mode=0o600)
        pin = resolved.pinned_as
        if pin.lower() != alias.lower() or _pins_as(changed, pin):
            return Change(f"removed alias {alias}; the host keys of {pin} stay: others may need them", made=True)
        try:
            known_hosts.forget(resolved.known_hosts, {pin.lower()})
        except LocalFileError as exc:
            raise LocalFileError(
                f"alias {alias} is gone, the host keys of {pin} stay: {exc.what}", cause=exc.cause
            ) from exc
    return Change(f"removed alias {alias} and the host keys pinned for it", made=True)


def _pins_as(text: bytes, name: str) -> bool:
    """Whether an option in this text, whoever wrote it, has host keys pinned under this name."""
    lines = map(option, text.decode("utf-8", "replace").split("\n"))
    return any(key == "hostkeyalias" and [name.lower()] == words(rest.lower()) for key, rest in lines)
