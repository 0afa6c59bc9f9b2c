"""Gets and puts one object by its signed address, through drops. Runs on a box's Python 3.6."""

import http.client
import re
import time
import urllib.error
import urllib.request
from typing import Any, Callable

_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = 60
_MOST_FRUITLESS = 5
_GOES_ON = 206
_REASON = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_TOLD_BYTES = 4096
# What time may cure: too many requests, and what is wrong with the server.
_CURABLE = frozenset({408, 429, 500, 502, 503, 504})
_FAULTS = (OSError, http.client.HTTPException)


class Bad(Exception):
    """An object can't be had, or is not what it should be. No address is in the message."""


class _Stays(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the address was signed for one place."""

    def redirect_request(self, *_: Any) -> None:
        return None


_opener = urllib.request.build_opener(_Stays)


def get(url: str, length: int, heard: Callable[[int], None]) -> bytes:
    """
    Return an object of so many bytes, going on after a cut where it was cut.

    :param heard: called with the length of every block that came, also of one that has to come again.
    """
    data = bytearray()
    fruitless = 0
    while len(data) < length:
        before = len(data)
        try:
            _read_on(url, length, data, heard)
            why = "it ended early"
        except urllib.error.HTTPError as error:
            why = _refusal(error)
            if error.code not in _CURABLE:
                raise Bad(why) from None
        except _FAULTS as error:
            why = type(error).__name__
        fruitless = 0 if len(data) > before else fruitless + 1
        if fruitless >= _MOST_FRUITLESS:
            raise Bad(why)
        if len(data) == before:
            time.sleep(min(8, 2**fruitless / 4))
    return bytes(data)


def _read_on(url: str, length: int, data: bytearray, heard: Callable[[int], None]) -> None:
    request = urllib.request.Request(url, headers={"Range": "bytes=%d-%d" % (len(data), length - 1)})
    with _opener.open(request, timeout=_TIMEOUT_S) as answer:
        skip = len(data) - _begins_at(answer)
        if skip < 0:
            raise Bad("another range came than was asked for")
        while len(data) < length:
            block = answer.read(min(_BLOCK_BYTES, skip + length - len(data)))
            if not block:
                return
            heard(len(block))
            data += block[skip:]
            skip = max(0, skip - len(block))


def _begins_at(answer: Any) -> int:
    """Return where the body begins: some servers answer with a range and call it the whole."""
    found = re.match(r"bytes (\d{1,18})-", answer.headers.get("Content-Range") or "")
    if found:
        return int(found.group(1))
    if answer.status == _GOES_ON:
        raise Bad("a range came that says nothing of itself")
    return 0


def put(url: str, data: bytes) -> None:
    """Write an object, whole or not at all."""
    for fruitless in range(1, _MOST_FRUITLESS + 1):
        request = urllib.request.Request(
            url, data=data, method="PUT", headers={"Content-Type": "application/octet-stream"}
        )
        try:
            with _opener.open(request, timeout=_TIMEOUT_S) as answer:
                # An error with a status that says all is well has a body; a PUT that is done has none.
                if _REASON.search(answer.read(_TOLD_BYTES)):
                    raise Bad("it was not stored")
                return
        except urllib.error.HTTPError as error:
            why = _refusal(error)
            if error.code not in _CURABLE:
                break
        except _FAULTS as error:
            why = type(error).__name__
        if fruitless < _MOST_FRUITLESS:
            time.sleep(min(8, 2**fruitless / 4))
    raise Bad(why)


def _refusal(error: urllib.error.HTTPError) -> str:
    """Return status and code of an answer; its text may repeat what signs the address."""
    try:
        found = _REASON.search(error.read(_TOLD_BYTES))
    except _FAULTS:
        found = None
    finally:
        error.close()
    return "HTTP %d%s" % (error.code, " " + found.group(1).decode() if found else "")
