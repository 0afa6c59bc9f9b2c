"""Recognises processes that only host others: terminal multiplexers, supervisors, and what holds a container."""

from __future__ import annotations

import posixpath

# Each keeps the words that started it as its command line, with the name of whatever it hosts in them.
_HOSTS = frozenset(
    {
        *("tmux", "screen", "abduco", "dtach", "zellij"),
        *("systemd", "supervisord", "runit", "runit-init", "runsvdir", "runsv", "circusd"),
        *("dumb-init", "tini", "tini-static", "docker-init", "catatonit", "conmon"),
    }
)
# A person may call a program of theirs so: it is the system's where the system has it.
_INIT = frozenset({"init", "/init", "/sbin/init", "/usr/sbin/init"})
# Of scripts that interpreters run, the names that are nobody's own.
_SCRIPTS = frozenset({"supervisord", "circusd"})
_KINDS = ("s6-", "containerd-shim", "tmux:")
_INTERPRETERS = ("python", "pypy")


def is_host(command: str) -> bool:
    """Whether a command line is that of a process that only hosts others, which a match in it says nothing about."""
    words = command.split()
    if words and posixpath.basename(words[0]).startswith(_INTERPRETERS):
        # The interpreter's own options come first.
        script = next((word for word in words[1:] if not word.startswith("-")), "")
        return posixpath.basename(script) in _SCRIPTS
    name = posixpath.basename(words[0]).lower() if words else ""
    return name in _HOSTS or name.startswith(_KINDS) or not _INIT.isdisjoint(words[:1])
