"""A search for a value that must be nowhere: in words and environments of processes while they run, in files after."""

from __future__ import annotations

import base64
import contextlib
import os
import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import quote_from_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

PAUSE_S = 0.001
# Where programs put what is in their way: besides the directories of the test.
TEMPORARY = ("/tmp", "/var/tmp", "/dev/shm", "/var/log", "/run")
_DEPTH = 2
_LIMIT_BYTES = 1 << 24


def pattern_of(value: bytes) -> re.Pattern[bytes]:
    """
    Return what finds either half of a value as it is, reversed, in hex, URL-encoded, or in base64.

    Base64 of a text within another depends on where it starts, modulo 3; the signs at its ends also on its neighbours.
    """
    middle = len(value) // 2
    forms = [form for half in (value[:middle], value[middle:]) for form in _forms(half)]
    return re.compile(b"|".join(re.escape(form) for form in dict.fromkeys(forms)))


def _forms(text: bytes) -> Iterator[bytes]:
    yield from (text, text[::-1], quote_from_bytes(text, safe="").encode())
    for digits in (text.hex(), text.hex().upper()):
        pairs = re.findall("..", digits)
        yield from ("".join(pairs).encode(), " ".join(pairs).encode(), "".join(f"%{pair}" for pair in pairs).encode())
    for offset in range(3):
        core = base64.b64encode(bytes(offset) + text)[-(-offset * 8 // 6) : (offset + len(text)) * 8 // 6]
        yield from (core, core.translate(bytes.maketrans(b"+/", b"-_")))


class LeakWatch:
    """
    Looks at every process that starts within ``with``, again and again.

    ``samples`` are the readings of words and environment, ``findings`` what was found: process, where, its words.

    :param may_have: by its words, whether a process may have the value in its environment.
    """

    def __init__(self, value: bytes, may_have: Callable[[list[bytes]], bool] = lambda _: False) -> None:
        self.samples = 0
        self.findings: set[str] = set()
        self.processes: set[str] = set()
        self._pattern = pattern_of(value)
        self._may_have = may_have
        self._over = threading.Event()
        self._older = set(os.listdir("/proc"))  # noqa: PTH208 - a thousand times a second
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def finds(self, text: bytes) -> bool:
        """Whether the value is in a text."""
        return bool(self._pattern.search(text))

    def _watch(self) -> None:
        while not self._over.wait(PAUSE_S):
            for name in set(os.listdir("/proc")) - self._older:  # noqa: PTH208
                if name.isdigit():
                    self._look(name)

    def _look(self, process: str) -> None:
        words, environment = _read(process, "cmdline"), _read(process, "environ")
        if not words:
            return
        self.samples += 1
        self.processes.add(process)
        if self._pattern.search(words):
            self.findings.add(f"{process} words: {words!r}")
        # It may have become another program between the two readings.
        if self._pattern.search(environment) and not any(
            self._may_have(seen.split(b"\0")[:-1]) for seen in (words, _read(process, "cmdline"))
        ):
            self.findings.add(f"{process} environment: {words!r}")


def files_with(value: bytes, directory: Path, besides: Collection[Path] = ()) -> list[str]:
    """Return the files below a directory that hold the value, in their name or in their content."""
    pattern = pattern_of(value)
    found = []
    for path in directory.rglob("*"):
        if path in besides:
            continue
        if pattern.search(os.fsencode(path.name)) or (path.is_file() and pattern.search(path.read_bytes())):
            found.append(str(path))
    return found


def new_temporary_files_with(value: bytes, since_s: float, besides: Path) -> list[str]:
    """Return the files outside `besides`, written since a time, that hold the value in places for temporary files."""
    pattern = pattern_of(value)
    return [
        str(path)
        for place in TEMPORARY
        for path in _new_files(Path(place), since_s, _DEPTH)
        if besides not in path.parents and pattern.search(_start_of(path))
    ]


def _new_files(directory: Path, since_s: float, depth: int) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for entry in os.scandir(directory):
            # Others take theirs away at any time.
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False) and depth > 1:
                    yield from _new_files(Path(entry.path), since_s, depth - 1)
                elif entry.is_file(follow_symlinks=False) and entry.stat().st_mtime >= since_s:
                    yield Path(entry.path)


def _start_of(path: Path) -> bytes:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(_LIMIT_BYTES)
    return b""


def _read(process: str, name: str) -> bytes:
    with contextlib.suppress(OSError), Path(f"/proc/{process}/{name}").open("rb") as file:
        return file.read()
    return b""
