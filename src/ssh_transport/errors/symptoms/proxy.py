"""What the program of a `ProxyCommand` says; each in words of its own, so that little of it is known."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Symptom

SYMPTOMS = (
    Symptom(
        "proxy",
        r"^(?!channel ).*[Cc]onnection refused",
        errors.Refused,
        "the proxy command of {who} could not connect",
        "nothing listens where it goes, or its jump or proxy refuses",
        "try it alone: ssh -v {box}",
    ),
    Symptom(
        "proxy",
        r"^(?:nc|[Nn]cat|netcat|socat|connect|corkscrew|proxytunnel|websocat|cloudflared)\b.*"
        r"(?:timed out|TIMEOUT|[Nn]o route|unreachable|unknown|failed|error)|bad handshake|407 Proxy",
        errors.Unreachable,
        "the proxy command of {who} could not connect",
        "its jump or proxy does not answer, or lets it go no further",
        "try it alone: ssh -v {box}",
    ),
    Symptom(
        "proxy",
        r"^(?:/\S+/)?\w*sh: (?:line )?\d*:? ?(?:exec: )?\S+: (?:cannot execute|Permission denied|No such file)",
        errors.ToolMissing,
        "the proxy command of {who} can't be run",
        "what `ProxyCommand` names is there and can't be started, or is somewhere else",
        "install it, or change `ProxyCommand` in the alias",
    ),
)
