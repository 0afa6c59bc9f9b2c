"""What an `ssh` says that does not reach a server, or that loses it."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Stage, Symptom

_CONNECT = "could not connect to {who}"
_ALONE = "try it alone: ssh -v {box}"
_PORT = "is the box on, and is the port the one the console shows now? ssh-transport config.show {box}"
_BEFORE_A_GREETING: frozenset[Stage] = frozenset(
    {"here", "proxy", "way", "algorithms", "host key", "jump's host key", "key", "penalty", "account", "login"}
)

SYMPTOMS = (
    Symptom(
        "way",
        r"Could not resolve hostname (?P<name>[\w.-]+):(?P<port>\d{1,5}): ",
        errors.NameNotFound,
        _CONNECT,
        "a port is part of the name",
        "set both: ssh-transport config.update {box} 'ssh -p {port} USER@{name}'",
        lasts=True,
    ),
    Symptom(
        "way",
        r"Could not resolve hostname \\342\\200\\22[0-7]",
        errors.NameNotFound,
        _CONNECT,
        "a dash of a text program stands where an option of `ssh` begins",
        "type the options anew: ssh-transport config.update {box} 'ssh -p PORT USER@HOST'",
        lasts=True,
    ),
    Symptom(
        "way",
        r"Could not resolve host(?:name)? |^getaddrinfo: ",
        errors.NameNotFound,
        _CONNECT,
        "no DNS server knows its name, or none answers",
        "check the name: ssh-transport config.list",
    ),
    Symptom(
        "way",
        r"connect to (?:host|address) \S+ port \d+: [Cc]onnection refused",
        errors.Refused,
        _CONNECT,
        "nothing listens on that port",
        _PORT,
    ),
    Symptom(
        "way",
        r"connect to (?:host|address) \S+ port \d+: ",
        errors.Unreachable,
        _CONNECT,
        "no answer comes from that address",
        "is the box on, and is there a firewall or VPN in between? ssh -v {box}",
    ),
    Symptom(
        "way",
        r"^rsync: (?:\[\w+\] )?failed to connect to .*: Connection refused",
        errors.Refused,
        _CONNECT,
        "no rsync daemon listens there",
        _PORT,
    ),
    Symptom(
        "way",
        r"^rsync: (?:\[\w+\] )?failed to connect to ",
        errors.Unreachable,
        _CONNECT,
        "no answer comes from that address",
        _ALONE,
    ),
    Symptom(
        "way",
        r"^rsync: (?:\[\w+\] )?getaddrinfo: ",
        errors.NameNotFound,
        _CONNECT,
        "no DNS server knows its name, or none answers",
        "check the name: ssh-transport config.list",
    ),
    Symptom(
        "way",
        r"timed out during banner exchange|[Bb]ad remote protocol version|Remote protocol version .* not supported"
        r"|banner line contains invalid characters|^Protocol (?:mismatch|major versions differ)|^HTTP/1\.\d \d\d\d\b",
        errors.Unreachable,
        "no SSH banner came from {who} in time",
        "what answers there is no SSH server, or a proxy in between swallows its words",
        "TCP opens, but no SSH server answers: a proxy or VPN in between? ssh -v {box}",
    ),
    Symptom(
        "way",
        r"^Connection (?:to|with) \S+ (?:port \d+ )?timed out",
        errors.Unreachable,
        _CONNECT,
        "no answer comes from that address",
        _ALONE,
        follows=frozenset({"way"}),
    ),
    Symptom(
        "way",
        r"open failed: (?:administratively prohibited|unknown channel type)|[Ss]tdio forwarding request failed: ",
        errors.EndpointTooWeak,
        "the jump in front of `{box}` forbids that connections go through it",
        "its sshd has `AllowTcpForwarding no`, or a `PermitOpen` that lacks this box",
        "take another way: ssh-transport config.update {box} 'ssh -p PORT USER@HOST'",
    ),
    Symptom(
        "session",
        r"open failed: (?:connect failed: open failed|resource shortage)|Session open refused by peer",
        errors.LinkLost,
        "{who} allows no more sessions over one connection",
        "its sshd has a low `MaxSessions`, or too many are open",
        "end one, or let each have a connection of its own: ssh -o ControlPath=none {box}",
    ),
    Symptom(
        "way",
        r"open failed: connect failed",
        errors.LinkLost,
        "the jump in front of `{box}` does not reach it",
        "from there the box is off, its port is closed, or its name is not known",
        "is the box on? see how far it comes: ssh -v {box}",
    ),
    Symptom(
        "greeting",
        r"^Connection (?:closed|reset) by UNKNOWN|[Cc]onnection to UNKNOWN port"
        r"|^(?:channel_connect_stdio_fwd|stdio forwarding) failed",
        errors.LinkLost,
        "the jump or proxy command in front of `{box}` ended",
        "it ended without a word, before the box said one",
        _ALONE,
        _BEFORE_A_GREETING,
    ),
    Symptom(
        "greeting",
        r"^(?:kex|ssh)_exchange_identification: |^banner exchange: ",
        errors.Unreachable,
        "no SSH banner came from {who}",
        "its sshd closed the connection at once: too many logins, a penalty, or no sshd behind the port",
        "TCP opens, but no SSH server answers: a proxy or VPN in between? ssh -v {box}",
        _BEFORE_A_GREETING | {"greeting"},
    ),
    Symptom(
        "algorithms",
        r"^Unable to negotiate with |no matching [\w ]{1,30} found\b|^Bad server host key: |^no (?:hostkey|kex) alg\b"
        r"|^ssh_dispatch_run_fatal: .*: (?:Invalid key length|DH GEX group out of range|error in libcrypto)"
        r"|not permitted by HostkeyAlgorithms|not in HostKeyAlgorithms",
        errors.EndpointTooWeak,
        "{who} and this machine's ssh share no algorithm",
        "one of the two is much older than the other",
        "see what it offers: ssh -vv {box}",
    ),
    Symptom(
        "mac",
        r"message authentication code incorrect|^Corrupted (?:MAC|padlen|check bytes)|^Bad packet length \d"
        r"|padding error: need |: Connection corrupted|Packet corrupt",
        errors.LinkLost,
        "the connection to {who} broke",
        "bytes were changed on the way: a faulty network card, router or VPN",
    ),
    Symptom(
        "mac",
        r"^Timeout, server \S+ not responding",
        errors.LinkLost,
        "the connection to {who} broke",
        "it was silent for too long",
    ),
    Symptom(
        "link",
        r"^(?:Connection (?:to \S+ )?(?:closed|reset)|Connection to \S+ port \d+: |Disconnect(?:ed|ing)"
        r"|Received disconnect|Read from remote host|ssh_dispatch_run_fatal|packet_write_|client_loop|scp: Connection)"
        r"|^(?:mux_client_request_session|mux_client_read_packet|mm_receive_fd|Master refused session)"
        r"|^lost connection$"
        r"|^Write failed: |^Killed by signal \d",
        errors.LinkLost,
        "{who} closed the connection",
        follows=frozenset({"greeting", "mac", "penalty", "account", "session", "algorithms"}),
    ),
    # What the program of a `ProxyCommand` says; each in words of its own, so that little of it is known.
    Symptom(
        "proxy",
        r"^(?!channel ).*[Cc]onnection refused",
        errors.Refused,
        "the proxy command of {who} could not connect",
        "nothing listens where it goes, or its jump or proxy refuses",
        _ALONE,
    ),
    Symptom(
        "proxy",
        r"^(?:nc|[Nn]cat|netcat|socat|connect|corkscrew|proxytunnel|websocat|cloudflared)\b.*"
        r"(?:timed out|TIMEOUT|[Nn]o route|unreachable|unknown|failed|error)|bad handshake|407 Proxy",
        errors.Unreachable,
        "the proxy command of {who} could not connect",
        "its jump or proxy does not answer, or lets it go no further",
        _ALONE,
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
