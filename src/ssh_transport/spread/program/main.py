"""Does what the first argument says. Runs on a box's Python 3.6."""

import json
import os
import sys
import threading
import time
import zlib
from typing import Any, Callable, Dict

from .place import cut, land, place
from .relay import receive, send

_BEAT_S = 2
_WITH_ORDER: Dict[str, Callable[[Dict[str, Any]], Dict[str, Any]]] = {"cut": cut, "place": place}


def main() -> None:
    """
    Run one verb, and end the process.

    `cut` and `place` take an order on standard input, compressed JSON; `land` takes a state directory. Their result is
    one line of JSON, behind empty lines that say that work goes on. `receive` and `send` are in `relay`.
    """
    try:
        code = _run(*sys.argv[1:])
    except (OSError, ValueError) as exc:
        sys.stderr.write("%s\n" % (getattr(exc, "strerror", "") or exc))
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Without waiting for threads.
    os._exit(code)


def _run(verb: str, state: str = "", order: str = "") -> int:
    if verb == "receive":
        return receive(state, os.fdopen(0, "rb", buffering=0), os.fdopen(1, "wb", buffering=0))
    if verb == "send":
        return send(state, json.loads(order))
    threading.Thread(target=_beat, daemon=True).start()
    if verb == "land":
        found = land(state)
    else:
        found = _WITH_ORDER[verb](json.loads(zlib.decompress(sys.stdin.buffer.read()).decode()))
    sys.stdout.write("\n%s\n" % json.dumps(found, separators=(",", ":")))
    return 0


def _beat() -> None:
    while True:
        time.sleep(_BEAT_S)
        os.write(1, b"\n")
