"""What unit tests start from: an empty home, no agent, and boxes that nobody connects to."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import Box
from ssh_transport.errors import commands
from ssh_transport.openssh.resolution import Resolved, SshFiles
from ssh_transport.platforms import profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speak one language, and take options where most do."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("POSIXLY_CORRECT", raising=False)


@pytest.fixture(autouse=True)
def _no_box_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what a test says of a box go no further: hints depend on it."""
    monkeypatch.setattr(commands, "_no_aliases", set())
    monkeypatch.setattr(commands, "_not_ours", set())


@pytest.fixture
def home(_nobodys_home: None) -> Path:
    """The isolated home directory, with a private `.ssh` in it."""
    (Path.home() / ".ssh").mkdir(mode=0o700, parents=True)
    return Path.home()


@pytest.fixture
def own_profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person without profiles of their own, and the directory where they would put them."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    directory = platformdirs.user_config_path("ssh-transport") / "profiles"
    directory.mkdir(parents=True)
    profiles.all_profiles.cache_clear()
    yield directory
    profiles.all_profiles.cache_clear()


@pytest.fixture
def context() -> Callable[..., Context]:
    """Make a context whose settings are given as keyword arguments; no settings file is read."""

    def make(**overrides: Any) -> Context:
        return Context(Config(overrides=overrides, lazy=True))

    return make


@pytest.fixture
def ssh(home: Path, context: Callable[..., Context]) -> SshFiles:
    """The files of `ssh` in the isolated home."""
    return SshFiles.of(context())


@pytest.fixture
def make_box(home: Path, context: Callable[..., Context]) -> Callable[..., Box]:
    """Make a box of a given name; keyword arguments change what it resolves to."""

    def make(name: str = "web", settings: Mapping[str, Any] | None = None, **changes: Any) -> Box:
        c = context(**(settings or {}))
        resolved = Resolved(
            name=name,
            host="127.0.0.1",
            port=22,
            user="root",
            host_key_alias="",
            identities=(),
            identities_only=False,
            known_hosts=(home / ".ssh" / "known_hosts",),
            global_known_hosts=(),
            proxy_jump="",
            proxy_command="",
            ciphers=(),
            sent_variables=(),
            options={},
        )
        return Box(c, name, SshFiles.of(c), dataclasses.replace(resolved, **changes))

    return make
