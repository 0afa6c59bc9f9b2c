"""pip comes from the index that the machine is set up for, checked, and with a login that no other server sees."""

from __future__ import annotations

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, NamedTuple

import pytest
from pip_index import NotConfigured, pip_wheel_from_index, setting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHEEL = b"the bytes of a wheel"
NAME = "pip-9.9-py3-none-any.whl"
HASH = hashlib.sha256(WHEEL).hexdigest()


class Index(NamedTuple):
    """A server, what its page of pip says, and what came with each request."""

    port: int
    pages: dict[str, bytes]
    logins: list[tuple[str, str | None]]


@pytest.fixture
def index() -> Iterator[Index]:
    pages: dict[str, bytes] = {f"/files/{NAME}": WHEEL}
    logins: list[tuple[str, str | None]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            logins.append((f"{self.headers['Host']}{self.path}", self.headers["Authorization"]))
            self.send_response(200 if self.path in pages else 404)
            self.end_headers()
            self.wfile.write(pages.get(self.path, b""))

        def log_message(self, *_words: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Index(server.server_port, pages, logins)
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path / "no"))


def link(target: str) -> bytes:
    return f'<a href="../../files/pip-8.0.tar.gz">pip-8.0.tar.gz</a> <a href="{target}">{NAME}</a>'.encode()


def test_the_wheel_of_the_wanted_version_is_fetched(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a relative link with a hash, as indexes have them."""
    index.pages["/simple/pip/"] = link(f"../../files/{NAME}#sha256={HASH}")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.port}/simple/")

    assert pip_wheel_from_index("9.9", tmp_path) == tmp_path / NAME
    assert (tmp_path / NAME).read_bytes() == WHEEL


@pytest.mark.parametrize(
    ("page", "why"),
    [
        (link(f"../../files/{NAME}#sha256={'0' * 64}"), "does not have the hash"),
        (b"", "it has no pip-9.9"),
        (link(f"file:///etc/{NAME}"), "neither http nor https"),
    ],
)
def test_what_is_not_as_announced_is_refused(
    page: bytes, why: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another content, no such wheel, a link to this machine's own files."""
    index.pages["/simple/pip/"] = page
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{index.port}/simple")

    with pytest.raises(ValueError, match=why):
        pip_wheel_from_index("9.9", tmp_path)

    assert not (tmp_path / NAME).exists()


def test_the_login_goes_to_the_index_alone(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files may be on another server, which is not to know it: here the same one by another name."""
    index.pages["/simple/pip/"] = link(f"http://127.1:{index.port}/files/{NAME}")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://me:p%40ss@127.0.0.1:{index.port}/simple")

    pip_wheel_from_index("9.9", tmp_path)

    basic = "Basic " + base64.b64encode(b"me:p@ss").decode()
    assert index.logins == [
        (f"127.0.0.1:{index.port}/simple/pip/", basic),
        (f"127.1:{index.port}/files/{NAME}", None),
    ]


def test_where_nothing_is_set_nothing_is_asked(tmp_path: Path) -> None:
    """What pip would ask then only pip knows."""
    with pytest.raises(NotConfigured):
        pip_wheel_from_index("9.9", tmp_path)


def test_settings_are_found_as_pip_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's file, then the person's, then the one that is named, then the variable."""
    place, own, named = tmp_path / "etc" / "pip", tmp_path / "config" / "pip", tmp_path / "named.conf"
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(place.parent))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own.parent))
    found = []
    for path in (place / "pip.conf", own / "pip.conf", named):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"[global]\nindex-url = {path}\n")
        if path == named:
            monkeypatch.setenv("PIP_CONFIG_FILE", str(named))
        found.append(setting("index-url"))
    monkeypatch.setenv("PIP_INDEX_URL", "variable")

    assert [*found, setting("index-url")] == [
        str(place / "pip.conf"),
        str(own / "pip.conf"),
        str(named),
        "variable",
    ]
