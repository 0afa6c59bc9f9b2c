"""
Lists a path with the digest of every file; runs at both ends as the text that `code` returns, by `python -I -S -c`.

Its modules are standard library only, ASCII, Python 3.6, and import nothing of `ssh_transport` but each other. The
argument behind the text is the order, in JSON. With "ask" the answer is the rates of the algorithms in bytes per
second, and the path and version of the Python. Else records follow, compressed by zlib, parents first and the names of
a directory in byte order; each is five fields with a NUL after each:
kind, name, size, digest, and a link's target or what is wrong. The root is called ".". Kinds:

d f l  directory, file, symlink
o      something that is not compared: a device, a socket, a pipe, or a directory of partial files
c u    changed while it was read; can't be read
h      a heartbeat, in which size is the bytes hashed so far
e      the end, in which size is the number of directories that changed meanwhile, and the last field names one
"""

from __future__ import annotations

from pathlib import Path

from ssh_transport.box.python import one_text

from .hashing import algorithms, rates

__all__ = ["MODULES", "algorithms", "code", "rates"]

# Each imports only those before it.
MODULES = ("walk", "hashing", "program")


def code() -> str:
    """Return the program with its modules as one text."""
    return one_text(Path(__file__).parent, MODULES)
