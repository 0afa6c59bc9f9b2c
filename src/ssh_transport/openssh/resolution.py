"""
Resolves an alias by `ssh -G`.

Paramiko's own parser does not support `Include` and ignores `HostKeyAlias`, `UserKnownHostsFile` and the keepalive
options; it is used only where there is no `ssh` program.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import paramiko

from ssh_transport.errors import AliasError, symptoms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from invoke import Context

    from ssh_transport.errors import TaskError

SSH_PORT = 22
_LONGEST_S = 20
_OF_ALL = Path("/etc/ssh/ssh_config")
# `ssh -G` has no command, and wants one where an alias goes to the background. An `ssh` that says so knows the option.
_FORKS = b"Cannot fork into background"
_NO_FORK = "ForkAfterAuthentication=no"
_UNKNOWN = re.compile(r"(?m)^(?P<file>.+): line (?P<line>\d+): Bad configuration option: (?P<option>\S+)")
_LINE = re.compile(r"(?m)^(?P<file>.+?):? line (?P<line>\d+):")
_MODE = re.compile(r"Bad owner or permissions on (?P<file>.+)")
# Options of one system's ssh, which another's takes for a mistake.
_ELSEWHERE = {
    "usekeychain": "UseKeychain",
    "gssapikeyexchange": "GSSAPIKeyExchange",
    "gssapitrustdns": "GSSAPITrustDns",
}


@dataclass(frozen=True)
class SshFiles:
    """
    The paths of ssh's config file and directory for this run.

    `ssh` takes ``~`` from the password database; Python, Fabric and sandboxes take it from ``$HOME``.
    We follow ``$HOME``, and pass the paths to `ssh` when the two differ.
    """

    config: Path
    directory: Path
    home_moved: bool
    config_named: bool

    @classmethod
    def of(cls, c: Context) -> SshFiles:
        """Take the config file from Fabric's `-S` or `ssh_config_path`, else from the home directory."""
        named = getattr(c.config, "_runtime_ssh_path", None) or c.config.get("ssh_config_path")
        directory = Path.home() / ".ssh"
        return cls(
            config=Path(named).expanduser().absolute() if named else directory / "config",
            directory=directory,
            home_moved=Path.home() != _password_database_home(),
            config_named=bool(named),
        )

    @property
    def known_hosts(self) -> Path:
        """The file in which host keys are pinned, unless an alias sets another."""
        return self.directory / "known_hosts"

    @property
    def words(self) -> list[str]:
        """The arguments that make `ssh` read the same config file as we do."""
        if not self.home_moved and not self.config_named:
            return []
        return ["-F", str(self.config) if self.config.exists() else "none"]


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """A name as OpenSSH resolves it: address, user, keys, known_hosts files, and all options of `ssh -G`."""

    name: str
    host: str
    port: int
    user: str
    host_key_alias: str
    identities: tuple[Path, ...]
    identities_only: bool
    known_hosts: tuple[Path, ...]
    global_known_hosts: tuple[Path, ...]
    proxy_jump: str
    proxy_command: str
    ciphers: tuple[str, ...]
    sent_variables: tuple[str, ...]
    options: Mapping[str, str]

    @property
    def pinned_as(self) -> str:
        """The name of its entries in known_hosts files (``HostKeyAlias`` has precedence, see `ssh_config(5)`)."""
        if self.host_key_alias:
            return self.host_key_alias
        return self.host if self.port == SSH_PORT else f"[{self.host}]:{self.port}"


def resolve(files: SshFiles, name: str, *, user: str | None = None, port: int | None = None) -> Resolved:
    """
    Return the target that `ssh name` would connect to.

    :raises AliasError: the config file can't be parsed.
    """
    lookup = _options_by_ssh if shutil.which("ssh") else _options_by_paramiko
    return _resolved(files, name, lookup(files, name, user, port))


def _resolved(files: SshFiles, name: str, options: dict[str, list[str]]) -> Resolved:
    """Make a `Resolved` from the options of `ssh -G`: lower-case names, each with its values in order."""
    first = {key: values[0] for key, values in options.items()}
    tokens = {"%d": str(Path.home()), "%u": pwd.getpwuid(os.getuid()).pw_name, "%r": first.get("user", "")}
    tokens |= {"%h": first["hostname"], "%p": first.get("port", ""), "%n": name, "%%": "%"}

    def paths(values: Sequence[str]) -> tuple[Path, ...]:
        return tuple(_rooted(files, _expanded(value, tokens)) for value in values if value != "none")

    pins = _split(first.get("userknownhostsfile", "~/.ssh/known_hosts"))
    pins = [pin for pin in pins if pin not in {"none", "/dev/null"}] or [str(files.known_hosts)]
    jump = first.get("proxyjump", "none")
    command = first.get("proxycommand", "none")
    return Resolved(
        name=name,
        host=first["hostname"],
        port=_number(first.get("port", "")) or SSH_PORT,
        user=first["user"],
        host_key_alias=first.get("hostkeyalias", ""),
        identities=paths(options.get("identityfile", [])),
        identities_only=first.get("identitiesonly", "no") in {"yes", "true"},
        known_hosts=paths(pins),
        global_known_hosts=paths(_split(first.get("globalknownhostsfile", ""))),
        proxy_jump="" if jump == "none" else jump,
        proxy_command="" if command == "none" else command,
        ciphers=tuple(filter(None, first.get("ciphers", "").split(","))),
        sent_variables=tuple(options.get("sendenv", [])),
        options=first,
    )


def query(config: Path | None, name: str, words: Sequence[str] = ()) -> dict[str, list[str]]:
    """
    Return the output of `ssh -G` for `name`: lower-case option names, each with its values in order.

    :param config: the file to read instead of ssh's own.
    :raises AliasError: `ssh` can't parse it; the cause is its error message.
    :raises ToolMissing: `ssh` does not start.
    """
    argv = ["ssh", *(["-F", str(config)] if config else []), "-G", *words, "--", name]
    try:
        done = subprocess.run(argv, capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=_LONGEST_S)
    except subprocess.TimeoutExpired as exc:
        hint = f"does a `Match exec` wait for something? ssh -G {name}"
        raise AliasError(f"`ssh` does not come to an end over `{name}`", hint=hint) from exc
    if done.returncode and _FORKS in done.stderr and _NO_FORK not in words:
        return query(config, name, [*words, "-o", _NO_FORK])
    if done.returncode:
        # `ssh` ends its lines as a terminal wants them.
        raise _fault(name, os.fsdecode(done.stderr).replace("\r\n", "\n"))
    options: dict[str, list[str]] = {}
    for line in os.fsdecode(done.stdout).split("\n"):
        key, _, value = line.partition(" ")
        options.setdefault(key.lower(), []).append(value)
    return options


def unnamed(files: SshFiles, name: str) -> set[str]:
    """Return which of ``user`` and ``port`` no config file names for `name`: there `ssh` has defaults of its own."""
    if not shutil.which("ssh"):
        return {"user", "port"}
    last = {"user": "nobody-named", "port": "1"}
    read = [files.config] if files.words else [files.config, _OF_ALL]
    # The first value counts (ssh_config(5)), so these do where nothing else does.
    lines = [*(f'Include "{path}"' for path in read), "Match all", *(f"{key} {value}" for key, value in last.items())]
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory, "config")
        file.write_bytes(os.fsencode("\n".join(lines)))
        found = query(file, name)
    return {key for key, value in last.items() if found.get(key) == [value]}


def _fault(name: str, stderr: str) -> TaskError:
    """Return the error of an `ssh -G` that failed: of the whole config, or of this name."""
    found = symptoms.meaning(stderr)
    error = found.error(name) if found and found.symptom.stage == "here" else None
    if error and not isinstance(error, AliasError):
        return error
    hint = _hint(stderr) or (error.hint if error else f"see its error message: ssh -G {name}")
    return AliasError(f"`ssh` can't resolve `{name}`", cause=stderr, hint=hint)


def _options_by_ssh(files: SshFiles, name: str, user: str | None, port: int | None) -> dict[str, list[str]]:
    words = files.words
    words += ["-l", user] if user else []
    words += ["-p", str(port)] if port else []
    return query(None, name, words)


def _options_by_paramiko(files: SshFiles, name: str, user: str | None, port: int | None) -> dict[str, list[str]]:
    found: dict[str, Any] = {}
    if files.config.exists():
        try:
            found = dict(paramiko.SSHConfig.from_path(str(files.config)).lookup(name))
        except (paramiko.ConfigParseError, ValueError, re.error) as exc:
            raise AliasError(f"{files.config} can't be parsed", cause=str(exc), hint="fix it, or install ssh") from exc
    found.setdefault("hostname", name)
    found["user"] = user or found.get("user") or pwd.getpwuid(os.getuid()).pw_name
    found["port"] = str(port or found.get("port", SSH_PORT))
    if _number(found["port"]) is None:
        raise AliasError(f"{files.config} can't be parsed", cause="`Port` is no number", hint="fix it, or install ssh")
    found.setdefault("identityfile", [f"~/.ssh/{kind}" for kind in ("id_ed25519", "id_ecdsa", "id_rsa")])
    return {key: value if isinstance(value, list) else [value] for key, value in found.items() if value is not None}


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _split(value: str) -> list[str]:
    """Split a list of paths as `ssh -G` prints it: paths with spaces are not quoted, but each starts with /, ~ or %."""
    return [path.strip('"') for path in re.split(r'"?\s+(?="?[/~%])', value) if path]


def _expanded(value: str, tokens: Mapping[str, str]) -> str:
    return re.sub("%.", lambda match: tokens.get(match[0], match[0]), value)


def _rooted(files: SshFiles, value: str) -> Path:
    """Return the path of a value; if $HOME differs, ssh's own directory is replaced by the one below $HOME."""
    path = Path(value).expanduser()
    default = _password_database_home() / ".ssh"
    return files.directory / path.relative_to(default) if files.home_moved and path.is_relative_to(default) else path


def _password_database_home() -> Path:
    return Path(pwd.getpwuid(os.getuid()).pw_dir)


def _hint(stderr: str) -> str:
    """Return what cures the fault that `ssh` names, with file and line; empty if it names none."""
    if found := _UNKNOWN.search(stderr):
        option = found["option"]
        if known := _ELSEWHERE.get(option.lower()):
            return f"another system's ssh knows it; put this line at the top of {found['file']}: IgnoreUnknown {known}"
        return f"correct line {found['line']} of {found['file']}, or if another ssh knows it: IgnoreUnknown {option}"
    if found := _MODE.search(stderr):
        return f"it must be yours alone: chmod 600 {found['file'].strip()}"
    if found := _LINE.search(stderr):
        return f"correct line {found['line']} of {found['file']}"
    return ""
