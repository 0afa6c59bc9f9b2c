"""A headless Chromium, which is spoken to over two pipes: the DevTools Protocol, one JSON text after another."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_HEARS, _SPEAKS = 3, 4  # what the browser takes for its ends of the pipes


@dataclass(frozen=True)
class Seen:
    """A page as a browser has it."""

    width: int
    complaints: tuple[str, ...]
    fetched: tuple[str, ...]
    text: str
    background: str
    picture: bytes


class Browser:
    """A browser of its own, in a `with`."""

    def __enter__(self) -> Self:
        program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
        if program is None:
            raise RuntimeError("the tests need `chromium`")
        self._place = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        hears, self._says = os.pipe()
        self._reads, speaks = os.pipe()
        argv = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        argv += ["--remote-debugging-pipe", f"--user-data-dir={self._place.name}", "--no-first-run", "about:blank"]
        plumbing = f'exec "$@" {_HEARS}<&{hears} {_SPEAKS}>&{speaks}'
        self._process = subprocess.Popen(
            ["bash", "-c", plumbing, "bash", *argv],
            pass_fds=(hears, speaks),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(hears)
        os.close(speaks)
        self._heard = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for room in ("Page", "Log", "Network", "Runtime"):
            self._ask(f"{room}.enable")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._says)
        os.close(self._reads)
        self._place.cleanup()

    def sees(self, page: Path, *, width: int, is_dark: bool = False) -> Seen:
        """Open a page in a window of this width."""
        self._events.clear()
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self._ask("Emulation.setEmulatedMedia", features=[scheme])
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self._ask("Page.navigate", url=page.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._events):
            self._events.append(self._next())
        picture = self._ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        return Seen(
            width=self._value("document.documentElement.scrollWidth"),
            text=self._value("document.body.innerText"),
            background=self._value("getComputedStyle(document.body).backgroundColor"),
            complaints=tuple(json.dumps(event["params"]) for event in self._events if _complains(event["method"])),
            fetched=tuple(
                event["params"]["request"]["url"]
                for event in self._events
                if event["method"] == "Network.requestWillBeSent"
            ),
            picture=base64.b64decode(picture),
        )

    def _value(self, expression: str) -> Any:
        return self._ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"]["value"]

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        session = getattr(self, "_session", None)
        os.write(self._says, json.dumps(asked | ({"sessionId": session} if session else {})).encode() + b"\0")
        while True:
            heard = self._next()
            if heard.get("id") == self._number:
                return dict(heard["result"])
            self._events.append(heard)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._heard:
            data = os.read(self._reads, 1 << 16)
            if not data:
                raise RuntimeError("the browser has ended")
            self._heard += data
        text, _, self._heard = self._heard.partition(b"\0")
        return dict(json.loads(text))


def _complains(method: str) -> bool:
    return method in {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
