"""A box: a name a person typed, what OpenSSH makes of it, its platform, its connection."""

from __future__ import annotations

import contextlib
import fnmatch
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar

import fabric
import paramiko
from fabric.util import get_local_user

from . import endpoint, host_keys, platforms, ssh_config
from .connection import connect
from .errors import EndpointTooWeak, LoginRefused, NoTarget, SettingsError, UsageError
from .openssh import SSH_PORT, Resolved, SshFiles, resolve
from .settings import SshKeySettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from invoke import Context

    from .profile import Capability, Profile, Reach
    from .sftp.client import Client
    from .shared_login import SharedLogins


_RESOLVED_AT_ONCE = 8  # each is a process of `ssh -G`
_FACTS = frozenset({"needs_typed_secret", "platform"})
_T = TypeVar("_T")


@dataclass
class Box:
    """One target as it was typed, resolved; connected at first use, closed at the end of a ``with``."""

    c: Context
    name: str
    files: SshFiles
    resolved: Resolved
    _opened: fabric.Connection | None = field(default=None, repr=False)
    _session: Client | None = field(default=None, repr=False)
    _shared: SharedLogins | None = field(default=None, repr=False)
    _attached: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)

    @property
    def connection(self) -> fabric.Connection:
        """The open connection, made now if there is none."""
        if self._opened is None:
            self._opened = connect(self)
        return self._opened

    @property
    def sftp(self) -> Client:
        """The open SFTP session, made now if there is none; it ends with the connection."""
        if self._session is None:
            from .sftp.session import open_session

            self._session = open_session(self)
        return self._session

    @property
    def shared_logins(self) -> SharedLogins | None:
        """What `ssh` may go over instead of logging in by itself, if there is such; they end with the connection."""
        return self._shared

    def attach(self, attached: AbstractContextManager[_T]) -> _T:
        """Enter what is to end with the connection, if not before."""
        return self._attached.enter_context(attached)

    def release(self) -> None:
        """End what was attached."""
        attached, self._attached = self._attached, contextlib.ExitStack()
        attached.close()

    def share_login(self) -> None:
        """Let `ssh` log in once for all that follows, if it can: the box is known, and nothing needs to be typed."""
        if self._shared is None and host_keys.pinned(self.resolved) and not self._given_secrets:
            from .shared_login import SharedLogins
            from .ssh_options import ssh_call

            timeout_s = SshKeySettings.of(self.c).login_timeout_s
            self._shared = SharedLogins([*ssh_call(self), self.resolved.name], timeout_s)

    @property
    def _given_secrets(self) -> bool:
        return any(self.given.get(key) for key in ("password", "passphrase"))

    @cached_property
    def needs_typed_secret(self) -> bool:
        """Whether a password or passphrase that was typed is needed to log in: `ssh` is given none."""
        if not self._given_secrets:
            return False
        try:
            connect(self, password=None, passphrase=None).close()
        except LoginRefused:
            return True
        return False

    def another(self) -> Box:
        """Return the same target with a connection of its own to come; what was found out of it is not asked again."""
        made = Box(self.c, self.name, self.files, self.resolved)
        vars(made).update({fact: known for fact, known in vars(self).items() if fact in _FACTS})
        return made

    @property
    def given(self) -> Mapping[str, Any]:
        """What the caller gave for Paramiko's `connect`: Fabric's flags, settings, or a Connection's own arguments."""
        if isinstance(self.c, fabric.Connection):
            return dict(self.c.connect_kwargs)
        return dict(self.c.config.get("connect_kwargs") or {})

    @property
    def address(self) -> str:
        """Where it is, whatever it is called."""
        return f"{self.resolved.user}@{self.resolved.host}:{self.resolved.port}"

    @cached_property
    def platform(self) -> tuple[Profile, Reach]:
        """The platform it is on, and the kind of endpoint that leads to it."""
        return platforms.platform_of(self.files.config, self.resolved)

    def require(self, capability: Capability) -> None:
        """
        Stop before anything starts if the endpoint is of a kind that can't do it.

        :raises EndpointTooWeak: with the way to a better endpoint on that platform.
        """
        profile, reach = self.platform
        if capability not in reach.capabilities:
            raise EndpointTooWeak(
                f"`{self.name}` is a {reach.name} endpoint of {profile.display_name}, which has no {capability}",
                box=self.name,
                hint=reach.better,
            )

    def reconnect(self, *, sharing: bool = False, **connect_kwargs: Any) -> None:
        """
        Replace the connection, which may be dead without our knowing; further arguments as of `connect`.

        :param sharing: whether `ssh` logs in beside it, see `share_login`.
        """
        self.close()
        if sharing:
            self.share_login()
        self._opened = connect(self, **connect_kwargs)

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Break the connection if what is inside takes longer: Paramiko waits for ever on a link that fell silent."""
        late = threading.Timer(seconds, self.connection.client.close)
        late.daemon = True
        late.start()
        try:
            yield
        finally:
            late.cancel()

    def close(self) -> None:
        """Close the connection and what runs over it, if they were opened."""
        # Another thread may close it too, to end what waits for an answer.
        session, self._session = self._session, None
        opened, self._opened = self._opened, None
        shared, self._shared = self._shared, None
        self.release()
        if shared is not None:
            shared.close()
        if session is not None:
            session.close()
        if opened is not None:
            try:
                opened.close()
            except (EOFError, OSError, paramiko.SSHException):
                # A link that broke takes no leave; Paramiko's thread ends all the same.
                opened.client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def boxes(c: Context, on: str = "") -> list[Box]:
    """
    Return the boxes that a task is for: `on`, else the connection it was given, else the setting ``boxes``.

    :param on: names, comma-separated: aliases, globs over the aliases in the config file, or ``user@host:port``.
    :raises NoTarget: none was named; the message lists the known aliases.
    """
    files = SshFiles.of(c)
    if not on and isinstance(c, fabric.Connection):
        return [_of_connection(c, files)]
    words = on or c.config.get("boxes") or ""
    listed = words.split(",") if isinstance(words, str) else words
    if not hasattr(listed, "__iter__") or not all(isinstance(word, str) for word in listed):
        raise SettingsError(f"`boxes` is {words!r}, not a list of names", hint="boxes: [proj-1, proj-2]")
    names = _expanded([word.strip() for word in listed if word.strip()], ssh_config.aliases(files.config))
    if not names:
        known = ", ".join(ssh_config.aliases(files.config))
        raise NoTarget(
            "no box was named",
            cause=f"known aliases: {known}" if known else f"no alias is in {files.config} yet",
            hint="name one: `fab -H ALIAS ...`, `inv ... --on ALIAS`, or `boxes:` in fabric.yaml or invoke.yaml",
        )
    with ThreadPoolExecutor(_RESOLVED_AT_ONCE) as pool:
        return list(pool.map(lambda name: _of_name(c, files, name), names))


def _expanded(words: Sequence[str], aliases: Sequence[str]) -> list[str]:
    """Replace globs by the aliases they match; every name once, in order."""
    names: dict[str, None] = {}
    for word in words:
        matches = fnmatch.filter(aliases, word) if set(word) & set("*?") else [word]
        if not matches:
            raise NoTarget(f"no alias matches `{word}`", cause=f"known aliases: {', '.join(aliases) or 'none'}")
        names.update(dict.fromkeys(matches))
    return list(names)


def _of_name(c: Context, files: SshFiles, name: str) -> Box:
    said = endpoint.target(name)
    resolved = resolve(files, said.host, user=said.user, port=said.port)
    return Box(c, name, files, resolved)


def _of_connection(c: fabric.Connection, files: SshFiles) -> Box:
    """Resolve a Fabric connection again, from what its user said; Fabric's defaults are not what was said."""
    found = resolve(files, c.original_host)
    if c.gateway and not (found.proxy_jump or found.proxy_command):
        raise UsageError(
            "a gateway given in Python leads only Fabric, not `ssh`",
            hint=f"put `ProxyJump` into the alias of `{c.original_host}`: it is used by both",
        )
    user = c.user if c.user != get_local_user() else None
    port = c.port if c.port != SSH_PORT else None
    return Box(c, c.original_host, files, resolve(files, c.original_host, user=user, port=port))
