"""The processes that hold GPU memory, as `nvidia-smi` on the box reports them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.errors import ReachError
from ssh_transport.text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection

    from ssh_transport.box import Box

    from .listing import Listing

# With a broken driver `nvidia-smi` hangs for ever.
_ASK = r"""
command -v nvidia-smi >/dev/null 2>&1 || exit 0
limit=
! command -v timeout >/dev/null 2>&1 || limit='timeout 15'
ask() { $limit nvidia-smi "$1" --format=csv,noheader,nounits </dev/null 2>&1; }
echo apps
ask --query-compute-apps=pid,process_name,used_memory || { echo; echo failed; exit 0; }
echo
echo cards
ask --query-gpu=index,memory.used || { echo; echo failed; }
"""
_TIMEOUT_S = 40
_APP = re.compile(r"(?P<pid>\d{1,10}), (?P<name>.*), (?P<mib>\d{1,10}|\[.*\])")
_CARD = re.compile(r"(?P<index>\d{1,5}), (?P<mib>\d{1,10})")
# A driver itself uses less.
_IDLE_MIB = 1024


@dataclass(frozen=True)
class Holder:
    """A process that holds GPU memory; ``is_visible``: the box itself has a process of that pid."""

    pid: int
    name: str
    used_mib: int | None
    is_visible: bool

    def __str__(self) -> str:
        used = "" if self.used_mib is None else f", {self.used_mib} MiB"
        where = "" if self.is_visible else "; a pid from outside this container, where it can't be seen"
        return f"GPU memory is still held by pid {self.pid} ({one_line(self.name)}{used}){where}"


@dataclass(frozen=True)
class Gpu:
    """The processes that hold GPU memory, and remarks on what could not be read; both are empty without a GPU."""

    holders: tuple[Holder, ...] = ()
    remarks: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join([*map(str, self.holders), *self.remarks])


def gpu(box: Box, found: Listing) -> Gpu:
    """
    Ask `nvidia-smi` which processes hold GPU memory; if it fails or hangs, that is a remark, not an error.

    :param found: the processes of the box. In a container `nvidia-smi` may report pids of the host.
    """
    if not found.has_gpu_tool:
        return Gpu()
    visible = {process.pid for process in found.processes}
    try:
        output = shell.run(box, _ASK, check=False, timeout_s=_TIMEOUT_S).stdout
    except ReachError:
        box.reconnect()
        return Gpu(remarks=("`nvidia-smi` does not answer: the GPU memory was not checked",))
    return parse(output, visible)


def parse(output: str, visible: Collection[int]) -> Gpu:
    """Parse the output of the script."""
    apps, _, cards = output.partition("\ncards\n")
    if "failed" in output.splitlines():
        return Gpu(remarks=(f"`nvidia-smi` failed, the GPU memory was not checked: {one_line(apps.strip()[:300])}",))
    holders = tuple(
        Holder(
            int(app["pid"]),
            app["name"],
            int(app["mib"]) if app["mib"].isdecimal() else None,
            int(app["pid"]) in visible,
        )
        for app in filter(None, map(_APP.fullmatch, apps.splitlines()))
    )
    full = [card for card in filter(None, map(_CARD.fullmatch, cards.splitlines())) if int(card["mib"]) >= _IDLE_MIB]
    nameless = () if holders else full
    return Gpu(
        holders,
        tuple(
            f"GPU {card['index']}: {card['mib']} MiB are in use by unknown processes; "
            "in a container nvidia-smi sees no processes"
            for card in nameless
        ),
    )
