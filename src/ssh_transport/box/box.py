"""A box, which is a target with its connection; and how the names given to a task become boxes."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import fabric
from fabric.util import get_local_user

from ssh_transport.errors import AliasError, NoTarget, SettingsError, TaskError, UsageError, commands
from ssh_transport.openssh import config_file
from ssh_transport.openssh.resolution import SSH_PORT, SshFiles, resolve, unnamed
from ssh_transport.platforms import diagnosis, endpoint, profiles
from ssh_transport.terminal import command_line
from ssh_transport.text import did_you_mean

from . import expanded, last_failed, naming
from .beside import mapped
from .carrier import Login, by_terminal, gate, kept, open_carrier
from .carrier.over_terminal import OverTerminal
from .carrier.target import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from invoke import Context

    from ssh_transport.openssh.resolution import Resolved

    from .carrier import Carrier


class _Closes(Protocol):
    def close(self) -> None: ...


_RESOLVED_AT_ONCE = 8  # each is a process of `ssh -G`
_CLOSE = 0.7
_FACTS = frozenset({"platform"})
_T = TypeVar("_T")
_Closable = TypeVar("_Closable", bound=_Closes)


@dataclass
class Box(Target):
    """A target that is connected at first use, and closed at the end of a ``with``."""

    _opened: Carrier | None = field(default=None, repr=False)
    _is_plain: bool = field(default=False, repr=False)
    _kept: dict[Callable[[Box], Any], Any] = field(default_factory=dict, repr=False)
    _attached: contextlib.ExitStack = field(default_factory=contextlib.ExitStack, repr=False)

    @property
    def carrier(self) -> Carrier:
        """The login and what goes over it; made if there is none."""
        return self._opened or self.open()

    @property
    def connection(self) -> fabric.Connection:
        """The Fabric connection over it."""
        return self.carrier.connection

    @property
    def is_connected(self) -> bool:
        """Whether there is a login that stands, as far as is known."""
        return self._opened is not None and self._opened.is_alive

    @property
    def last_words(self) -> str:
        """What was said when the login ended; empty while it stands."""
        opened = self._opened
        return "" if opened is None or opened.is_alive else opened.last_words

    def open(self, others: tuple[str, ...] = ()) -> Carrier:
        """
        Log in, if that is not done; or go on over a login that an earlier task of this command line made.

        :param others: see `Login`.
        """
        if self._opened is not None and self._opened.is_alive:
            return self._opened
        self.close(keep=False)
        self._opened = kept.take(self) or open_carrier(self, Login(others=others))
        self._is_plain = True
        gate.take_turn()
        return self._opened

    def reconnect(self, login: Login | None = None) -> None:
        """Log in anew; that proves that it is the same box and lets us in."""
        self.close(keep=False)
        login = login or Login()
        self._opened = open_carrier(self, login)
        self._is_plain = login.is_plain

    def open_if_lost(self) -> None:
        """Log in anew if the connection broke; what is attached stays, as a link that healed outlives it."""
        if self._opened is None or self._opened.is_alive:
            return
        dependent, self._kept = self._kept, {}
        for one in dependent.values():
            one.close()
        self._opened.close()
        self._opened = open_carrier(self, Login())

    def turns_to_terminal(self) -> bool:
        """
        Go on by a terminal over the same login, if the box runs no commands but gives one; return whether it does.

        :raises EndpointTooWeak: it gives one, by which nothing can be carried.
        """
        if self._opened is None or (found := by_terminal(self, self._opened)) is None:
            return False
        dependent, self._kept = self._kept, {}
        for one in dependent.values():
            one.close()
        self._opened = found
        return True

    def kept(self, make: Callable[[Box], _Closable]) -> _Closable:
        """Return `make(box)`, called once for each connection; the result is closed with the connection."""
        if make not in self._kept:
            self._kept[make] = make(self)
        return self._kept[make]  # type: ignore[no-any-return]  # a dictionary can't tie its values to its keys

    def kept_already(self, make: Callable[[Box], _Closable]) -> _Closable | None:
        """Return what `kept` returned, or `None` if it was not called for the current connection."""
        return self._kept.get(make)

    def attach(self, attached: AbstractContextManager[_T]) -> _T:
        """Enter a context manager that is left when the connection closes, or at `release`."""
        return self._attached.enter_context(attached)

    def release(self) -> None:
        """Leave all attached context managers."""
        attached, self._attached = self._attached, contextlib.ExitStack()
        attached.close()

    @property
    def goes_by_ssh(self) -> bool:
        """Whether `ssh` carries it, so that other programs can go over the same login."""
        return bool(self.carrier.call)

    @property
    def goes_by_terminal(self) -> bool:
        """Whether nothing but a terminal carries it."""
        return isinstance(self.carrier, OverTerminal)

    def another(self) -> Box:
        """Return a second, unconnected box for the same target; facts that are known already are copied."""
        made = Box(self.c, self.name, self.files, self.resolved)
        vars(made).update({fact: known for fact, known in vars(self).items() if fact in _FACTS})
        return made

    @contextlib.contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Drop the connection if the block takes longer: Paramiko waits for ever on a silent link."""
        late = threading.Timer(seconds, self.carrier.close)
        late.daemon = True
        late.start()
        try:
            yield
        finally:
            late.cancel()

    def drop(self) -> None:
        """End the login, whoever waits for what goes over it; the box stays in use."""
        if self._opened is not None:
            self._opened.close()

    def close(self, *, keep: bool = True) -> None:
        """
        End the login, if there is one, and all that depends on it.

        :param keep: whether a later task of this command line may go on over the login.
        """
        # Another thread may close it at the same time, to end a call that waits for an answer.
        opened, self._opened = self._opened, None
        dependent, self._kept = self._kept, {}
        self.release()
        for one in dependent.values():
            one.close()
        if opened is not None and not (keep and self._is_plain and kept.put(self, opened)):
            opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # What ended badly is nothing to go on over.
        self.close(keep=kind is None)


def boxes(c: Context, on: str = "") -> list[Box]:
    """
    Return the boxes of a task: those in `on`, else the Fabric connection `c`, else those in the setting ``boxes``.

    :param on: words that name boxes, comma-separated: see `naming`.
    :raises NoTarget: none was named; the message lists the known aliases.
    """
    files = SshFiles.of(c)
    if not on and isinstance(c, fabric.Connection):
        return [_of_connection(c, files)]
    words = on or c.config.get("boxes") or ""
    if not hasattr(words, "__iter__") or not all(isinstance(word, str) for word in words):
        raise SettingsError(f"`boxes` is {words!r}, not a list of names", hint="boxes: [proj-1, proj-2]")
    aliases = config_file.aliases(files.config)
    names = naming.named(c, words)
    if len(names) > 1:
        last_failed.note_at_end()
    if not names:
        known = ", ".join(aliases)
        raise NoTarget(
            "no box was named",
            cause=f"known aliases: {known}" if known else f"no alias is in {files.config} yet",
            hint="name one: ssh-transport -H ALIAS TASK; or by `boxes:` in fabric.yaml or invoke.yaml",
        )
    if isinstance(words, str):
        expanded.warn(words, aliases)
    left, ours, theirs = command_line.remaining(names), config_file.blocks(files.config), frozenset(aliases)
    for name in left:
        commands.note_box(name, has_alias=name in theirs, is_ours=name in ours)
    return mapped(lambda name: _of_name(c, files, name, aliases, words), left, _RESOLVED_AT_ONCE)


def _of_name(c: Context, files: SshFiles, name: str, aliases: Sequence[str], words: str | Sequence[str]) -> Box:
    said = endpoint.target(name)
    try:
        resolved = _resolved(c, files, said.host, user=said.user, port=said.port)
    except TaskError as error:
        # There is no box yet that could tell its platform.
        diagnosis.explain(error, profiles.all_profiles()[profiles.GENERIC], name)
        raise
    _refuse_gateway(c.config.get("gateway"), resolved)
    if name not in aliases:
        _refuse_slip(name, resolved, aliases, naming.group_behind(c, words, name))
    return Box(c, name, files, resolved)


def _of_connection(c: fabric.Connection, files: SshFiles) -> Box:
    """Resolve the target of a Fabric connection again; of user and port counts what Fabric has not from elsewhere."""
    user = c.user if c.user != c.ssh_config.get("user", c.config.user) else None
    port = c.port if c.port != int(c.ssh_config.get("port", c.config.port)) else None
    resolved = _resolved(c, files, c.original_host, user=user, port=port)
    _refuse_gateway(c.gateway, resolved)
    aliases, ours = config_file.aliases(files.config), config_file.blocks(files.config)
    commands.note_box(c.original_host, has_alias=c.original_host in aliases, is_ours=c.original_host in ours)
    return Box(c, c.original_host, files, resolved)


def _refuse_slip(name: str, found: Resolved, aliases: Sequence[str], group: str) -> None:
    """
    Refuse a name that leads nowhere, where it is close to an alias.

    :param group: what it came from; empty where it was typed.
    :raises AliasError: it is.
    """
    meant = did_you_mean(name, (*aliases, naming.ALL), least_alike=_CLOSE)
    if not meant or found.proxy_jump or found.proxy_command or found.host != name.lower():
        return
    try:
        socket.getaddrinfo(found.host, found.port)
    except OSError as exc:
        what = f"there is no alias `{name}`, and no host of that name"
        hint = f"{meant}all aliases: ssh-transport config.list"
        if group:
            what = f"the group `{group}` names `{name}`, and there is no such alias, and no host of that name"
            written = f"`groups:` in fabric.yaml or invoke.yaml, at `{group.removeprefix('@')}`"
            hint = f"was it removed? take it out of {written}; to go on without it: --on '{group},!{name}'"
        raise AliasError(what, hint=hint) from exc


def _refuse_gateway(gateway: object, found: Resolved) -> None:
    if gateway and not (found.proxy_jump or found.proxy_command):
        raise UsageError(
            "a gateway of Fabric's leads only Fabric, not `ssh`",
            hint=f"put `ProxyJump` into the alias of `{found.name}`: it is used by both",
        )


def _resolved(c: Context, files: SshFiles, host: str, *, user: str | None, port: int | None) -> Resolved:
    """Return what a name resolves to; of Fabric's settings ``user`` and ``port`` count where nothing else names one."""
    found = resolve(files, host, user=user, port=port)
    # What is Fabric's own default was set by nobody.
    defaults = {"user": get_local_user(), "port": SSH_PORT}
    common = {key: c.config.get(key) for key, given in (("user", user), ("port", port)) if not given}
    common = {key: value for key, value in common.items() if value not in {None, defaults[key], getattr(found, key)}}
    if not common:
        return found
    missing = unnamed(files, host)
    counts = {key: value for key, value in common.items() if key in missing}
    return resolve(files, host, user=user or counts.get("user"), port=port or counts.get("port"))
