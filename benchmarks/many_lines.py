"""
A home and boxes, each in a network namespace with a line of its own to one switch.

The rates are tbf's. Only root can make it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ssh_transport.openssh.public_key import public_key
from ssh_transport.operations.alias import AliasSettings, ensure_alias
from ssh_transport.operations.key_pair import ensure_key_pair
from ssh_transport.platforms.endpoint import Endpoint
from tests.conftest import lets_in
from tests.support import certificate
from tests.support.bucket import Bucket
from tests.support.person import Person
from tests.support.sshd import Sshd
from tests.support.two_boxes import SSH

if TYPE_CHECKING:
    from collections.abc import Iterator

NETWORK, SWITCH = "10.78", "switch"
# A box has no version manager, whose `python3` is a shell script that runs others.
PLAIN_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# What a home router or a hypervisor holds: a tenth of a second.
_BURST_BYTES, _QUEUE = 64 << 10, "100ms"
# Of a bucket: its number on the network, and a line that is no limit.
_BUCKET, _BUCKET_MBIT = 250, 4000


class Lines(NamedTuple):
    """Rates in Mbit/s."""

    home_up: float
    box_up: float
    box_down: float


@dataclass
class Many:
    """
    All of it while it stands.

    :ivar boxes: by alias.
    :ivar bucket: object storage that all of them reach.
    """

    person: Person
    boxes: dict[str, Sshd]
    home: str
    bucket: Bucket

    def sent_bytes(self) -> int:
        """Return what has left the home so far, on the wire."""
        (found,) = json.loads(_ip("-n", self.home, "-s", "-j", "link", "show", "line"))
        return int(found["stats64"]["tx"]["bytes"])


@contextlib.contextmanager
def many(number: int, lines: Lines) -> Iterator[Many]:
    """Make a home, so many boxes which all log in to each other, and a bucket; take them away."""
    if os.geteuid():
        raise SystemExit("error: network namespaces need root\n\nhint: run it with `sudo`")
    mark = f"many-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"{mark}-")))
        _namespace(stack, f"{mark}-{SWITCH}")
        _ip("-n", f"{mark}-{SWITCH}", "link", "add", SWITCH, "type", "bridge")
        _ip("-n", f"{mark}-{SWITCH}", "link", "set", SWITCH, "up")
        home = _line(stack, mark, 0, lines.home_up, 1000)
        person = Person(place / "person", under=("ip", "netns", "exec", home))
        certified = certificate.made(place, _address(_BUCKET))
        space = _line(stack, mark, _BUCKET, _BUCKET_MBIT, _BUCKET_MBIT)
        under = ("ip", "netns", "exec", space)
        bucket = Bucket(place / "bucket", address=_address(_BUCKET), certified=certified, under=under)
        stack.enter_context(bucket)
        (person.home / "invoke.yaml").write_text(bucket.settings)
        boxes: dict[str, Sshd] = {}
        pins = []
        for at in range(1, number + 1):
            name, space = f"proj-{at}", _line(stack, mark, at, lines.box_up, lines.box_down)
            tools = place / name / "tools"
            tools.mkdir(parents=True)
            (tools / "python3").write_text(
                f'#!/bin/sh\nSSL_CERT_FILE={certified.authority} exec /usr/bin/python3 "$@"\n'
            )
            (tools / "python3").chmod(0o755)
            address = _address(at)
            server = boxes[name] = Sshd(
                place / name / "sshd",
                path=f"{tools}:{PLAIN_PATH}",
                extra=f"ListenAddress {address}",
                under=("ip", "netns", "exec", space),
            )
            stack.callback(server.close)
            (tools / "ssh").write_text(SSH.format(home=server.home, ssh=shutil.which("ssh")))
            (tools / "ssh").chmod(0o755)
            lets_in(server, person)
            style = AliasSettings(
                identity=str(person.identity), keepalive_s=60, keepalive_misses=120, platform="generic"
            )
            ensure_alias(person.files, name, Endpoint(host=address, user=server.user, port=server.port), style)
            pins.append(f"{name} {server.host_key_line}\n")
        (person.ssh / "known_hosts").write_text("".join(pins))
        _join(place, boxes)
        yield Many(person, boxes, home, bucket)


def _join(place: Path, boxes: dict[str, Sshd]) -> None:
    """Give all boxes one key, with which each logs in to every other."""
    identity = place / "box_key"
    ensure_key_pair(identity, comment="box", passphrase=str)
    for server in boxes.values():
        (server.home / ".ssh" / "config").write_text(f"IdentityFile {identity}\nIdentitiesOnly yes\n")
        with (server.home / ".ssh" / "authorized_keys").open("a") as file:
            file.write(public_key(identity).line + "\n")


def _line(stack: contextlib.ExitStack, mark: str, at: int, up_mbit: float, down_mbit: float) -> str:
    """Make a namespace with a line to the switch; return its name."""
    space, switch, far = f"{mark}-{at}", f"{mark}-{SWITCH}", f"port{at}"
    _namespace(stack, space)
    _ip("-n", space, "link", "add", "line", "type", "veth", "peer", "name", far, "netns", switch)
    _ip("-n", space, "address", "add", f"{_address(at)}/16", "dev", "line")
    _ip("-n", space, "link", "set", "line", "up")
    _ip("-n", space, "link", "set", "lo", "up")
    _ip("-n", switch, "link", "set", far, "master", SWITCH, "up")
    for inside, device, rate in ((space, "line", up_mbit), (switch, far, down_mbit)):
        words = ("rate", f"{rate:g}mbit", "burst", str(_BURST_BYTES), "latency", _QUEUE)
        _run("tc", "-n", inside, "qdisc", "add", "dev", device, "root", "tbf", *words)
    return space


def _namespace(stack: contextlib.ExitStack, name: str) -> None:
    _ip("netns", "add", name)
    stack.callback(_ip, "netns", "del", name)


def _address(at: int) -> str:
    return f"{NETWORK}.0.{at + 1}"


def _ip(*words: str) -> str:
    return _run("ip", *words)


def _run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"`{' '.join(words)}` failed: {done.stderr.strip()}")
    return done.stdout
