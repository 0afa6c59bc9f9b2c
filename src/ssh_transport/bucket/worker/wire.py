"""Gets and puts one object by its signed address, through drops. Runs on a box's Python 3.6."""

import base64
import http.client
import re
import threading
import time
import urllib.parse
import urllib.request
from typing import Any, Callable, Dict, Tuple, Union

# What is lost of a read that a cut ends.
_BLOCK_BYTES = 1 << 16
_TIMEOUT_S = 60
_MOST_FRUITLESS = 5
_GOES_ON = 206
_REASON = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_TOLD_BYTES = 4096
_ERRORS = 300
# The second is for Azure; others ignore it.
_KIND = {"Content-Type": "application/octet-stream", "x-ms-blob-type": "BlockBlob"}
# What time may cure: too many requests, and what is wrong with the server.
_CURABLE = frozenset({408, 429, 500, 502, 503, 504})
_FAULTS = (OSError, http.client.HTTPException)


class Bad(Exception):
    """An object can't be had, or is not what it should be. No address is in the message."""


class _Kept(threading.local):
    """The connection of a thread, from one request to the next: a new one costs round trips, and begins slowly."""

    where = ""
    connection: Any = None
    answer: Any = None


_kept = _Kept()


def _ask(method: str, url: str, headers: Dict[str, str], data: Union[bytes, bytearray, None] = None) -> Any:
    """Return the answer, whatever it is; nobody is followed elsewhere, as the address was signed for one place."""
    split = urllib.parse.urlsplit(url)
    where, path = "%s://%s" % (split.scheme, split.netloc), "%s?%s" % (split.path, split.query)
    if _kept.connection and _kept.where == where:
        try:
            return _asked(_kept.connection, method, path, headers, data)
        except _FAULTS:
            # The server may have closed it meanwhile.
            _drop()
    _drop()
    _kept.where, _kept.connection = where, _connection(split)
    return _asked(_kept.connection, method, path, headers, data)


def _asked(
    connection: Any, method: str, path: str, headers: Dict[str, str], data: Union[bytes, bytearray, None]
) -> Any:
    connection.request(method, path, body=data, headers=headers)
    _kept.answer = connection.getresponse()
    return _kept.answer


def _connection(split: Any) -> Any:
    """Return a connection that is not there yet; by a proxy where there is one. Plain http is on loopback alone."""
    if split.scheme != "https":
        return http.client.HTTPConnection(split.netloc, timeout=_TIMEOUT_S)
    proxy = urllib.parse.urlsplit(urllib.request.getproxies().get("https") or "")
    if not proxy.hostname or urllib.request.proxy_bypass(split.hostname):
        return http.client.HTTPSConnection(split.netloc, timeout=_TIMEOUT_S)
    made = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=_TIMEOUT_S)
    login = urllib.parse.unquote("%s:%s" % (proxy.username or "", proxy.password or "")).encode("utf-8")
    told = {"Proxy-Authorization": "Basic " + base64.b64encode(login).decode("ascii")} if proxy.username else {}
    made.set_tunnel(split.hostname, split.port or 443, told)
    return made


def _keep_if_done(answer: Any) -> None:
    """Keep the connection if nothing is left to come over it."""
    if answer.will_close or not answer.isclosed():
        _drop()


def _drop() -> None:
    for one in (_kept.connection, _kept.answer):
        if one:
            one.close()
    _kept.connection = _kept.answer = None


def get(url: str, length: int, heard: Callable[[int], None]) -> bytearray:
    """
    Return an object of so many bytes, going on after a cut where it was cut.

    :param heard: called with the length of every block that came, also of one that has to come again.
    """
    # To make it longer with each block would copy it again and again.
    data = bytearray(length)
    done = fruitless = 0
    while done < length:
        before = done
        done, why = _read_on(url, data, done, heard)
        fruitless = 0 if done > before else fruitless + 1
        if fruitless >= _MOST_FRUITLESS:
            raise Bad(why)
        if done == before:
            time.sleep(min(8, 2**fruitless / 4))
    return data


def _read_on(url: str, data: bytearray, done: int, heard: Callable[[int], None]) -> Tuple[int, str]:
    """Read what is left; return how much is there then, and why not all came, where that was so."""
    try:
        answer = _ask("GET", url, {"Range": "bytes=%d-%d" % (done, len(data) - 1)})
        if answer.status >= _ERRORS:
            return done, _refusal(answer)
        skip = done - _begins_at(answer)
        if skip < 0:
            _drop()
            raise Bad("another range came than was asked for")
        while skip:
            passed = len(answer.read(min(_BLOCK_BYTES, skip)))
            if not passed:
                return done, "it ended early"
            heard(passed)
            skip -= passed
        with memoryview(data) as view:
            while done < len(data):
                came = answer.readinto(view[done : done + _BLOCK_BYTES])
                if not came:
                    break
                heard(came)
                done += came
        _keep_if_done(answer)
    except _FAULTS as error:
        _drop()
        return done, type(error).__name__
    return done, "it ended early"


def _begins_at(answer: Any) -> int:
    """Return where the body begins: some servers answer with a range and call it the whole."""
    found = re.match(r"bytes (\d{1,18})-", answer.getheader("Content-Range") or "")
    if found:
        return int(found.group(1))
    if answer.status == _GOES_ON:
        _drop()
        raise Bad("a range came that says nothing of itself")
    return 0


def put(url: str, data: Union[bytes, bytearray]) -> None:
    """Write an object, whole or not at all."""
    for fruitless in range(1, _MOST_FRUITLESS + 1):
        try:
            answer = _ask("PUT", url, _KIND, data)
            if answer.status < _ERRORS:
                # An error with a status that says all is well has a body; a PUT that is done has none.
                said = answer.read(_TOLD_BYTES)
                _keep_if_done(answer)
                if _REASON.search(said):
                    raise Bad("it was not stored")
                return
            why = _refusal(answer)
        except _FAULTS as error:
            _drop()
            why = type(error).__name__
        if fruitless < _MOST_FRUITLESS:
            time.sleep(min(8, 2**fruitless / 4))
    raise Bad(why)


def _refusal(answer: Any) -> str:
    """
    Return status and code of an answer; its text may repeat what signs the address.

    :raises Bad: time does not cure it.
    """
    try:
        found = _REASON.search(answer.read(_TOLD_BYTES))
    except _FAULTS:
        found = None
    _drop()
    why = "HTTP %d%s" % (answer.status, " " + found.group(1).decode() if found else "")
    if answer.status not in _CURABLE:
        raise Bad(why)
    return why
