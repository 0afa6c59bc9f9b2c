"""An alias block in the ssh config file."""

from __future__ import annotations

import contextlib
import dataclasses
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport import files
from ssh_transport.change import Change
from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file
from ssh_transport.openssh.block import Block
from ssh_transport.openssh.resolution import SSH_PORT, SshFiles, resolve
from ssh_transport.settings import SshKeySettings
from ssh_transport.temporary import PrivateDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ssh_transport.platforms.endpoint import Endpoint

# Of IdentityFile in ssh_config(5), the usual first.
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_LOCK_WAIT_S = 10
# The options that lead another way than straight to the host.
_WAY = ("ProxyJump", "ProxyCommand", "ProxyUseFdpass", "BindAddress", "BindInterface", "AddressFamily")

# What `ssh -G` of OpenSSH 10 calls otherwise than ssh_config(5).
_WRITTEN = {"true": "yes", "false": "no"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AliasSettings:
    """
    Options of an alias besides its endpoint, and what is noted of it (`block.Block`).

    :ivar asked: which of them an alias gets that is there already: ``platform``, ``ServerAliveCountMax``.
    """

    identity: str
    keepalive_s: int
    keepalive_misses: int
    platform: str
    group: str = ""
    instance: str = ""
    asked: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class AliasChange(Change):
    """The state of an alias, and its name."""

    alias: str


def ensure_alias(ssh: SshFiles, project: str, endpoint: Endpoint, settings: AliasSettings) -> AliasChange:
    """
    Ensure that there is an alias for `endpoint`; the rest of the config file is not changed, nor what a person made of
    the block of an alias that leads there already.

    :param project: ``proj-3`` is the name of the alias; ``proj`` stands for the next free ``proj-<index>``.
    :raises AliasError: the name is taken, the file can't be parsed, or the block would not take effect.
    """
    check_name(project)
    with locked_config(ssh) as text:
        alias = _existing_alias(text, project, endpoint) or _free_name(ssh, project)
        return _ensure(ssh, text, alias, endpoint, settings)


def add_alias(ssh: SshFiles, alias: str, endpoint: Endpoint, settings: AliasSettings) -> AliasChange:
    """
    Ensure that the alias of this very name is for `endpoint`.

    :raises AliasError: as `ensure_alias`.
    """
    check_name(alias)
    with locked_config(ssh) as text:
        return _ensure(ssh, text, alias, endpoint, settings)


def _ensure(ssh: SshFiles, text: bytes, alias: str, endpoint: Endpoint, settings: AliasSettings) -> AliasChange:
    options = _options(ssh, alias, endpoint, settings)
    existing = config_file.ours(text).get(alias)
    if existing and _leads_to(existing, endpoint):
        wanted = {key: value for key, value in options.items() if key in settings.asked}
        platform = settings.platform if "platform" in settings.asked else ""
        changed = config_file.edited(text, alias, wanted, {"platform": platform})
    elif existing or config_file.where(ssh.config, alias):
        raise AliasError(
            f"alias `{alias}` exists",
            cause=f"{config_file.where(ssh.config, alias)} has another endpoint or other options",
            hint=_other_name(alias, endpoint) if existing else "take another name",
        )
    else:
        block = Block(options, settings.platform, group=settings.group, instance=settings.instance)
        wanted, changed = options, config_file.with_block(text, alias, block)
    if changed != text:
        _write(ssh, alias, changed, wanted)
    return AliasChange(_state(changed, alias), made=changed != text, alias=alias)


def check_name(name: str) -> None:
    """
    Refuse what can't be the name of an alias.

    :raises AliasError: it can't.
    """
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, dots and dashes: proj-1"
        if set(name) & set(" @"):
            hint = "the name comes first: ssh-transport config.add NAME 'ssh -p PORT USER@HOST'"
        raise AliasError(f"`{name}` is no alias name", hint=hint)


def update_alias(ssh: SshFiles, alias: str, changes: Mapping[str, str], platform: str = "", **notes: str) -> Change:
    """
    Ensure that our block for `alias` has these options; its other lines are not changed.

    :param changes: ssh_config options, such as ``{"Port": "38077"}``; those with an empty value are taken away.
    :param platform: the new platform, or empty.
    :param notes: the new `group` and `instance`.
    :raises AliasError: the alias is not ours, or the block would not take effect.
    """
    with locked_config(ssh) as text:
        changed = config_file.edited(text, alias, changes, {"platform": platform, **notes})
        if changed != text:
            _write(ssh, alias, changed, changes)
    return Change(_state(changed, alias), made=changed != text)


def at_same_host(ssh: SshFiles, endpoint: Endpoint) -> dict[str, str]:
    """Return our aliases for the same host and user by another port, which may be this box before it was made anew."""
    wanted = endpoint_options(endpoint)
    return {
        alias: block.options.get("Port", "")
        for alias, block in config_file.blocks(ssh.config).items()
        if all(block.options.get(key) == wanted.get(key) for key in ("HostName", "User"))
        and block.options.get("Port") != wanted["Port"]
    }


def endpoint_options(endpoint: Endpoint) -> dict[str, str]:
    """Return the ssh_config options of an endpoint."""
    # `ssh -G` prints host names in lower case. A `%` starts a token in `HostName`, and is one in an IPv6 zone.
    options = {"HostName": endpoint.host.lower().replace("%", "%%"), "Port": str(endpoint.port or SSH_PORT)}
    if endpoint.user:
        options["User"] = endpoint.user
    if endpoint.identity:
        options["IdentityFile"] = endpoint.identity
    if endpoint.jump:
        options["ProxyJump"] = endpoint.jump
    return options | dict(endpoint.options)


def way_options(endpoint: Endpoint) -> dict[str, str]:
    """Return the ssh_config options of an endpoint, those of another way there than its own with an empty value."""
    return {**dict.fromkeys(_WAY, ""), **endpoint_options(endpoint)}


def _usual_key(ssh: SshFiles, wanted: str) -> str:
    """
    Return the key that a login is to be tried with: where there is none of the name that is wanted by default, the one
    of `ssh`'s own that there is, which may be let in already.
    """
    if wanted != SshKeySettings.identity or (ssh.directory / _KEYS[0]).exists():
        return wanted
    found = next((name for name in _KEYS if (ssh.directory / name).is_file()), _KEYS[0])
    return f"~/.ssh/{found}"


def _options(ssh: SshFiles, alias: str, endpoint: Endpoint, settings: AliasSettings) -> dict[str, str]:
    options = endpoint_options(endpoint)
    key = endpoint.identity or _usual_key(ssh, settings.identity)
    # If ssh expands ~ to another directory than we do, write the full path.
    options["IdentityFile"] = str(Path(key).expanduser()) if ssh.home_moved else key
    options |= {
        # A server takes few keys, and an agent may hold many (MaxAuthTries in sshd_config(5)).
        "IdentitiesOnly": "yes",
        "ServerAliveInterval": str(settings.keepalive_s),
        "ServerAliveCountMax": str(settings.keepalive_misses),
        "TCPKeepAlive": "yes",
        # Gateways are shared by many tenants and addresses are reused: pin per box, not per address.
        "HostKeyAlias": options.get("HostKeyAlias", alias.lower()),
    }
    if ssh.home_moved:
        options["UserKnownHostsFile"] = str(ssh.known_hosts)
        if "CertificateFile" in options:
            options["CertificateFile"] = str(Path(options["CertificateFile"]).expanduser())
    return options


@contextlib.contextmanager
def locked_config(ssh: SshFiles) -> Iterator[bytes]:
    """Lock the config file and yield its text, so that two of our processes do not overwrite each other's changes."""
    with files.locked(f"the ssh config {ssh.config}", wait_s=_LOCK_WAIT_S):
        yield config_file.to_change(ssh.config)


def _write(ssh: SshFiles, alias: str, text: bytes, wanted: Mapping[str, str]) -> None:
    """Write the new text, if `ssh -G` resolves the alias to the options that are wanted."""
    if ssh.config.exists():
        # What is wrong with the file as it is, `ssh` must say of the file, not of our copy of it.
        resolve(ssh, alias)
    options = _tried(ssh, alias, text)
    for key, value in wanted.items():
        got = options.get(key.lower(), "")
        as_written = got.replace("%", "%%") if key == "HostName" else _WRITTEN.get(got, got)
        if value and value not in {got, got.strip('"'), as_written}:
            raise AliasError(
                f"the block for `{alias}` would not take effect; nothing was written",
                cause=f"`{key}` would be `{got}`, not `{value}`",
                hint=f"see which value `ssh` takes: ssh -G {alias}",
            )
    files.write(ssh.config, text, mode=0o600)


def _tried(ssh: SshFiles, alias: str, text: bytes) -> Mapping[str, str]:
    """Return the options of the alias with this text; if `ssh` refuses it, that is because of what is new in it."""
    with PrivateDirectory() as directory:
        trial = directory.path / "config"
        trial.write_bytes(text)
        try:
            return resolve(dataclasses.replace(ssh, config=trial, config_named=True), alias).options
        except AliasError as exc:
            # The person knows nothing of this file, and its lines have other numbers in theirs.
            place = re.compile(rf"{re.escape(str(trial))}(?::? line (\d+))?")
            found = next(filter(None, place.findall(exc.cause)), "")
            line = text.split(b"\n")[int(found) - 1].decode("utf-8", "replace").strip() if found else ""
            raise AliasError(
                f"`ssh` would refuse the block for `{alias}`; nothing was written",
                cause=place.sub(str(ssh.config), exc.cause),
                hint=f"correct `{line}` in what was pasted" if line else exc.hint,
            ) from exc


def _existing_alias(text: bytes, project: str, endpoint: Endpoint) -> str:
    """Return the alias of this project that has this endpoint already, or an empty string."""
    found = (alias for alias, block in config_file.ours(text).items() if _leads_to(block, endpoint))
    return next((alias for alias in found if re.sub(r"-\d+$", "", alias) == project), "")


def _leads_to(block: Block, endpoint: Endpoint) -> bool:
    """Whether a block leads where the endpoint does, and by the same way; who names no user means any."""
    there = {"Port": str(SSH_PORT), **block.options}
    wanted = {"User": there.get("User"), **endpoint_options(endpoint)}
    return all(there.get(key) == wanted.get(key) for key in ("HostName", "Port", "User", "ProxyJump", "ProxyCommand"))


def _other_name(alias: str, endpoint: Endpoint) -> str:
    update = f"ssh-transport config.update {alias} {shlex.quote(str(endpoint))}"
    return f"if its box was made anew: {update}; else take another name"


def _free_name(ssh: SshFiles, project: str) -> str:
    if re.search(r"-\d+$", project):
        return project
    taken = set(config_file.aliases(ssh.config))
    return next(name for index in range(1, len(taken) + 2) if (name := f"{project}-{index}") not in taken)


def _state(text: bytes, alias: str) -> str:
    block = config_file.ours(text)[alias]
    host, port = block.options.get("HostName", alias), block.options.get("Port", SSH_PORT)
    user = f"{block.options['User']}@" if "User" in block.options else ""
    return f"alias {alias}, platform {block.platform}: {user}{host.replace('%%', '%')}:{port}"
