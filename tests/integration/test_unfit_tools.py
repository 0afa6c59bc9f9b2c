"""A box whose tools are missing, fail, or lie: it is told, and never read as clean, none, or 0."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ssh_transport.audit import examine_box
from ssh_transport.errors import TaskError
from ssh_transport.facts.authorized_keys import authorized_keys
from ssh_transport.facts.logins import authorized
from ssh_transport.leave.abandoned import resolved
from ssh_transport.leave.places import Places, places_of
from ssh_transport.leave.remaining import remaining_on
from ssh_transport.leave.running import running_on
from ssh_transport.manifest.ends import Listing, Method, records_there
from ssh_transport.manifest.records import Reader
from ssh_transport.processes.choice import select
from ssh_transport.processes.listing import listing
from ssh_transport.secret.destination import default_destination
from ssh_transport.secret.forget import forget, forget_all
from ssh_transport.secret.inventory import listing as secrets
from ssh_transport.secret.path import inspect
from ssh_transport.watch.look import Look
from tests.support.tokens import HF_TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.sshd import Sshd

# What the looks call for answers. What changes something fails by its exit code.
TOOLS = (
    *("awk", "cat", "cut", "date", "df", "du", "env", "find", "getconf", "grep", "head", "id", "ps", "readlink", "sed"),
    *("sha256sum", "sleep", "stat", "timeout", "tr", "wc", "xargs"),
)
FAULTS = {
    "missing": None,
    "fails": "exit 1",
    "says nothing": "exit 0",
    "says nonsense": "echo '*&^% 12 -1'",
}
# The box is this machine, and so are those of the tests beside this one.
SECONDS = f"9{os.getpid()}"
PATTERN = re.compile(f"^sleep {SECONDS}$")


def all_secrets(box: Box) -> list[tuple[object, ...]]:
    found = secrets(box)
    stored = [(one.name, one.path, one.mode) for one in found.stored]
    return [*stored, *((one.path, one.kind) for one in found.leaked_secrets)]


LOOKS: Mapping[str, Callable[[Box], Any]] = {
    "secrets.list": all_secrets,
    "secrets.forget": lambda box: forget(box, "mine", dry_run=True).made,
    "secrets.forget --all": lambda box: forget_all(box, dry_run=True).made,
    "secrets.push": lambda box: inspect(box, default_destination("mine"), "nonce"),
    "keys.list": lambda box: authorized(box).keys,
    "keys.push": authorized_keys,
    "hygiene.audit": lambda box: {(one.place, one.what) for one in examine_box(box)},
    "hygiene.stop": lambda box: [process.pid for process in select(listing(box), PATTERN)],
    "hygiene.leave, what runs": lambda box: sorted(
        process.pid for process in running_on(box) if PATTERN.search(process.command)
    ),
    "hygiene.leave, what remains": lambda box: remaining_on(box, [], places=Places(("./",), (), ())).remaining,
    "hygiene.leave, where": lambda box: places_of(box).roots,
    "hygiene.leave, what may be lost": lambda box: resolved(box, ["~/work"], ["./work"]),
    "transfer.verify": lambda box: sorted(
        tuple(record)
        for record in records_there(
            box, Listing("work", is_source=True), Method("sha256", box_has_python=False), Reader("it", "sha256")
        )
    ),
    "transfer.watch": lambda box: sorted(Look(box, "work", (), "")().names),
}


@pytest.fixture
def work(box: Sshd) -> Iterator[None]:
    """What each look is to find."""
    (box.home / ".mine_key").write_text("s3cret")
    (box.home / ".mine_key").chmod(0o644)
    (box.home / ".bash_history").write_text(f"ls\nexport GH={HF_TOKEN}\n")
    (box.home / "work").mkdir()
    (box.home / "work" / "result.bin").write_bytes(b"result")
    environment = {"HOME": str(box.home), "SSH_CONNECTION": "a 1 b 2", "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(["sleep", SECONDS], env=environment) as process:
        yield
        process.kill()


def give(box: Sshd, faults: Mapping[str, str | None]) -> Path:
    """Let the box have all tools, but for some: a script in their place, or nothing."""
    place = box.home.parent / "tools"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for name in ("sh", *TOOLS):
        script = faults.get(name, f'exec {shutil.which(name)} "$@"')
        if script is not None and shutil.which(name):
            (place / name).write_text(f"#!/bin/sh\n{script}\n")
            (place / name).chmod(0o755)
    if "python3" not in faults:
        (place / "python3").symlink_to(shutil.which("python3") or sys.executable)
    forced = box.home.parent / "forced_command"
    lines = forced.read_text().splitlines()
    lines[1] = f"export PATH={place}"
    forced.write_text("\n".join(lines) + "\n")
    return place


def called(box: Box, sshd: Sshd, look: Callable[[Box], Any]) -> set[str]:
    """Return the tools that a look calls."""
    log = sshd.home.parent / "called"
    log.write_text("")
    give(sshd, {tool: f'echo {tool} >> {log}; exec {shutil.which(tool)} "$@"' for tool in TOOLS})
    look(box)
    return set(log.read_text().split())


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("name", LOOKS)
def test_no_look_takes_a_broken_tool_for_nothing_found(there: Box, box: Sshd, name: str) -> None:
    look = LOOKS[name]
    tools = called(there, box, look)
    give(box, {})
    healthy = look(there)
    wrong: list[str] = []
    for tool in sorted(tools):
        for fault, script in FAULTS.items():
            give(box, {tool: script})
            try:
                found = look(there)
            except TaskError as error:
                if error.exit_code not in {26, 31} or tool not in str(error):
                    wrong.append(f"{tool} {fault}: {error.exit_code} {error}")
            else:
                if found != healthy:
                    wrong.append(f"{tool} {fault}: {found} instead of {healthy}")

    assert tools
    assert healthy not in (None, [], (), set(), False)
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("look", LOOKS)
def test_a_box_with_nothing_but_a_shell_is_told(there: Box, box: Sshd, look: str) -> None:
    give(box, dict.fromkeys((*TOOLS, "python3")))

    with pytest.raises(TaskError, match=r"no `[a-z0-9 ]+` that can be relied on") as caught:
        LOOKS[look](there)
    assert caught.value.exit_code == 31
