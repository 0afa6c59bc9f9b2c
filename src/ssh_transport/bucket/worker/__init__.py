"""
Carries parts between a bucket and the files of a box, to which it is sent as text (see `box/python.py`).

Its modules are standard library only, ASCII, Python 3.6, and import nothing of `ssh_transport` but each other. `wire`
and `staged` are used on this machine too. What is said is a line of JSON each way, names of files with a character for
each byte. The first line is ``{"seals": whether it can}``; the answer is the order: what it ``does``, the ``root``, the
``files``, and for what is sent the ``key`` of the copy. Then, to receive:

``{"part", "url", "length", "sha", "plain", "key", "slices"}``  fetch it; answered by ``{"part", "bytes"}``, or ``bad``
``{"end": [numbers of files to leave]}``  give all others their names; answered by ``{"named": how many}``

To send: an answer ``{"files": [[size, mtime_ns], ...]}`` comes first, with nulls for what is no file. Then

``{"part", "slices"}``  read and seal it; answered by ``{"part", "length", "sha", "plain"}``, or ``bad``
``{"part", "url"}``  upload it, or forget it where there is no address; answered by ``{"part", "bytes"}``, or ``bad``
``{"end": []}``  answered by ``{"changed": [numbers of files]}``, as often as it is told

In between comes ``{"at": bytes}`` as a heartbeat.
"""

from __future__ import annotations

from pathlib import Path

from ssh_transport.box.python import one_text

# Each imports only those before it.
_MODULES = ("wire", "aes", "staged", "program")


def code() -> str:
    """Return the program with its modules as one text."""
    return one_text(Path(__file__).parent, _MODULES)
