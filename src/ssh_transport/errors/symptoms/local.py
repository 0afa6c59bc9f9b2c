"""What the C library, `ssh` and rsync say of this machine's files, and the C library of any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ssh_transport import errors

from .symptom import Symptom

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.errors import TaskError

_OTHER_OPENSSL = (
    r"^OpenSSL version mismatch\. Built against"
    r"|(?:^|/)ssh: (?:error while loading shared libraries: |symbol lookup error: |relocation error: )"
    r"|not found \(required by (?:\S*/)?ssh\)|^dyld.*: Library not loaded: .*libcrypto"
)
_CONFIG = (
    r"(?:\bline \d+: |^)(?:[Bb]ad configuration option|keyword \S+ extra arguments|garbage at end of line"
    r"|no argument after keyword|[Mm]issing (?:argument|\S+ argument)|unsupported option \"|Unsupported KEX algorithm"
    r"|Directive '[^']*' is not allowed"
    r"|Bad (?:SSH2 |port '|key types|yes/no|number|[\w/ -]{1,40} argument|[\w/ -]{1,40} (?:specification|spec) '))"
    r"|^Can't open user config file|^jumphost loop via "
    r"|^Bad port '|percent_(?:dollar_)?expand: unknown key|^(?:hostname|remote username) contains invalid characters"
)

SYMPTOMS = (
    Symptom(
        "here",
        _OTHER_OPENSSL,
        errors.ToolMissing,
        "the `ssh` of this machine does not start",
        "it finds another OpenSSL than it was built with, as in a conda environment",
        "leave the environment: conda deactivate; unset LD_LIBRARY_PATH; ssh -V",
    ),
    Symptom(
        "here",
        r"^Bad owner or permissions on (?P<path>.+)$",
        errors.AliasError,
        "`ssh` refuses its config file for {who}",
        "it belongs to another user, or others may write to it",
        "make it yours alone: chmod 600 {path}; ls -l {path}",
    ),
    Symptom(
        "here",
        _CONFIG,
        errors.AliasError,
        "an ssh config file can't be used for {who}",
        "it has a line that this version of `ssh` does not understand",
        "see what is wrong: ssh -G {box}",
    ),
    Symptom(
        "here",
        r": terminating, \d+ bad configuration options?",
        errors.AliasError,
        "an ssh config file can't be used for {who}",
        "it has a line that this version of `ssh` does not understand",
        "see what is wrong: ssh -G {box}",
        frozenset({"here"}),
    ),
    Symptom(
        "here",
        r"too long for Unix domain socket|^ControlPath too long|^\S*: ?ControlPath too long",
        errors.LinkLost,
        "`ssh` can't make its socket for {who}",
        "the path of `ControlPath` is longer than the 104 or 108 bytes that a socket's may have",
        "shorten it in the alias: ControlPath ~/.ssh/%C",
        lasts=True,
    ),
    Symptom(
        "here",
        r"^unix_listener: cannot bind to path |^muxserver_listen: link mux listener ",
        errors.LinkLost,
        "`ssh` can't make its socket for {who}",
        "the disk that `ControlPath` is on takes no sockets, as a network or Windows disk",
        "put it elsewhere in the alias: ControlPath /tmp/%C",
        lasts=True,
    ),
    Symptom(
        "here",
        r"^(?:ssh: )?(?:unknown|illegal|invalid) option -- |^usage: ssh\b",
        errors.UsageError,
        "the `ssh` of this machine does not know an option",
        "it is older than the one the option is from",
        "see what it is: ssh -V",
    ),
    Symptom(
        "here",
        r"^Could not request local forwarding|^Error: remote port forwarding failed|^Tunnel forwarding failed",
        errors.AliasError,
        "a forwarding that the alias of {who} wants can't be made",
        "the port is in use or forbidden, and the alias says `ExitOnForwardFailure yes`",
        "try it without: ssh -o ClearAllForwardings=yes {box}",
    ),
    Symptom(
        "here",
        r"^rsync: (?:\[\w+\] )?Failed to exec (?P<name>\S+): ",
        errors.ToolMissing,
        "this machine has no `{name}` that rsync can start",
        "it is not installed, or not where the PATH of this process says",
        "install it here: `apt install openssh-client`, or on a Mac `brew install openssh`",
    ),
    Symptom(
        "here",
        r"^No user exists for uid \d+|^You don't exist, go away",
        errors.LocalFileError,
        "this machine knows no user of your number, which `ssh` needs",
        "a container that runs under a number has no line for it in /etc/passwd",
        "see who you are: id; getent passwd",
    ),
)


_DISK: Mapping[str, type[TaskError]] = {
    r"No space left on device|Disk quota exceeded": errors.NoSpace,
    r"Read-only file system": errors.ReadOnly,
}

_BOX: Mapping[str, type[TaskError]] = {
    **_DISK,
    r"Permission denied|Operation not permitted": errors.PermissionRefused,
    r"No such file or directory|Not a directory": errors.NoSuchPath,
}


def error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for the first file or disk message that matches, or `None`."""
    return _first(_BOX, stderr)


def disk_error_of(stderr: str) -> type[TaskError] | None:
    """Return the error for a message about a whole disk (full, read-only), or `None`."""
    return _first(_DISK, stderr)


def _first(table: Mapping[str, type[TaskError]], stderr: str) -> type[TaskError] | None:
    return next((error for pattern, error in table.items() if re.search(pattern, stderr)), None)
