"""What runs on a box's Python runs on each that this machine has, from the oldest that is promised to the newest."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from ssh_transport.link.stripe import bootstrap
from ssh_transport.manifest import worker
from ssh_transport.manifest.ends import Listing, here, records_here
from ssh_transport.manifest.records import Reader
from ssh_transport.secret import service_scripts
from tests.support.pythons import pythons
from tests.support.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

OLDEST = (3, 6)
MANY_BYTES = 3_000_000


def by_version(oldest: tuple[int, int]) -> pytest.MarkDecorator:
    found = pythons(oldest)
    return pytest.mark.parametrize("python", found.values(), ids=found)


@by_version(OLDEST)
def test_a_tree_is_listed_as_by_our_own(python: str, tmp_path: Path) -> None:
    make_tree(tmp_path / "tree", large_bytes=MANY_BYTES)
    order = {
        "path": str(tmp_path / "tree"),
        "prefix": "",
        "algorithm": "sha256",
        "copy_links": False,
        "left_out": [],
        "tell_left_out": True,
        "rules": [],
    }

    done = subprocess.run([python, "-I", "-S", "-c", worker.code(), json.dumps(order)], capture_output=True, check=True)

    with here(Listing(str(tmp_path / "tree")), "sha256") as chunks:
        own = list(records_here(chunks, Reader("this machine", "sha256")))
    assert list(records_here(iter([done.stdout]), Reader("the box", "sha256"))) == own
    assert done.stderr == b""


@by_version(OLDEST)
def test_its_hashes_and_its_version_are_told(python: str) -> None:
    done = subprocess.run([python, "-I", "-S", "-c", worker.code(), '{"ask": true}'], capture_output=True, check=True)

    told = json.loads(done.stdout)
    assert {"sha256", "blake2b"} <= told["rates"].keys()
    assert f"python{'.'.join(map(str, told['version']))}" in os.path.realpath(python)


@by_version(bootstrap.OLDEST)
def test_a_copy_goes_over_several_connections(python: str, box: Sshd, person: Person) -> None:
    """The far end is our program there."""
    (box.home / "ck").mkdir()
    (box.home / "ck" / "large").write_bytes(os.urandom(MANY_BYTES))
    (box.home.parent / "bin").mkdir()
    (box.home.parent / "bin" / "python3").symlink_to(python)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={box.home.parent / 'bin'}:", 1))

    # So that it takes longer than the logins do.
    several = ("--streams=3", "--bwlimit=700")
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here", *several, "--json")

    assert said.exit_code == 0, said.stderr
    assert len(said.json["streams"]) == 3
    assert (person.home / "here" / "large").read_bytes() == (box.home / "ck" / "large").read_bytes()


class Refuses(http.server.BaseHTTPRequestHandler):
    """A service that does not know the secret."""

    def do_GET(self) -> None:
        self.send_response(401)
        self.end_headers()
        self.wfile.write(self.headers["Authorization"].encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@by_version(OLDEST)
def test_a_service_is_asked_where_there_is_no_curl(python: str, service: str) -> None:
    line = 'header = "Authorization: Bearer s3cret"\n'
    asks = [python, "-I", "-S", "-c", service_scripts._PYTHON, service, ""]

    done = subprocess.run(asks, input=line, capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["Bearer s3cret", "401"]
    assert done.stderr == ""
