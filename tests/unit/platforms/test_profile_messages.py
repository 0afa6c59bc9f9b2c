"""What goes wrong: a message means the trap of its platform, and nothing else does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ssh_transport.platforms import profiles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ssh_transport.platforms.profile import KnownProblem, Profile

pytestmark = pytest.mark.usefixtures("own_profiles")


class Said(NamedTuple):
    """What `ssh`, rsync, bash, Paramiko or we say, and the trap that it means on its platform."""

    problem: str
    text: str


_CHANGED = [
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
    "Host key for [connect.westb.seetacloud.com]:38076 has changed and you have requested strict checking.",
    "Host key for server 'proj-1' does not match: got 'AAAAC3', expected 'AAAAB3'",
    "the host key of `proj-1` changed; nothing was sent",
]
_REFUSED = ["root@203.0.113.7: Permission denied (publickey,password).", "`proj-1` refused the login"]
SAID = [
    *(Said(problem, text) for problem in ("A1", "R7", "L1", "TN1", "T6") for text in _CHANGED),
    *(Said(problem, text) for problem in ("R3", "V2") for text in _REFUSED),
    Said("A2", 'rsync: [receiver] mkstemp "/root/autodl-fs/ckpt/.x.1" failed: No space left on device (28)'),
    Said("A2", 'rsync: [receiver] write failed on "/autodl-fs/data/x": Disk quota exceeded (122)'),
    Said("A5", "bash: line 1: python3: command not found"),
    Said("A5", "sh: 1: python: not found"),
    Said("A5", "zsh:1: command not found: python3"),
    Said("A5", "/usr/bin/env: ‘python3’: No such file or directory"),  # noqa: RUF001 - as coreutils prints it
    Said("A6", "could not connect to `proj-1`\nError reading SSH protocol banner"),
    Said("A6", "Connection timed out during banner exchange\nConnection to 203.0.113.7 port 38076 timed out"),
    Said("A6", "ssh: connect to host 198.18.0.17 port 38076: Connection refused"),
    Said("A8", 'rsync: [receiver] write failed on "/root/autodl-tmp/x.pt": No space left on device (28)'),
    Said("R1", "Error: Your SSH client doesn't support PTY"),
    Said("R2", "ssh: connect to host 203.0.113.7 port 17445: Connection refused"),
    Said("R2", "could not connect to `pod-1`\nConnection refused"),
    Said("R3", "8y5rumuyb50m78-6441103b@ssh.runpod.io: Permission denied (publickey)."),
    Said("R5", 'rsync: [receiver] chown "/workspace/.x.pt.AbC123" failed: Invalid argument (22)'),
    Said("R5", 'rsync: [generator] chgrp "/workspace/dir" failed: Operation not permitted (1)'),
    Said("R6", "bash: line 1: rsync: command not found"),
    Said("R6", "sh: 1: rsync: not found"),
    Said("R6", "zsh:1: command not found: rsync"),
    Said("VM1", "ubuntu@203.0.113.9: Permission denied (publickey)."),
    Said("B5", 'Please login as the user "ubuntu" rather than the user "root".'),
    Said("B6", "bash: line 1: cloudflared: command not found"),
    Said("B6", "zsh:1: command not found: cloudflared"),
    Said("TN1", "ssh: connect to host 6.tcp.ngrok.io port 15577: Connection refused"),
    Said("L2", 'Please login as the user "ubuntu" rather than the user "root".'),
    Said("L2", "root@203.0.113.9: Permission denied (publickey)."),
    Said("L5", "ubuntu@203.0.113.9: Permission denied (publickey)."),
    Said("C1", "root@i-1.gpushare.com: Permission denied (publickey,password)."),
    Said("C1", "`proj-1` refused the login"),
    Said("C2", 'rsync: [Receiver] mkdir "/hy-netdisk/run" failed: No such file or directory (2)'),
    Said("C2", "ls: cannot access '/hy-netdisk': No such file or directory"),
    Said("C9", "ssh: Could not resolve hostname ssh.rde-ws.lanrui-ai.com: Name or service not known"),
    Said("C9", "ssh: connect to host ssh.rde-ws.lanrui-ai.com port 12345: Connection timed out"),
    Said("T2", "Read from remote host 203.0.113.7: Connection reset by peer"),
    Said("T5", 'scp: dest open "/root/x/": Failure'),
    Said("T5", 'rsync: [Receiver] mkdir "/root/no/where" failed: No such file or directory (2)'),
    Said("S8", "run.sh: line 4: $'\\r': command not found"),
    Said("S8", "run.sh: line 2: set: -\r: invalid option"),
    Said("S8", "/usr/bin/env: ‘bash\\r’: No such file or directory"),  # noqa: RUF001 - as coreutils prints it
    Said("S8", "bash: ./run.sh: /bin/bash^M: bad interpreter: No such file or directory"),
    Said("S8", "run.sh: line 6: syntax error near unexpected token `$'do\\r''"),
    Said("S8", "run.sh: line 5: cd: $'/tmp\\r': No such file or directory"),
    Said("S9", "subsystem request failed on channel 0\nscp: Connection closed"),
    Said("S9", "PTY allocation request failed on channel 0\nshell request failed on channel 0"),
    Said("S9", "bash: line 1: /usr/lib/openssh/sftp-server: No such file or directory\nConnection closed."),
    Said("R6", "no rsync on the box\nrsync: Command not found."),
    Said("K1", 'Load key "/home/me/.ssh/id_ed25519": error in libcrypto'),
    Said("K1", 'Load key "/home/me/.ssh/id_ed25519": invalid format'),
    Said("K2", "@         WARNING: UNPROTECTED PRIVATE KEY FILE!          @"),
    Said("K2", "Permissions 0644 for '/home/me/key.pem' are too open."),
    Said("K2", 'Load key "/home/me/key.pem": bad permissions'),
    Said("K3", "Received disconnect from 203.0.113.7 port 22:2: Too many authentication failures"),
    Said(
        "K4", 'sign_and_send_pubkey: signing failed for ED25519 "/home/me/.ssh/id" from agent: agent refused operation'
    ),
    Said("K4", 'sign_and_send_pubkey: signing failed for RSA "me@web" from agent: communication with agent failed'),
    Said("K4", "Agent admitted failure to sign using the key."),
    Said("K4", "Could not open a connection to your authentication agent."),
    Said("K5", "sign_and_send_pubkey: no mutual signature supported"),
    Said("K5", "Unable to negotiate with 203.0.113.7 port 22: no matching host key type found. Their offer: ssh-rsa"),
    Said("K6", "Bad owner or permissions on /home/me/.ssh/config"),
    Said("N1", "Disconnected from user root 203.0.113.7: 2: Not allowed at this time"),
    Said("N1", "Exceeded MaxStartups"),
    Said("N1", "kex_exchange_identification: Connection closed by remote host"),
    Said("N1", "ssh_exchange_identification: read: Connection reset by peer"),
    Said("N2", "Connection closed by UNKNOWN port 65535"),
    Said("N2", "banner exchange: Connection to UNKNOWN port 65535: Broken pipe"),
    Said("N2", "stdio forwarding failed"),
    Said("N2", "channel 0: open failed: connect failed: Connection refused"),
    Said("N2", "the proxy command of `proj-1` can't be run: there is no `nc` on this machine, or on its jump"),
    Said("N3", 'unix_listener: path "/home/me/.ssh/cm/root@h:22.Zp1kGQyYv8zXxT3F" too long for Unix domain socket'),
    Said("N3", "ControlPath too long ('/home/me/.ssh/cm/root@h:22' >= 108 bytes)"),
    Said("N4", "ssh_dispatch_run_fatal: Connection to 203.0.113.7 port 22: message authentication code incorrect"),
    Said("N4", "Corrupted MAC on input."),
    Said("N4", "Bad packet length 1349676916."),
    Said("N4", "Disconnecting 203.0.113.7 port 22: Packet corrupt"),
    Said("E1", "protocol version mismatch -- is your shell clean?"),
    Said("E1", "scp: Received message too long 458961715"),
    Said("E1", "scp: Ensure the remote shell produces no output for non-interactive sessions."),
    Said("E2", "Command '['ssh', 'gpu-1', 'nohup python train.py &']' timed out after 30 seconds"),
    Said("E3", "rsync: on remote machine: --open-noatime: unknown option"),
    Said("E3", "rsync: unrecognized option `--no-inc-recursive'"),
    Said("E3", "no usable rsync on `proj-1`\nopenrsync is there, and rsync 3.1 is needed"),
    Said("E3", "usage: openrsync [-aDgHlnoprtvx] [-e program] source ... target"),
]

# A platform's own trap goes before the general one that its message means as well.
OVERRIDDEN = {("A1", "T6"), ("R7", "T6"), ("L1", "T6"), ("TN1", "T6"), ("L2", "B5"), ("C2", "T5")}

UNRELATED = [
    "Warning: Permanently added '[127.0.0.1]:36185' (ED25519) to the list of known hosts.",
    "Welcome to vast.ai. If authentication fails, try again after a few seconds, and double check your ssh key.",
    "No ED25519 host key is known for jump-1 and you have requested strict checking.\nHost key verification failed.",
    "Connection to 203.0.113.7 closed by remote host.",
    "client_loop: send disconnect: Broken pipe",
    "ssh: connect to host 203.0.113.7 port 17445: Connection timed out",
    "ssh: Could not resolve hostname proj-1: Name or service not known",
    "git@github.com: Permission denied (publickey).",
    "curl: (7) Failed to connect to 127.0.0.1 port 6006: Connection refused",
    "bash: line 1: nvidia-smi: command not found",
    "bash: line 1: python3.12: command not found",
    "python3: can't open file '/root/train.py': [Errno 2] No such file or directory",
    "rsync: connection unexpectedly closed (0 bytes received so far) [sender]",
    'rsync: [sender] change_dir "/root/nope" failed: No such file or directory (2)',
    'rsync: [sender] link_stat "/hy-netdisk/nope" failed: No such file or directory (2)',
    'rsync: [sender] send_files failed to open "/root/.x": Permission denied (13)',
    'rsync: [receiver] write failed on "/home/me/x.pt": No space left on device (28)',
    "no space is left on this machine",
    "bash: line 1: set: -z: invalid option",
    "`proj-1` refused the sudo password",
    "the host key of `proj-1` is marked as revoked; nothing was sent",
    "`pod-1` is a proxied endpoint of RunPod, which has no exec",
]


def test_each_pattern_of_a_known_problem_has_a_genuine_message() -> None:
    """A pattern that nothing says could be wrong for years."""
    said: dict[str, list[str]] = {}
    for case in SAID:
        said.setdefault(case.problem, []).append(case.text)
    idle = [
        (problem.id, pattern)
        for problem in _known_problems()
        for pattern in problem.seen
        if not any(re.search(pattern, text) for text in said.get(problem.id, []))
    ]

    assert idle == []
    assert {problem.id for problem in _known_problems() if problem.seen} == set(said)


@pytest.mark.parametrize("case", SAID, ids=lambda case: f"{case.problem}: {case.text[:30]!r}")
def test_a_message_means_one_known_problem_of_its_platform(case: Said) -> None:
    """The platform's own alone is meant, and the general one only where it is known to be overridden."""
    profile = next(one for one in _profiles() if any(problem.id == case.problem for problem in one.known_problems))
    own_ids = _meant(profile.known_problems, case.text)
    general = _meant(profiles.all_profiles()[profiles.GENERIC].known_problems, case.text)

    assert [case.problem] == own_ids
    assert {(case.problem, other) for other in general if other != case.problem} <= OVERRIDDEN


def test_each_override_is_one() -> None:
    """The list of overridden traps has nothing that is not overridden."""
    general = profiles.all_profiles()[profiles.GENERIC].known_problems
    found = {(case.problem, other) for case in SAID for other in _meant(general, case.text) if other != case.problem}

    assert found == OVERRIDDEN


@pytest.mark.parametrize("text", UNRELATED)
def test_an_unrelated_message_means_no_known_problem(text: str) -> None:
    """Nothing is better than a wrong explanation, on whatever platform."""
    assert _meant(_known_problems(), text) == []


def _profiles() -> list[Profile]:
    return list(profiles.all_profiles().values())


def _known_problems() -> list[KnownProblem]:
    return [problem for profile in _profiles() for problem in profile.known_problems]


def _meant(known_problems: Iterable[KnownProblem], text: str) -> list[str]:
    return [problem.id for problem in known_problems if any(re.search(pattern, text) for pattern in problem.seen)]
