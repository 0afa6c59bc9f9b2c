"""What is on both machines before the first command of a page, and the run of its commands."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .transcript import Command

DOCS = Path(__file__).parents[2] / "docs"
_WAIT_S = 110

_CHECKPOINT = """
mkdir -p autodl-tmp/ckpt/step-1000 && cd autodl-tmp/ckpt
echo '{"layers": 2}' >config.json && head -c 3000000 /dev/urandom >step-1000/model.safetensors
"""
_RUNBOOK = ("echo 'from ssh_transport.tasks import ns' | tee fabfile.py >tasks.py",)
_KNOWN = (
    *_RUNBOOK,
    "inv keys.generate",
    'inv config.add proj "ssh -p 38076 root@connect.westb.seetacloud.com"',
    "inv keys.push --on proj-1",
)
_GROUPS = 'groups:\n  train: [proj-1, proj-2]\n  fleet: ["@train", "eval-*", "!eval-3"]\n'
_PORTS = '"public_ipaddr": "203.0.113.7", "ports": {"22/tcp": [{"HostPort": "41234"}]}'
_LISTED = f'[{{"id": 12345, "label": "llm", {_PORTS}}}, {{"id": 12346, "ssh_host": "ssh6.vast.ai", "ssh_port": 22346}}]'
# The profile of a person, with a command in place of the platform's own.
_PROFILE = """[[listings]]
command = ["cat", "listed"]
get = "make it"
id = "id"
label = "label"
user = "root"
ways = [{host = "public_ipaddr", port = 'ports."22/tcp"[0].HostPort'}, {host = "ssh_host", port = "ssh_port"}]
"""
_PROFILES = ".config/ssh-transport/profiles"
# Of each page a script for the box, and commands of the person.
STAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "start.md": (_CHECKPOINT, _RUNBOOK),
    "command-line.md": ("", _RUNBOOK),
    "how-to/first-box.md": ("", _RUNBOOK),
    "how-to/pull.md": (_CHECKPOINT, _KNOWN),
    "how-to/code.md": (
        "",
        (
            *_KNOWN,
            "mkdir -p src && echo 'echo training; sleep 60' >src/run.sh && printf 'print(1)\\n' >src/train.py",
            (
                "git init -q -b main proj && cp src/* proj && git -C proj add . &&"
                " git -C proj -c user.name=You -c user.email=you@example.org commit -q -m one &&"
                " echo 'print(2)' >proj/train.py && echo 'print(3)' >proj/new.py"
            ),
        ),
    ),
    "how-to/secrets.md": ("", _KNOWN),
    "how-to/flaky-link.md": (_CHECKPOINT, _KNOWN),
    "how-to/giving-back.md": (
        _CHECKPOINT,
        (
            *_KNOWN,
            # Its other directories are those of this machine.
            f"mkdir -p {_PROFILES} && printf '[directories]\\neverywhere = false\\n' >{_PROFILES}/autodl.toml",
            "fab -H proj-1 transfer.pull --path=/root/autodl-tmp/ckpt --verify",
        ),
    ),
    "how-to/many-boxes.md": (
        "",
        (
            *_KNOWN,
            'inv config.add proj "ssh -p 38077 root@connect.westc.gpuhub.com"',
            f"printf %s {shlex.quote(_GROUPS)} >fabric.yaml",
            f"printf %s {shlex.quote(_LISTED)} >listed",
            f"mkdir -p {_PROFILES} && printf %s {shlex.quote(_PROFILE)} >{_PROFILES}/vastai.toml",
        ),
    ),
    "how-to/without-rsync.md": (_CHECKPOINT, _KNOWN),
    "how-to/box-to-box.md": (_CHECKPOINT, _KNOWN),
    "how-to/bastion.md": (_CHECKPOINT, _KNOWN),
}


def played(name: str, typed: Sequence[Command], place: Path) -> list[dict[str, Any]]:
    """
    Run the commands of a page.

    :param place: an empty directory, in which both machines have their homes.
    :returns: for each command what it said, and its exit code.
    :raises RuntimeError: the stage could not be set.
    """
    box, you = STAGES[name]
    play = {"place": str(place), "box": box, "you": you, "commands": [command.typed for command in typed]}
    done = subprocess.run(
        ["unshare", "--mount", "--net", sys.executable, "-m", "tests.docs.stage"],
        cwd=DOCS.parent,
        input=json.dumps(play),
        capture_output=True,
        text=True,
        timeout=_WAIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")
    return list(json.loads(done.stdout))
