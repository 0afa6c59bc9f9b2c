"""
pip's own wheel, fetched by Python alone from the package index that this machine is set up for.

Which one that is only pip knows where nobody set it: then there is nothing to ask.
"""

from __future__ import annotations

import base64
import configparser
import hashlib
import os
import ssl
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit
from urllib.request import Request, urlopen

TIMEOUT_S = 30


class NotConfigured(Exception):
    """Neither the environment nor a settings file of pip's names an index."""


class _Links(HTMLParser):
    """The targets of a page's links."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.targets += [value for name, value in attrs if name == "href" and value]


def setting(name: str) -> str:
    """Return what pip would go by: its variable, else what its files say (`pip config debug`), else nothing."""
    home = Path.home()
    files = [
        *(Path(place, "pip", "pip.conf") for place in os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")),
        Path("/etc/pip.conf"),
        home / ".pip" / "pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "pip" / "pip.conf",
        Path(os.environ.get("PIP_CONFIG_FILE", os.devnull)),
    ]
    read = configparser.RawConfigParser()
    read.read(files, encoding="utf-8")
    written = read.get("install", name, fallback=read.get("global", name, fallback=""))
    return os.environ.get(f"PIP_{name.upper().replace('-', '_')}", written)


def pip_wheel_from_index(version: str, to: Path) -> Path:
    """
    Fetch the wheel and return where it is now.

    :raises NotConfigured: there is no index to ask.
    :raises OSError: the index did not answer.
    :raises ValueError: it has no such wheel, or what it sent is not what it announced.
    """
    index = setting("index-url").rstrip("/")
    if not index:
        raise NotConfigured
    name = f"pip-{version}-py3-none-any.whl"
    page = f"{index}/pip/"
    links = _Links()
    links.feed(_fetched(page, index).decode())
    found = next((link for link in links.targets if unquote(urlsplit(link).path).endswith("/" + name)), None)
    if found is None:
        raise ValueError(f"it has no {name}")
    url, announced = urldefrag(urljoin(page, found))
    content = _fetched(url, index)
    if announced and announced != f"sha256={hashlib.sha256(content).hexdigest()}":
        raise ValueError(f"its {name} does not have the hash that it announced")
    wheel = to / name
    wheel.write_bytes(content)
    return wheel


def _fetched(url: str, index: str) -> bytes:
    """Fetch it, with the login that stands in the address of the index, where it is the same server."""
    login, server = _login_and_server(index)
    _, other = _login_and_server(url)
    plain = urlsplit(url)._replace(netloc=other).geturl()
    if urlsplit(plain).scheme not in {"http", "https"}:
        raise ValueError("its address is neither http nor https")
    headers = {"Accept": "text/html, */*;q=0.1"}
    if login and other == server:
        headers["Authorization"] = "Basic " + base64.b64encode(unquote(login).encode()).decode()
    trusted = ssl.create_default_context(cafile=setting("cert") or None)
    with urlopen(Request(plain, headers=headers), timeout=TIMEOUT_S, context=trusted) as answer:  # noqa: S310 - checked above
        return bytes(answer.read())


def _login_and_server(url: str) -> tuple[str, str]:
    login, _, server = urlsplit(url).netloc.rpartition("@")
    return login, server
