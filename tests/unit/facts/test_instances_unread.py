"""A box whose address can't be read is told, and no other way is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.facts import instances as module
from ssh_transport.facts.instances import instances, listing, unread
from tests.support.platform_command import address, stand_in

if TYPE_CHECKING:
    from pathlib import Path


def listed(name: str, box: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Return where a box of a platform is, and what of it can't be read."""
    monkeypatch.setattr(module, "_json", lambda *_: [box])
    (found,) = instances(listing(name)[1])
    return address(found.endpoint), found.unread


VAST = {"id": 1, "ssh_host": "ssh4.vast.ai", "ssh_port": 11111, "image_runtype": "ssh_direc"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"image_runtype": "jupyter", "ssh_port": 65535}, "ssh_port"),
        ({"public_ipaddr": "203.0.113.8, 203.0.113.9", "ports": {"22/tcp": [{"HostPort": "7"}]}}, "public_ipaddr"),
        (
            {"public_ipaddr": "203.0.113.8", "ports": {"22/tcp": [{"HostPort": 7.5}]}},
            'ports."22/tcp"[0].HostPort',
        ),
    ],
)
def test_a_way_that_is_garbled_is_told_and_no_other_is_taken(
    changes: dict[str, Any], field: str, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other leads to the platform's proxy, or to another box."""
    stand_in(commands, "vastai")

    assert listed("vastai", VAST, monkeypatch) == ("root@ssh4.vast.ai:11111", "")
    assert listed("vastai", VAST | changes, monkeypatch) == ("", field)


@pytest.mark.parametrize(
    ("name", "box", "field"),
    [
        ("hcloud", {"id": 1, "status": "running", "public_net": {"ipv4": {"address": "203.0.113.2"}}}, True),
        ("hcloud", {"id": 1, "status": "running", "public_net": {"ipv4": {"ip": ""}}}, False),
        ("hcloud", {"id": 1, "status": "off", "public_net": {"ipv4": {"address": "203.0.113.2"}}}, False),
        ("doctl", {"id": 1, "status": "active", "network": {}}, True),
        ("doctl", {"id": 1, "status": "new"}, False),
        ("aws", {"InstanceId": "i-1", "State": {"Name": "running"}, "PublicDnsName": "ec2.example"}, True),
        ("aws", {"InstanceId": "i-1", "State": {"Name": "running"}, "PublicDnsName": ""}, False),
        ("gcloud", {"id": 1, "status": "RUNNING", "networkInterfaces": [{"accessConfigs": [{"ip": "x"}]}]}, True),
        ("gcloud", {"id": 1, "status": "RUNNING", "networkInterfaces": [{"networkIP": "10.0.0.2"}]}, False),
        ("vastai", {"id": 1, "actual_status": "running", "host": "203.0.113.2"}, True),
        ("vastai", {"id": 1, "actual_status": "loading"}, False),
        ("lambda", {"id": "1", "status": "active", "address": "203.0.113.2"}, True),
        ("lambda", {"id": "1", "status": "booting"}, False),
    ],
)
def test_a_box_that_runs_and_has_no_address_is_not_understood(
    name: str, box: dict[str, Any], field: bool, commands: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The platform's command says it in another way now; one without a public address has none."""
    stand_in(commands, name)
    boxes = {"aws": {"Reservations": [{"Instances": [box]}]}, "lambda": {"data": [box]}}.get(name, [box])
    monkeypatch.setattr(module, "_json", lambda *_: boxes)
    found = instances(listing(name)[1])

    assert found[0].endpoint is None
    assert bool(found[0].unread) == field
    assert bool(unread(listing(name)[1], found)) == field
