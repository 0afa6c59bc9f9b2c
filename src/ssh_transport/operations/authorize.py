"""The right to log in to a box with a key."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import paramiko

from ssh_transport import shell
from ssh_transport.change import Change
from ssh_transport.connection import connect
from ssh_transport.errors import LoginRefused
from ssh_transport.facts.authorized_keys import authorized_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.facts.public_key import PublicKey

# `.ssh` may be a symlink, even a dangling one (a wiped volume), or lack its owner's write bit; the last line of the
# file may lack its newline. Appending can't lose the keys of others, not even on a full disk.
_APPEND = """
set -e
umask 077
dir=$(readlink -f "$HOME/.ssh" || echo "$HOME/.ssh")
mkdir -p "$dir"
chmod 700 "$dir" || :
file=$dir/authorized_keys
if [ -e "$file" ]; then chmod 600 "$file" || :; fi
[ -n "$1" ] || exit 0
if [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ]; then echo >>"$file"; fi
printf '%s\\n' "$1" >>"$file"
"""


@dataclass(frozen=True)
class Login:
    """A login that worked."""

    box: str
    user: str
    host: str
    port: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port} lets the key in ({self.seconds:.1f} s)"


def authorize_key(box: Box, key: PublicKey, *, ask_password: Callable[[str], str]) -> Change:
    """
    Ensure that the owner of `key` may log in to the box, and prove it by a fresh login with that key alone.

    :param ask_password: called with the box's name, only when no key opens the box yet.
    :raises LoginRefused: the password is wrong, or the server ignores ``authorized_keys``.
    :raises BoxError: the file can't be written.
    """
    try:
        box.reconnect()
    except LoginRefused:
        box.reconnect(password=ask_password(box.name), allow_agent=False, key_filename=[])
    before = authorized_keys(box)
    missing = not before.allows(key.material)
    if missing or not before.is_private:
        shell.run(box, _APPEND, key.line if missing else "")
    made = before != authorized_keys(box)
    try:
        login_with(box, key)
    except LoginRefused as exc:
        raise LoginRefused(
            f"the key is in authorized_keys of `{box.name}`, but the server does not take it",
            cause=exc.cause,
            hint="sshd ignores the file when the home directory is writable by others: "
            f"ssh {box.name} 'chmod go-w ~ && ls -ld ~ ~/.ssh'",
        ) from exc
    return Change(f"{key.fingerprint} may log in", made=made)


def login_with(box: Box, key: PublicKey) -> None:
    """
    Log in and out again with `key` alone, from the agent if it is there.

    :raises LoginRefused: the server does not take it.
    """
    held = next((held for held in paramiko.Agent().get_keys() if held.get_base64() == key.material), None)
    alone = {"pkey": held, "key_filename": []} if held else {"key_filename": [str(key.private_path)]}
    connect(box, password=None, allow_agent=False, **alone).close()


def check_login(box: Box) -> Login:
    """
    Log in with any of the box's keys, never with a password.

    :raises LoginRefused: no key opens the box.
    """
    start = time.monotonic()
    box.reconnect(password=None)
    seconds = time.monotonic() - start
    return Login(box.name, box.resolved.user, box.resolved.host, box.resolved.port, round(seconds, 3))
