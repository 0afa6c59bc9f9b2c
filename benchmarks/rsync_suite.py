"""
rsync's own tests, once with the pretended remote shell that they bring along and once over the striped link.

``python -m benchmarks.rsync_suite [RSYNC_OPTION...]`` fetches the source package that belongs to this machine's rsync,
builds it in a temporary directory, and runs all of its tests twice, every rsync with the options given (such as
``--protocol=29``). The second time four real connections to a private sshd carry what goes to ``localhost`` and ``lh``.
``calls`` is how often that was. A pattern in the variable `whichtests` (``*lsh.test``) chooses among them.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import ssh_transport.link.stripe
from benchmarks.rsync_source import built
from benchmarks.world import show, tell
from tests.support.sshd import Sshd

LONGEST_S = 1800
STREAMS = 4
_RESULT = re.compile(r"^(PASS|SKIP|FAIL|XFAIL)\s+(\S+)", re.MULTILINE)
_NAMES = {"PASS": "passed", "SKIP": "skipped", "FAIL": "failed", "XFAIL": "failed"}

# As support/lsh.sh: from the home directory unless told otherwise, and with the environment of the caller, which
# a connection does not carry.
SHELL = """\
#!/bin/sh
directory=$HOME
while :; do
    case $1 in
    --no-cd) directory=$PWD ;;
    -*) ;;
    lh) directory=$PWD; break ;;
    localhost) break ;;
    *) echo "unable to connect to host $1" >&2; exit 1 ;;
    esac
    shift
done
shift
export directory
before="$(export -p)
umask $(umask)
cd \\"\\$directory\\" &&"
printf '%s\\n' "${{scratchdir##*/}}" >>{calls}
SSH_TRANSPORT_LINK={order}
export SSH_TRANSPORT_LINK
exec {stripe} box "$before" "$@"
"""

SSH_CONFIG = """\
Host box
    HostName 127.0.0.1
    Port {port}
    User {user}
    IdentityFile "{place}/identity"
    IdentitiesOnly yes
    UserKnownHostsFile "{place}/known_hosts"
    StrictHostKeyChecking yes
    BatchMode yes
"""


def main() -> int:
    """Print what became of each test either way; the exit code is 1 if one failed over the striped link alone."""
    with tempfile.TemporaryDirectory(prefix="ssh-transport-bench-") as name:
        place = Path(name)
        tell("fetching and building rsync")
        tree = built(place)
        lsh = _results(tree)
        with Sshd(place / "sshd") as sshd:
            calls = _shell_of_ours(tree, place, sshd)
            ours = _results(tree)
            left = _left_behind(sshd)
        by_test = Counter(calls.read_text().split())
    rows = [(test, lsh.get(test, ""), result, by_test[test] or "") for test, result in ours.items()]
    words = " ".join((tree.name, *sys.argv[1:]))
    show(f"The tests of {words}", ("test", "lsh", "ours", "calls"), rows)
    counted = {"lsh": Counter(lsh.values()), f"{STREAMS} streams": Counter(ours.values())}
    sums = [(shell, *(count[what] for what in ("passed", "failed", "skipped"))) for shell, count in counted.items()]
    show("All of them", ("shell", "passed", "failed", "skipped"), sums)
    print(f"{sum(by_test.values())} calls in {len(by_test)} tests; left behind: {left} processes")
    return int(any(result == "failed" != lsh.get(test) for test, result in ours.items()) or left > 0)


def _results(tree: Path) -> dict[str, str]:
    """Run all tests; what those that failed said goes to standard error."""
    surroundings = {"POSIXLY_CORRECT": "1", "TOOLDIR": str(tree), "rsync_bin": str(tree / "rsync"), "srcdir": str(tree)}
    done = subprocess.run(
        ["./runtests.sh", *sys.argv[1:]],
        cwd=tree,
        env=os.environ | surroundings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=LONGEST_S,
        check=False,
    )
    for log in re.findall(r"^----- \S+ log follows$.*?^----- \S+ log ends$", done.stdout, re.MULTILINE | re.DOTALL):
        tell(log)
    return {test: _NAMES[result] for result, test in _RESULT.findall(done.stdout)}


def _shell_of_ours(tree: Path, place: Path, sshd: Sshd) -> Path:
    """Put the striped link in the place of `support/lsh.sh`; return where its calls are noted."""
    identity, config, calls = place / "identity", place / "ssh_config", place / "calls"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", identity], check=True)
    shutil.copy(f"{identity}.pub", sshd.home / ".ssh/authorized_keys")
    (place / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port} {sshd.host_key_line}\n")
    config.write_text(SSH_CONFIG.format(place=place, port=sshd.port, user=sshd.user))
    calls.touch()
    order = {"ssh": ["ssh", "-F", str(config)], "streams": STREAMS, "most": STREAMS}
    stripe = [sys.executable, "-I", "-S", str(Path(ssh_transport.link.stripe.__file__).parent)]
    shell = tree / "support/lsh.sh"
    shell.unlink()
    words = {"order": shlex.quote(json.dumps(order)), "stripe": shlex.join(stripe), "calls": shlex.quote(str(calls))}
    shell.write_text(SHELL.format(**words))
    shell.chmod(0o755)
    return calls


def _left_behind(sshd: Sshd) -> int:
    """Return how many processes of the box are still there."""
    mark, found = b"HOME=" + os.fsencode(sshd.home), 0
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            found += mark in (entry / "environ").read_bytes().split(b"\0")
    return found


if __name__ == "__main__":
    sys.exit(main())
