"""What is run on the same work in turn: ours with any number of streams, and every peer that can be installed here."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.bad_path import FAR_ADDRESS
from benchmarks.far_box import ALIAS, USER

if TYPE_CHECKING:
    from benchmarks.far_box import FarBox

FAB = Path(sys.executable).with_name("fab")
RAW = Path(__file__).with_name("raw_streams.py")
OURS = "ours"
GUIDE, PLAIN, YARDSTICK = "rsync-avz", "rsync-a", "raw-8"
STREAMS_FLAG = "--streams"


class Work(NamedTuple):
    """What is pulled: a file or a tree, by its absolute path on the box."""

    name: str
    source: Path
    bytes: int


class Peer(NamedTuple):
    """
    A program, and the commands that pull a file and a tree with it; None is what it can't.

    A command is split into words as a shell does, and then each is filled: ``{ssh}`` is a command with its options,
    ``{options}``, a word of its own, those options as words.
    """

    name: str
    program: str
    file: str | None
    tree: str | None
    keeps: bool = True
    streams: int | None = None

    def argv(self, stage: FarBox, work: Work, target: Path) -> list[str] | None:
        """Return the words that pull `work` into the directory `target`; None if it can't."""
        template = {"file": self.file, "tree": self.tree}[work.name]
        if template is None:
            return None
        known = {
            "alias": ALIAS,
            "host": FAR_ADDRESS,
            "identity": stage.person.identity,
            "known_hosts": stage.person.ssh / "known_hosts",
            "megabytes": work.bytes / 1e6,
            "name": work.source.name,
            "port": stage.sshd.port,
            "source": work.source,
            "ssh": shlex.join(["ssh", *stage.ssh_options]),
            "to": target,
            "user": USER,
        }
        words = shlex.split(template)
        return [
            part for word in words for part in (stage.ssh_options if word == "{options}" else [word.format_map(known)])
        ]

    def missing(self) -> str:
        """Say why it can't run here; empty if it can."""
        if not shutil.which(self.program):
            return f"`{Path(self.program).name}` is not installed"
        if self.program == str(FAB) and STREAMS_FLAG in str(self.file) and not _has_streams():
            return f"`transfer.pull` has no `{STREAMS_FLAG}`"
        return ""


@cache
def _has_streams() -> bool:
    said = subprocess.run([FAB, "--help", "transfer.pull"], capture_output=True, text=True, check=True).stdout
    return f"{STREAMS_FLAG}=" in said


def ours(streams: str) -> Peer:
    """Return ours with ``auto`` or a number of streams; empty is without the flag."""
    words = f"{FAB} -H {{alias}} transfer.pull --path={{source}} --to={{to}}/"
    name = OURS
    if streams:
        words, name = f"{words} {STREAMS_FLAG}={streams}", f"{OURS}-{streams}"
    return Peer(name, str(FAB), words, words, streams=int(streams) if streams.isdecimal() else None)


def raw(streams: int) -> Peer:
    """Return as many bare `ssh`, which keep nothing."""
    words = (
        f"{sys.executable} {RAW} --streams={streams} --megabytes={{megabytes}}"
        " ssh {options} {alias} 'while cat {source}; do :; done'"
    )
    return Peer(f"raw-{streams}", "ssh", words, None, keeps=False, streams=streams)


def _same(name: str, program: str, words: str) -> Peer:
    return Peer(name, program, words, words)


# rclone logs in by itself; its own checksum afterwards is part of what its users wait for. With chunks of its default,
# 64 MiB, a file of 200 MB would be four streams at most; older versions know no flag for that.
_RCLONE = (
    "env RCLONE_MULTI_THREAD_CHUNK_SIZE=8M"
    " rclone --config= --sftp-host={host} --sftp-port={port} --sftp-user={user} --sftp-key-file={identity}"
    " --sftp-known-hosts-file={known_hosts} --multi-thread-streams=8 --multi-thread-cutoff=1M"
    " --transfers=8 --checkers=8 copyto :sftp:{source} {to}/{name}"
)
_LFTP = "lftp -c 'set sftp:connect-program \"{ssh} -a -x\"; open -u {user}, sftp://{alias}; %s'"
OTHERS = (
    _same(GUIDE, "rsync", "rsync -avz --partial --inplace -e '{ssh}' {alias}:{source} {to}/"),
    _same(PLAIN, "rsync", "rsync -a -e '{ssh}' {alias}:{source} {to}/"),
    _same("scp", "scp", "scp -r {options} {alias}:{source} {to}/"),
    _same("sftp", "sftp", "sftp -r {options} {alias}:{source} {to}/"),
    _same("rclone", "rclone", _RCLONE),
    Peer(
        "lftp",
        "lftp",
        _LFTP % "pget -n 8 {source} -o {to}/{name}",
        _LFTP % "mirror --parallel=8 {source} {to}/{name}",
    ),
)
