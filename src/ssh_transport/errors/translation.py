"""Translates the exceptions of other libraries into ours; every task runs inside `translated`."""

from __future__ import annotations

import contextlib
import errno
import itertools
import logging
import os
import re
import signal
import socket
import sys
from typing import TYPE_CHECKING

import invoke
import paramiko
from fabric.exceptions import GroupException, InvalidV1Env, NothingToDo
from invoke import exceptions as invoked
from invoke.config import AmbiguousMergeError
from invoke.util import yaml
from paramiko import ssh_exception as ssh
from paramiko.pkey import UnknownKeyType

from ssh_transport import errors

from . import TaskError, commands
from .origin import is_foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_log = logging.getLogger("invoke")

_CONNECT = "could not connect to `{box}`"
_LOGIN_HINT = "push the key first: ssh-transport -H {box} keys.push"
_RESUME = "run the same command again; it goes on where it stopped"
_SETTINGS_FILE = "put the value into `fabric.yaml` or `invoke.yaml`"
_DIRECT = "a proxied endpoint may forbid it: copy the direct TCP endpoint from the platform's console"
_PORT = "is the box on, and is the port the one the console shows now? ssh-transport config.show {box}"

# Most specific first: the first entry that matches decides. `{box}` is replaced by the box's name.
TRANSLATIONS: tuple[tuple[type[BaseException], type[TaskError], str, str], ...] = (
    (ssh.BadHostKeyException, errors.HostKeyChanged, "the host key of `{box}` changed; nothing was sent", ""),
    (
        ssh.PasswordRequiredException,
        errors.LoginRefused,
        "a private key for `{box}` has a passphrase",
        "unlock it once: ssh-add, or add --prompt-for-passphrase",
    ),
    (ssh.AuthenticationException, errors.LoginRefused, "`{box}` refused the login", _LOGIN_HINT),
    (invoked.AuthFailure, errors.LoginRefused, "`{box}` refused the sudo password", ""),
    (ssh.ChannelException, errors.EndpointTooWeak, "`{box}` refused to open a channel", _DIRECT),
    (
        ssh.IncompatiblePeer,
        errors.EndpointTooWeak,
        "`{box}` and this machine share no cipher, key exchange or key type",
        "see what it offers: ssh -vv {box}",
    ),
    (ssh.ProxyCommandFailure, errors.Unreachable, "the jump in front of `{box}` failed", "try it alone: ssh -v {box}"),
    (
        ssh.CouldNotCanonicalize,
        errors.NameNotFound,
        "the name of `{box}` does not resolve",
        "check the spelling: ssh-transport config.list",
    ),
    (ssh.ConfigParseError, errors.AliasError, "an ssh config file can't be parsed", "see what is wrong: ssh -G {box}"),
    (paramiko.SFTPError, errors.CommandFailed, "SFTP failed on `{box}`", ""),
    (
        UnknownKeyType,
        errors.LocalFileError,
        "a key is of an unknown type",
        "use an ed25519 key: ssh-transport keys.generate",
    ),
    (ssh.SSHException, errors.LinkLost, "the connection to `{box}` broke", _RESUME),
    (EOFError, errors.LinkLost, "`{box}` closed the connection", _RESUME),
    (socket.gaierror, errors.NameNotFound, _CONNECT, "check the name: ssh-transport config.list"),
    (ConnectionRefusedError, errors.Refused, _CONNECT, _PORT),
    (
        TimeoutError,
        errors.Unreachable,
        _CONNECT,
        "is the box on, and is there a firewall or VPN in between? ssh -v {box}",
    ),
    (ConnectionError, errors.LinkLost, "the connection to `{box}` broke", _RESUME),
    (
        invoked.CommandTimedOut,
        errors.LinkLost,
        "`{box}` does not answer any more",
        "is the box under load? ssh {box} uptime",
    ),
    (invoked.Failure, errors.CommandFailed, "a command failed", ""),
    (
        invoked.CollectionNotFound,
        errors.UsageError,
        "no tasks were found here",
        "go to the directory that holds `fabfile.py` or `tasks/`",
    ),
    (invoked.AmbiguousEnvVar, errors.SettingsError, "an environment variable fits two settings", _SETTINGS_FILE),
    (invoked.UncastableEnvVar, errors.SettingsError, "an environment variable can't set a list", _SETTINGS_FILE),
    (
        AmbiguousMergeError,
        errors.SettingsError,
        "a section of a settings file has another shape than ours",
        _SETTINGS_FILE,
    ),
    (
        yaml.YAMLError,
        errors.SettingsError,
        "a settings file is no YAML",
        "look at that line and the one before: spaces alone indent, and a value with `: ` or ` #` in it needs quotes",
    ),
    (invoked.UnknownFileType, errors.SettingsError, "a settings file has an unknown type", "use YAML, JSON or Python"),
    (invoked.UnpicklableConfigMember, errors.SettingsError, "a settings file holds a module", "use plain values"),
    (NothingToDo, errors.NoTarget, "a command was given, but no host", "a box runs it by itself: ssh ALIAS COMMAND"),
    (InvalidV1Env, errors.SettingsError, "a Fabric 1 environment can't be read", ""),
    (GroupException, errors.CommandFailed, "a group of connections failed", ""),
    (invoked.PlatformError, errors.UsageError, "this platform can't do that", ""),
    (invoked.WatcherError, errors.CommandFailed, "a prompt was not answered as expected", ""),
    (invoked.SubprocessPipeError, errors.CommandFailed, "a pipe to a command broke", ""),
    (invoked.ThreadException, errors.LinkLost, "reading from `{box}` broke", _RESUME),
)

# What `int` says of a number that a box wrote; see `sys.set_int_max_str_digits`.
_TOO_LONG = "for integer string conversion"

# Paramiko raises a bare SSHException for these; only the message differs.
_MESSAGES: tuple[tuple[str, type[TaskError], str, str], ...] = (
    (
        "protocol banner|No existing session",
        errors.Unreachable,
        "no SSH banner came from `{box}` in time",
        "TCP opens, but no SSH server answers: a proxy or VPN in between? ssh -v {box}",
    ),
    (
        "No authentication methods",
        errors.LoginRefused,
        "there is no key to offer to `{box}`",
        "make one and push it: ssh-transport -H {box} keys.generate keys.push",
    ),
)

_ERRNOS: dict[int, tuple[type[TaskError], str]] = {
    errno.EHOSTUNREACH: (errors.Unreachable, _CONNECT),
    errno.ENETUNREACH: (errors.Unreachable, _CONNECT),
    errno.EADDRNOTAVAIL: (errors.Unreachable, _CONNECT),
    errno.ENOSPC: (errors.NoSpace, "no space is left on this machine"),
    errno.EDQUOT: (errors.NoSpace, "the disk quota on this machine is used up"),
    errno.EROFS: (errors.ReadOnly, "the filesystem on this machine is read-only"),
    errno.EACCES: (errors.PermissionRefused, "this machine refuses access"),
    errno.EPERM: (errors.PermissionRefused, "this machine refuses access"),
    errno.ENOENT: (errors.NoSuchPath, "no such file on this machine"),
    errno.EEXIST: (errors.LocalFileError, "something of that name already exists on this machine"),
    errno.ENOTDIR: (errors.LocalFileError, "a file is where a directory must be on this machine"),
    errno.EISDIR: (errors.LocalFileError, "a directory is where a file must be on this machine"),
    errno.ELOOP: (errors.LocalFileError, "a symlink leads in a circle on this machine"),
    errno.ENAMETOOLONG: (errors.LocalFileError, "a name is too long for this machine"),
}


def translate(exc: BaseException, box: str = "") -> TaskError:  # noqa: C901, PLR0911 - one line per special case
    """Return the error to print for an exception: the exception itself if it is ours, else by the tables above."""
    if isinstance(exc, TaskError):
        return exc
    if isinstance(exc, KeyboardInterrupt):
        cause = " ".join(map(str, exc.args))
        return errors.Interrupted("stopped", cause=cause, hint=f"go on where it stopped: {commands.again()}")
    if isinstance(exc, ssh.NoValidConnectionsError):
        # One attempt per address of the name; the error of the first is reported.
        return translate(next(iter(exc.errors.values())), box)
    if type(exc) is ssh.SSHException:
        for pattern, error, what, hint in _MESSAGES:
            if re.search(pattern, str(exc)):
                return error(what.format(box=box), box=box, cause=str(exc), hint=hint.format(box=box))
    for kind, error, what, hint in TRANSLATIONS:
        if isinstance(exc, kind):
            return error(what.format(box=box), box=box, cause=_cause(exc), hint=hint.format(box=box))
    if isinstance(exc, OSError) and exc.errno in _ERRNOS:
        error, what = _ERRNOS[exc.errno]
        return error(what.format(box=box), cause=_cause(exc))
    if isinstance(exc, UnicodeError):
        return errors.UsageError("a name can't be written in this encoding", box=box, cause=str(exc))
    if isinstance(exc, OSError):
        return errors.LocalFileError("this machine refused", cause=_cause(exc))
    if isinstance(exc, ValueError) and _TOO_LONG in str(exc):
        what = "a number has thousands of digits"
        cause, hint = "no size, time or count is as long", "run it again with `--debug`: it shows who told it"
        return errors.CommandFailed(what, box=box, cause=cause, hint=hint)
    hint = "run it again with `--debug` and report what it shows"
    return errors.Defect("internal error", box=box, cause=f"{type(exc).__name__}: {exc}", hint=hint)


@contextlib.contextmanager
def translated(box: str = "") -> Iterator[None]:
    """
    Turn every exception of ours and of our libraries into a `TaskError`.

    Ctrl-C stays what it is, and so does what is not ours to explain: see `is_foreign`. Invoke prints its own `Exit` and
    `ParseError`.
    """
    try:
        yield
    except (invoke.Exit, invoke.ParseError):
        raise
    except Exception as exc:
        if is_foreign(exc):
            raise
        _log.debug("translated from", exc_info=exc)
        raise translate(exc, box) from exc


def excepthook(kind: type[BaseException], exc: BaseException, trace: TracebackType | None) -> None:
    """
    Print what Invoke and Fabric raise outside of a task, such as a broken settings file, as one of our errors.

    For `sys.excepthook`; with `--debug` the traceback is printed too. What a team's own code raises is left alone.

    :raises SystemExit: with the exit code of the error, where Python's would be 1.
    """
    foreign = is_foreign(exc)
    if isinstance(exc, BrokenPipeError) and not foreign:
        # Whoever read what we print has had enough: `| head`. As a shell tells it of other programs.
        os._exit(128 + signal.SIGPIPE)
    if isinstance(exc, ValueError) and (hint := _wiring_hint(str(exc))):
        sys.__excepthook__(kind, exc, trace)
        wiring = errors.UsageError("the tasks can't be put together", cause=str(exc), hint=hint)
        print(wiring, file=sys.stderr)
        raise SystemExit(wiring.exit_code)
    if foreign or _log.isEnabledFor(logging.DEBUG):
        sys.__excepthook__(kind, exc, trace)
    if foreign:
        return
    error = translate_outside(exc)
    print(error.message, file=sys.stderr)
    raise SystemExit(error.exit_code)


def _wiring_hint(said: str) -> str:
    """Return what to write where Invoke's collections do not fit together; empty for any other words."""
    if said.startswith("Non-root collections must have a name"):
        return 'give it one: ns.add_collection(theirs, name="theirs")'
    if said.startswith("Name conflict: this collection has a"):
        return 'let one of the two have another name: ns.add_collection(transfer, name="boxes")'
    return ""


def translate_outside(exc: BaseException) -> TaskError:
    """Return the error to print for what Invoke and Fabric raise outside of a task, while they read what was typed."""
    if not (isinstance(exc, ValueError) and "invalid literal for int" in str(exc)):
        return translate(exc)
    prefixed = {name: value for name, value in os.environ.items() if name.startswith(("FABRIC_", "INVOKE_"))}
    for name, value in prefixed.items():
        if repr(value) in str(exc):
            return errors.SettingsError(f"`{name}` is no number", cause=str(exc), hint=f"unset {name}")
    flag = next((f"`{flag}`" for flag, value in _typed_pairs() if repr(value) in str(exc)), "a flag")
    return errors.UsageError(f"{flag} wants a number", cause=str(exc), hint="see its help: ssh-transport TASK --help")


def _typed_pairs() -> Iterator[tuple[str, str]]:
    """Yield the flags that were typed, each with the word that may be its value."""
    for word, after in itertools.zip_longest(sys.argv, sys.argv[1:], fillvalue=""):
        if word.startswith("-"):
            flag, equals, value = word.partition("=")
            yield flag, value if equals else after


def _cause(exc: BaseException) -> str:
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror + (f": {exc.filename}" if exc.filename else "")
    if isinstance(exc, invoked.Failure):
        return str(exc.result.stderr or exc.result)
    if isinstance(exc, paramiko.BadAuthenticationType):
        return f"the server accepts: {', '.join(exc.allowed_types)}"
    return str(exc)
