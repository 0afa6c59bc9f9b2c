"""Lets a person in by another key of theirs, where the alias's own is refused and no password would do."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from ssh_transport.box.carrier import Login
from ssh_transport.errors import LocalFileError, LoginRefused
from ssh_transport.openssh.public_key import public_key
from ssh_transport.terminal.report import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box
    from ssh_transport.openssh.public_key import PublicKey

# Our own sentence, or that of `ssh`, which it is made of.
_METHODS = re.compile(r"(?:the server accepts: |Permission denied \()([a-z][a-z0-9@., -]*)")
_BY_PASSWORD = {"password", "keyboard-interactive"}
# Each is a login of its own, and sshd counts those that fail.
_MOST = 5


def takes_password(refused: LoginRefused) -> bool:
    """Whether the server, as far as it says, would take a password instead."""
    found = _METHODS.search(refused.cause)
    return found is None or bool(_BY_PASSWORD & set(re.split(r"[, ]+", found[1])))


def log_in(box: Box, key: PublicKey, refused: LoginRefused) -> None:
    """
    Log in to a box that takes keys alone by one that was not offered yet.

    :param key: the one that is to be let in.
    :param refused: what came of the others.
    :raises LoginRefused: none is let in; the hint says who could add one.
    """
    if "passphrase" in refused.what:
        # It is the right key: a person at a terminal is asked for it.
        box.reconnect()
        return
    tried = []
    for other in _others(box):
        tried.append(other.private_path.name)
        try:
            box.reconnect(Login(keys_only=True, asks=False, only=other))
        except LoginRefused as exc:
            if "passphrase" in exc.what:
                raise
        else:
            say(f"{box.name}: logged in by {other.private_path}, which it knows")
            return
    offered = ", ".join([*(path.name for path in box.resolved.identities if path.exists()), *tried])
    raise LoginRefused(
        f"`{box.name}` takes keys alone, and none of yours",
        box=box.name,
        cause=f"{refused.cause}; tried: {offered or 'none'}",
        hint=_hint(box, key),
    )


def _others(box: Box) -> Iterator[PublicKey]:
    """Yield the keys of the person's ssh directory that the alias does not name, the last made first."""
    files = [path for path in box.files.directory.glob("*.pub") if path.with_suffix("").is_file()]
    own = {path.name for path in box.resolved.identities}
    others = [path for path in files if path.stem not in own]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[:_MOST]:
        try:
            yield public_key(path)
        except LocalFileError:
            # It only looks like one.
            continue


def _hint(box: Box, key: PublicKey) -> str:
    profile, _ = box.platform
    public = f"cat {shlex.quote(str(key.private_path))}.pub"
    told = profile.keys_in_console.replace("ALIAS", box.name)
    if told:
        return f"{profile.display_name}: {told} What goes there: {public}"
    return f"have its console, or who runs it, add this line to authorized_keys: {public}"
