"""Which boxes a task is for, and what their endpoints can do."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import msgspec
import paramiko
import pytest

from ssh_transport.box import boxes
from ssh_transport.box.carrier.over_paramiko import OverParamiko
from ssh_transport.errors import (
    AliasError,
    EndpointError,
    EndpointTooWeak,
    LinkLost,
    NoTarget,
    SettingsError,
    TaskError,
    ToolMissing,
)
from ssh_transport.openssh import host_keys
from ssh_transport.platforms import profiles

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from invoke.context import Context

    from ssh_transport.box import Box
    from ssh_transport.openssh.resolution import SshFiles
    from ssh_transport.platforms.profile import Capability


@pytest.mark.parametrize("capability", ["exec", "sftp", "rsync"])
def test_what_an_endpoint_lacks_is_refused(capability: Capability, make_box: Callable[..., Box]) -> None:
    """The message says what it is, and where a better endpoint is."""
    box = make_box("pod")
    profile = profiles.named("runpod")
    weak = msgspec.structs.replace(profile.endpoints[0], capabilities=())
    vars(box)["platform"] = (profile, weak)

    with pytest.raises(EndpointTooWeak) as caught:
        box.require(capability)

    assert caught.value.what == f"`pod` is a proxied endpoint of RunPod, which has no {capability}"
    assert "SSH over exposed TCP" in caught.value.hint


@pytest.mark.parametrize("host", ["ssh5.vast.ai", "ssh.runpod.io", "203.0.113.7", "connect.westd.seetacloud.com"])
def test_an_endpoint_that_carries_everything_is_fine(host: str, make_box: Callable[..., Box]) -> None:
    """Nothing is refused that works, if it is by a terminal."""
    box = make_box(host=host)
    for capability in ("exec", "sftp", "rsync"):
        box.require(capability)


@pytest.mark.parametrize("broken", [EOFError, OSError, paramiko.SSHException])
def test_a_link_that_can_not_be_closed_hides_no_error(
    broken: type[Exception], make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paramiko takes leave of the other end even when it is gone; its thread has to end all the same."""
    box, connection = make_box(), Mock()
    connection.close.side_effect = broken
    connection.transport.is_active.return_value = False
    monkeypatch.setattr(host_keys, "fingerprint", str)
    monkeypatch.setattr(box, "_opened", OverParamiko(box, connection))

    with pytest.raises(LinkLost), box:
        raise LinkLost("the connection broke")
    connection.client.close.assert_called_once_with()


@pytest.mark.parametrize("words", [5, True, [1], [["a"]], [None]], ids=repr)
def test_boxes_of_another_shape_are_refused(words: Any, context: Callable[..., Context]) -> None:
    """The setting is a list of names or a text of names, nothing else."""
    with pytest.raises(SettingsError, match="`boxes` is "):
        boxes(context(boxes=words))


@pytest.mark.parametrize("words", [None, "", " , ", [], ["", " "]], ids=repr)
def test_no_box_is_named_by_nothing(words: Any, ssh: SshFiles, context: Callable[..., Context]) -> None:
    """The error lists the aliases that could be named."""
    ssh.config.write_text("Host p-1\nHost *\n")
    with pytest.raises(NoTarget) as caught:
        boxes(context(boxes=words))

    assert caught.value.cause == "known aliases: p-1"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("p-2,p-1", ["p-2", "p-1"]),
        (" p-1 , p-1 ", ["p-1"]),
        ("p-*", ["p-1", "p-2"]),
        ("q,p-?,p-1", ["q", "p-1", "p-2"]),
        ("me@[2001:db8::7]:22", ["me@[2001:db8::7]:22"]),
        ("", ["q"]),
    ],
)
def test_names_and_globs_are_expanded(
    on: str, expected: list[str], ssh: SshFiles, context: Callable[..., Context]
) -> None:
    """Every box once, in the order it was named; the setting stands in where nothing was."""
    ssh.config.write_text("Host p-1 p-2\nHost q *\n")

    assert [box.name for box in boxes(context(boxes=["q"]), on)] == expected


def test_a_glob_that_matches_nothing_is_no_box(ssh: SshFiles, context: Callable[..., Context]) -> None:
    """A pattern is never looked up as a name."""
    with pytest.raises(NoTarget, match=r"no alias matches `p-\*`"):
        boxes(context(), "p-*")


def test_a_slip_in_an_alias_is_named_before_anything_is_opened(
    ssh: SshFiles, context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads somewhere, or to nothing that is known, is taken as it is."""
    ssh.config.write_text("Host proj-1\n HostName 203.0.113.7\nHost via-*\n ProxyJump proj-1\nHost via-x\n")
    known_hosts = {"proj-3", "localhost"}

    def resolves(host: str, *_: object) -> list[Any]:
        if host not in known_hosts:
            raise socket.gaierror(-2, "Name or service not known")
        return []

    monkeypatch.setattr("socket.getaddrinfo", resolves)

    with pytest.raises(AliasError) as caught:
        boxes(context(), "proj1")

    assert (caught.value.exit_code, caught.value.what) == (6, "there is no alias `proj1`, and no host of that name")
    assert caught.value.hint.startswith("did you mean proj-1?")
    for name in ("proj-1", "proj-3", "proj-1,via-y", "gpu.example.com"):
        assert [box.name for box in boxes(context(), name)] == name.split(",")
    with pytest.raises(NoTarget) as unmatched:
        boxes(context(), "prj-*")
    assert unmatched.value.hint == "did you mean proj-1?"


def test_a_name_that_is_an_option_is_refused(ssh: SshFiles, context: Callable[..., Context]) -> None:
    """What `ssh` would take for an option does not reach it."""
    with pytest.raises(EndpointError):
        boxes(context(), "-oProxyCommand=x")


def test_a_typed_address_keeps_its_user_and_port(ssh: SshFiles, context: Callable[..., Context]) -> None:
    """They win over what the file says of the host."""
    ssh.config.write_text("Host web\n HostName real.example\n User file\n Port 1\n")
    found, plain = boxes(context(), "me@web:2,web")

    assert (found.address, plain.address) == ("me@real.example:2", "file@real.example:1")


@pytest.mark.parametrize(
    ("said", "error", "problem_id"),
    [
        ("Bad owner or permissions on /home/me/.ssh/config", AliasError, "K6"),
        ("/home/me/.ssh/config: line 7: Bad configuration option: usekeychain", AliasError, ""),
        ("OpenSSL version mismatch. Built against 30000020, you have 30500010", ToolMissing, ""),
    ],
)
def test_an_ssh_that_resolves_nothing_is_told_as_what_it_is(
    said: str,
    error: type[TaskError],
    problem_id: str,
    *,
    tmp_path: Path,
    context: Callable[..., Context],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before there is a box, and with the known problem."""
    program = tmp_path / "ssh"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 255\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(error) as caught:
        boxes(context(), "proj-1")

    assert said in caught.value.cause
    assert (caught.value.known_problem.id if caught.value.known_problem else "") == problem_id
