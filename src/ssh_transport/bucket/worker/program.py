"""The program: reads what to do, and does several parts at once. Runs on a box's Python 3.6."""

import hashlib
import json
import os
import queue
import stat
import sys
import threading
import time
from typing import Any, Dict, List, Optional, Union

from . import aes, wire
from .staged import Staged

_AT_ONCE = 6
# More would share the same line, and a cut costs half of each.
_UPLOADS = threading.Semaphore(3)
_BEAT_S = 2


class _Talk:
    """What we say and hear; several threads may say something."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.moved_bytes = 0

    def hear(self) -> Any:
        """Return the next line; `None` at the end."""
        line = sys.stdin.buffer.readline()
        return json.loads(line.decode("ascii")) if line.endswith(b"\n") else None

    def say(self, **answer: Any) -> None:
        """Say a line."""
        with self._lock:
            sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
            sys.stdout.buffer.flush()

    def moved(self, count: int) -> None:
        """Note that so many bytes came."""
        with self._lock:
            self.moved_bytes += count

    def beat(self) -> None:
        """Show that we are there, for as long as somebody listens."""
        while True:
            time.sleep(_BEAT_S)
            self.say(at=self.moved_bytes)


class _Receives:
    """Puts files together out of parts."""

    def __init__(self, talk: _Talk, order: Dict[str, Any]) -> None:
        self._talk = talk
        place = [name.encode("latin-1") for name in order["place"]]
        files = [(name.encode("latin-1"), size, mtime_ns) for name, size, mtime_ns in order["files"]]
        directories = [(name.encode("latin-1"), *look) for name, *look in order.get("directories") or ()]
        self._staged = Staged(order["root"].encode("latin-1"), place, files, order.get("modes") or (), directories)

    def part(self, told: Dict[str, Any]) -> Dict[str, int]:
        """Fetch one."""
        if self._staged.holds(told["slices"], told["plain"]):
            return {"bytes": 0}
        data: Union[bytes, bytearray] = wire.get(told["url"], told["length"], self._talk.moved)
        if told["key"]:
            has_tag = len(data) > sum(length for _, _, length in told["slices"])
            data = (aes.opened if has_tag else aes.streamed)(aes.part_key(told["key"]), told["part"], data)
        # It comes by the login, and so tells of all that can be wrong on the way.
        if hashlib.sha256(data).hexdigest() != told["plain"]:
            raise wire.Bad("it is not what was put there")
        self._staged.write(told["slices"], data)
        return {"bytes": told["length"]}

    def end(self, told: Dict[str, Any]) -> None:
        """All is there."""
        self._talk.say(named=self._staged.publish(frozenset(told["end"])))
        os._exit(0)


class _Sends:
    """Cuts files into parts."""

    def __init__(self, talk: _Talk, order: Dict[str, Any]) -> None:
        self._talk = talk
        self._key = bytes.fromhex(order["key"])
        root = order["root"].encode("latin-1")
        self._paths = [os.path.join(root, name.encode("latin-1")) for name in order["files"]]
        self._follows = order["copy_links"]
        self._made: Dict[int, Union[bytes, bytearray]] = {}
        self._found = [self._look(path) for path in self._paths]
        talk.say(files=self._found)

    def _look(self, path: bytes) -> Optional[List[int]]:
        try:
            found = os.stat(path, follow_symlinks=self._follows)
        except OSError:
            return None
        is_fit = stat.S_ISREG(found.st_mode) and os.access(path, os.R_OK)
        return [found.st_size, found.st_mtime_ns] if is_fit else None

    def part(self, told: Dict[str, Any]) -> Dict[str, Any]:
        """Make one, or upload it."""
        number = told["part"]
        if "url" in told:
            stored = self._made.pop(number)
            if told["url"]:
                with _UPLOADS:
                    wire.put(told["url"], stored)
                self._talk.moved(len(stored))
            return {"bytes": len(stored) if told["url"] else 0}
        plain = b"".join(self._read(*one) for one in told["slices"])
        digest = hashlib.sha256(plain).hexdigest()
        stored = self._sealed(number, digest, plain) if self._key else plain
        self._made[number] = stored
        return {"length": len(stored), "sha": hashlib.sha256(stored).hexdigest(), "plain": digest}

    def _sealed(self, number: int, digest: str, plain: bytes) -> bytearray:
        return aes.sealed(aes.part_key(aes.password(self._key, number, digest)), number, plain)

    def _read(self, number: int, offset: int, length: int) -> bytes:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | (0 if self._follows else os.O_NOFOLLOW)
        handle = os.open(self._paths[number], flags)
        try:
            data = os.pread(handle, length, offset)
        finally:
            os.close(handle)
        # It was cut short meanwhile, and is found to have changed at the end.
        return data + bytes(length - len(data))

    def end(self, _: Dict[str, Any]) -> None:
        """All was read, as one of those who fetch says; others may still ask for parts."""
        now = enumerate(zip(self._paths, self._found))
        self._talk.say(changed=[number for number, (path, found) in now if self._look(path) != found])


def _work(talk: _Talk, job: Any, todo: "queue.Queue[Any]") -> None:
    while True:
        told = todo.get()
        try:
            talk.say(part=told["part"], **job.part(told))
        except (wire.Bad, ValueError) as error:
            talk.say(part=told["part"], bad=str(error))
        except BaseException as error:  # noqa: BLE001 - all that can be wrong is told in one way
            _fail(error)
        finally:
            todo.task_done()


def _fail(error: BaseException) -> None:
    """End with what the C library says of it, and nothing else: an address may be in the rest."""
    sys.stderr.write("%s\n" % (getattr(error, "strerror", None) or type(error).__name__))
    sys.stderr.flush()
    os._exit(1)


def main() -> None:
    try:
        _run()
    except BaseException as error:  # noqa: BLE001 - likewise
        _fail(error)


def _run() -> None:
    talk = _Talk()
    talk.say(seals=aes.works())
    order = talk.hear()
    todo: "queue.Queue[Any]" = queue.Queue()
    job = (_Receives if order["does"] == "receive" else _Sends)(talk, order)
    for _ in range(_AT_ONCE):
        threading.Thread(target=_work, args=(talk, job, todo), daemon=True).start()
    threading.Thread(target=talk.beat, daemon=True).start()
    while True:
        told = talk.hear()
        if told is None:
            # Whoever told us is gone.
            os._exit(1)
        if "end" in told:
            todo.join()
            job.end(told)
        else:
            todo.put(told)
