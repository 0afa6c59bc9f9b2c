"""
Demonstrates a pull from an embedded box behind a link that is cut twice.

Everything happens in a temporary directory, HOME included; only Python is needed. If rsync and ssh are installed they
are used, otherwise the SFTP engine.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .box import EmbeddedBox
from .link import Link

RUNBOOK = "from ssh_transport.tasks import ns\n"
CHECKPOINT_BYTES = 48_000_000
CUTS_AT_BYTES = (15_000_000, 36_000_000)
RATE_BYTES_S = 8_000_000


def main() -> None:
    # asyncio logs errors when the box writes into a cut link, which is expected here.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ssh-transport-demo-") as name:
        directory = Path(name)
        person, box_home = directory / "you", directory / "box"
        person.mkdir()
        checkpoint(box_home / "ckpt")
        password = secrets.token_urlsafe(9)
        with (
            EmbeddedBox(home=box_home, password=password) as box,
            Link(box.port, rate_bytes_s=RATE_BYTES_S) as link,
        ):
            show(person, box_home, link, password)
    print(f"\nDone in {time.monotonic() - start:.0f} s. Nothing was written outside {name}, which has been removed.")


def show(person: Path, box_home: Path, link: Link, password: str) -> None:
    say(f"A box listens on 127.0.0.1:{link.port}; your HOME is {person}.\nA runbook of one line is enough:")
    (person / "fabfile.py").write_text(RUNBOOK)
    print(f"\n$ cat fabfile.py\n{RUNBOOK}", end="")

    say("The console shows a connection string. It becomes an alias:")
    run(person, "fab", "config.add", "proj", f"ssh -p {link.port} root@127.0.0.1")

    say("A key is made and pushed. The password is asked once; here it comes from standard input:")
    run(person, "fab", "keys.generate")
    run(person, "fab", "-H", "proj-1", "keys.push", stdin=password)

    before = link.bytes_down
    for cut in CUTS_AT_BYTES:
        link.cut_at(link.bytes_up + link.bytes_down + cut)
    cuts = " and ".join(f"{cut // 10**6} MB" for cut in CUTS_AT_BYTES)
    say(f"A checkpoint is pulled, and the link is cut after {cuts}:")
    run(person, "fab", "-H", "proj-1", "transfer.pull", "--path=ckpt")
    sent = link.bytes_down - before

    say("Both ends are compared, file by file:")
    theirs, ours = digests(box_home / "ckpt"), digests(person / "proj-1" / "ckpt")
    for path, digest in theirs.items():
        print(f"  {digest[:16]}  {'same' if ours.get(path) == digest else 'DIFFERENT'}  {path}")
    if theirs != ours:
        sys.exit("the two ends differ")
    print(f"  {sent / 1e6:.1f} MB crossed the link for {CHECKPOINT_BYTES / 1e6:.1f} MB of checkpoint")

    say("A second pull has nothing to do, and a push brings results back:")
    run(person, "fab", "-H", "proj-1", "transfer.pull", "--path=ckpt")
    (person / "results.txt").write_text("loss 0.17\n")
    run(person, "fab", "-H", "proj-1", "transfer.push", "--path=results.txt", "--to=inbox/")
    print(f"\non the box: inbox/results.txt contains {(box_home / 'inbox' / 'results.txt').read_text()!r}")


def checkpoint(directory: Path) -> None:
    """Make a tree like that of a training run."""
    (directory / "step 1000").mkdir(parents=True)
    (directory / "step 1000" / "model.safetensors").write_bytes(os.urandom(CHECKPOINT_BYTES))
    (directory / "config.json").write_text('{"hidden_size": 4096}\n')
    (directory / "latest").symlink_to("step 1000")


def digests(directory: Path) -> dict[str, str]:
    """Return the digest of each file's content and each link's target, by path."""
    found = {}
    for path in sorted(directory.rglob("*")):
        if path.is_symlink() or path.is_file():
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
            found[str(path.relative_to(directory))] = hashlib.sha256(content).hexdigest()
    return found


def say(text: str) -> None:
    print(f"\n\n{text}", flush=True)


def run(person: Path, *words: str, stdin: str = "") -> None:
    """Print and run a command in the HOME of the demo's user."""
    print(f"\n$ {shlex.join(words)}", flush=True)
    program = Path(sys.executable).with_name(words[0])
    environment = {key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"} | {"HOME": str(person)}
    done = subprocess.run(
        [program, *words[1:]], cwd=person, env=environment, input=f"{stdin}\n", text=True, check=False
    )
    if done.returncode:
        sys.exit(f"`{shlex.join(words)}` ended with {done.returncode}")


if __name__ == "__main__":
    main()
