"""Secrets asked for from the box itself: every answer of a service told apart, no value shown."""

from __future__ import annotations

import contextlib
import http.server
import json
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from ssh_transport.errors import CommandFailed, NoSuchPath, TaskError, ToolMissing, Unhealthy, Unreachable
from ssh_transport.secret import known
from ssh_transport.secret.verify import verify
from tests.support.pushing import OTHERS, VALUE, pushes
from tests.support.tools import only_has

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ssh_transport.box import Box
    from tests.support.person import Person
    from tests.support.sshd import Sshd


class _Service(http.server.BaseHTTPRequestHandler):
    """Takes one token, in a header."""

    def do_GET(self) -> None:
        status = {"/busy": 503, "/moved": 302}.get(self.path, 200 if self.headers["X-Key"] == VALUE else 401)
        self.send_response(status)
        self.send_header("Location", "/")
        self.end_headers()
        self.wfile.write(b'{"name": "me", "you sent": ' + json.dumps(self.headers["X-Key"]).encode() + b"}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(person: Person) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def asks(person: Person, url: str, shows: str = "me") -> None:
    own = person.home / ".config" / "ssh-transport" / "secrets.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    check = f'[mine.check]\nurl = "{url}"\nheader = "X-Key: {{secret}}"\nshows = "{shows}"\n'
    own.write_text(f'[mine]\nservice = "Mine"\nvariable = "MINE"\n{check}')
    known.all_known.cache_clear()


@pytest.mark.parametrize("tool", ["curl", "python3"])
def test_a_service_is_asked_from_the_box_and_its_answers_distinguished(
    tool: str, service: str, there: Box, box: Sshd, person: Person
) -> None:
    pushes(there, "mine")
    only_has(box, tool)

    asks(person, service)
    assert verify(there, "mine").outcome == "works"
    asks(person, f"{service}/busy")
    with pytest.raises(CommandFailed, match="neither accepted nor refused"):
        verify(there, "mine")
    asks(person, f"{service}/moved")
    with pytest.raises(CommandFailed, match="HTTP 302"):
        verify(there, "mine")
    asks(person, service, shows="not in it")
    with pytest.raises(Unhealthy):
        verify(there, "mine")
    asks(person, "http://127.0.0.1:9/")
    with pytest.raises(Unreachable, match="can't reach Mine"):
        verify(there, "mine")
    asks(person, service)
    pushes(there, "mine", "another")
    with pytest.raises(Unhealthy, match="Mine refuses the secret"):
        verify(there, "mine")
    only_has(box)
    # A shell that waits for the next script has the tools of before.
    there.close(keep=False)
    with pytest.raises(ToolMissing, match="neither curl nor python3"):
        verify(there, "mine")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("echo '401 Unauthorized'; exit 1", Unhealthy),
        ("echo 'Could not resolve host'; exit 1", Unreachable),
        ("no-such-tool", ToolMissing),
        ("exit 3", CommandFailed),
    ],
)
def test_a_command_of_ones_own_is_judged_by_what_it_says(command: str, error: type[TaskError], there: Box) -> None:
    pushes(there, "mine")
    assert verify(there, "mine", 'test -n "$MINE_API_KEY"').outcome == "works"
    with pytest.raises(error):
        verify(there, "mine", command)


def test_what_a_command_says_comes_back_masked(there: Box) -> None:
    pushes(there, "mine")
    with pytest.raises(CommandFailed) as caught:
        verify(there, "mine", 'echo "<$MINE_API_KEY$MINE_API_KEY>"; echo "$MINE_API_KEY" >&2; exit 3')
    assert "<****************>" in caught.value.cause
    assert "c4n4ry" not in str(caught.value)


def test_a_secret_that_is_not_there_can_not_be_verified(there: Box, box: Sshd) -> None:
    with pytest.raises(NoSuchPath, match=r"ssh-transport -H proj-1 secrets\.push wandb"):
        verify(there, "wandb", "true")
    with pytest.raises(NoSuchPath, match=r"secrets\.push kaggle --file=PATH --whole$"):
        verify(there, "kaggle", "true")
    (box.home / ".netrc").write_text(OTHERS)
    with pytest.raises(NoSuchPath):
        verify(there, "wandb", "true")


def test_a_check_ends_with_us(there: Box, person: Person) -> None:
    """However we end: nobody is left with the value in its environment."""
    value = uuid4().hex
    pushes(there, "mine", value)
    words = ("fab", "-H", "proj-1", "secrets.verify", "mine", "--with=sleep 300; sleep 300")
    with subprocess.Popen(
        person.argv(*words),
        cwd=person.home,
        env=person.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until(lambda: bool(holders(value)))
        process.kill()
    wait_until(lambda: not holders(value))


def holders(value: str) -> list[str]:
    """Return who has a value in its environment."""
    found = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if value.encode() in file.read_bytes():
                found.append(str(file))
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.1)


@pytest.mark.parametrize("variable", ["PATH", "IFS", "PPID", "HOME", "LD_PRELOAD", "_"])
def test_a_variable_that_shells_read_is_refused(variable: str, person: Person) -> None:
    said = person.types("inv", "secrets.verify", "mine", "--with=true", f"--variable={variable}", "--on=proj-1")

    assert said.exit_code == 2
    assert "has a meaning of its own for shells" in said.stderr
