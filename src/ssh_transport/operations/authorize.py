"""Adds a key to `authorized_keys` of a box."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.box.carrier import Login, open_carrier
from ssh_transport.change import Change
from ssh_transport.errors import LoginRefused
from ssh_transport.facts.authorized_keys import authorized_keys
from ssh_transport.platforms.profiles import GENERIC
from ssh_transport.terminal import prompt
from ssh_transport.terminal.report import say
from ssh_transport.text import one_line

from . import other_keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box
    from ssh_transport.facts.authorized_entries import Entry
    from ssh_transport.openssh.public_key import PublicKey

# `.ssh` may be a symlink, even a dangling one (a wiped volume), or not writable by its owner; the last line of the file
# may lack its newline. Appending can't lose the keys of others, not even on a full disk, which `cat` says in words.
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
printf '%s\\n' "$1" | cat >>"$file"
"""


_TRIES = 3


@dataclass(frozen=True)
class LetIn:
    """
    A successful login.

    :ivar box: the box, as it was named.
    :ivar user: who logged in.
    :ivar host: where.
    :ivar port: by which port.
    :ivar seconds: how long it took.

    >>> keys.check(c, on="proj-1").box
    'proj-1'
    """

    box: str
    user: str
    host: str
    port: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.user}@{self.host}:{self.port} lets the key in ({self.seconds:.1f} s)"


def authorize_key(box: Box, key: PublicKey, *, ask_password: Callable[[str], str]) -> Change:
    """
    Ensure that `key` may log in to the box, and verify it by a new login with this key alone.

    A line that lets it in only from some addresses (``from=``) or until yesterday is none; one that restricts what it
    may do (``command=``) stays as whoever wrote it meant it, and is told.

    :param ask_password: called with the box's name, only if no key is accepted yet and a password would be.
    :raises LoginRefused: the password is wrong, none would do, or the server ignores ``authorized_keys``.
    :raises BoxError: the file can't be written.
    """
    _log_in(box, key, ask_password)
    before = authorized_keys(box)
    found = before.entry_for(key.material)
    if found is None or not before.is_private:
        shell.run(box, _APPEND, "" if found else key.line)
    made = before != authorized_keys(box)
    proven = ""
    try:
        # A login by this very key is proof enough of a file that nobody has changed.
        if made or box.carrier.key_used != key.fingerprint:
            login_with(box, key)
    except LoginRefused as exc:
        if "passphrase" not in exc.what:
            raise _ignored(box, exc) from exc
        proven = ", as authorized_keys has it; not tried, as it has a passphrase that nobody was asked for"
    return Change(f"{key.fingerprint} may log in{_within(found)}{proven}", made=made)


def _ignored(box: Box, refused: LoginRefused) -> LoginRefused:
    return LoginRefused(
        f"the key is in authorized_keys of `{box.name}`, but the server does not take it",
        cause=refused.cause,
        hint="sshd ignores the file when the home directory is writable by others, or where AuthorizedKeysFile names "
        f"another: ssh {box.name} 'chmod go-w ~ && ls -ld ~ ~/.ssh; grep -ri ^authorizedkeys /etc/ssh/sshd_config*'",
    )


def _within(entry: Entry | None) -> str:
    """Return what the line of a key that was there allows it, which a second line would not change."""
    if entry is None or not entry.options:
        return ""
    return f", within what line {entry.number} of ~/{entry.file} allows: {one_line(entry.shown_options)}"


def _log_in(box: Box, key: PublicKey, ask_password: Callable[[str], str]) -> None:
    """Log in by a key or what was typed before; else ask for the password, again if it was wrong, as `ssh` does."""
    try:
        box.reconnect(Login(asks=False))
    except LoginRefused as refused:
        if "passphrase" in refused.what or not other_keys.takes_password(refused):
            other_keys.log_in(box, key, refused)
            return
        for left in reversed(range(_TRIES)):
            login = Login(password=ask_password(box.name))
            try:
                box.reconnect(login)
            except LoginRefused as exc:
                if not left or not prompt.has_terminal():
                    raise _wrong(box, exc) from refused
                say(f"{box.name}: refused; try again")
            else:
                return


def _wrong(box: Box, refused: LoginRefused) -> LoginRefused:
    profile, _ = box.platform
    shows = "whoever runs it says" if profile.slug == GENERIC else f"the console of {profile.display_name} shows"
    hint = f"compare it with what {shows}, and the user too: ssh {box.name}"
    return LoginRefused(f"`{box.name}` refused the password", box=box.name, cause=refused.cause, hint=hint)


def login_with(box: Box, key: PublicKey) -> None:
    """
    Log in and out again with `key` alone, through the agent if it has the key.

    :raises LoginRefused: the server does not accept it.
    """
    open_carrier(box, Login(keys_only=True, only=key)).close()


def check_login(box: Box) -> LetIn:
    """
    Log in with any of the box's keys, never with a password, and run a command.

    :raises LoginRefused: no key is accepted.
    :raises EndpointTooWeak: it runs none, although another kind of endpoint of the platform would.
    """
    box.reconnect(Login(keys_only=True))
    seconds = box.carrier.login_s
    _, reach = box.platform
    if reach.can("exec"):
        shell.run(box, ":")
    return LetIn(box.name, box.resolved.user, box.resolved.host, box.resolved.port, round(seconds, 3))
