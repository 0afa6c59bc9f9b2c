"""What a place can't hold is refused by its cause, and nothing that might fit is."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import NoSpace, PermissionRefused, ReadOnly, TaskError, UsageError
from ssh_transport.facts.directory import Directory, Filesystem
from ssh_transport.transfer.columns import Changes, Write, Writes
from ssh_transport.transfer.engine import Plan
from ssh_transport.transfer.preflight import Destination, check_directory, check_plan, needed_bytes, warnings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GB = 10**9
NEW = Write("ckpt/a", 10 * GB, is_new=True, partial="ckpt/.rsync-partial/a")
OLD = Write("ckpt/b", 4 * GB, is_new=False, partial="ckpt/.rsync-partial/b")
DIRECTORY = Write("ckpt/", 0, is_new=True)
ATTRIBUTES = Write("./", 0, is_new=False)
FREE = Directory(
    path="/data/ckpt",
    ancestor="/data",
    is_directory=True,
    is_writable=True,
    free_bytes=100 * GB,
    free_inodes=1000,
    filesystem=Filesystem("ext4", "/data", read_only=False),
)


def target(box: str = "", **changes: Any) -> Destination:
    return Destination(dataclasses.replace(FREE, **changes), "/data/ckpt", box, "me")


def on(kind: str, *, read_only: bool = False) -> Filesystem:
    return Filesystem(kind, "/data", read_only=read_only)


def plan(*writes: Write, **changes: Any) -> Plan:
    """Return a plan of some writes below `/data`."""
    values: dict[str, Any] = {
        "files": len(writes),
        "bytes": sum(write.bytes for write in writes),
        "changes": Changes((">f", write.name) for write in writes),
        "writes": Writes(writes),
        "root": "/data",
        "links": sum(write.is_link for write in writes),
    }
    return Plan(**values | changes)


def none(_: Sequence[str]) -> Mapping[str, int]:
    return {}


def never(_: Sequence[str]) -> Mapping[str, int]:
    raise AssertionError("sizes are asked only when room is scarce")


class Refused(NamedTuple):
    plan: Plan
    target: Destination
    error: type[TaskError]
    words: str


REFUSED = {
    "too few bytes": Refused(plan(NEW), target(free_bytes=9 * GB), NoSpace, "10.0 GB are needed, 9.0 GB are free"),
    "too few bytes on a box": Refused(
        plan(NEW), target("web", free_bytes=9 * GB), NoSpace, "on `web`\n  cause: 10.0 GB are needed"
    ),
    "no byte": Refused(plan(Write("a", 1, is_new=True)), target(free_bytes=0), NoSpace, "0 B are free"),
    "an old version beside the new": Refused(plan(OLD), target(free_bytes=3 * GB), NoSpace, "4.0 GB are needed"),
    "what is deleted makes no room: it goes last": Refused(
        plan(NEW, deletions=["old"]), target(free_bytes=GB), NoSpace, "10.0 GB are needed"
    ),
    "too few inodes": Refused(plan(DIRECTORY, NEW), target(free_inodes=1), NoSpace, "2 names would be made"),
    "read-only": Refused(plan(NEW), target(filesystem=on("xfs", read_only=True)), ReadOnly, "xfs on /data"),
    "a parent of others": Refused(
        plan(DIRECTORY, NEW), target(is_writable=False), PermissionRefused, "`me` may make nothing in `/data` on this"
    ),
    "a directory of others": Refused(
        plan(NEW), target(is_writable=False, ancestor="/data/ckpt"), PermissionRefused, "nothing in `/data/ckpt`"
    ),
    "a link on a stick": Refused(
        plan(Write("l", 1, is_new=True, is_link=True)), target(filesystem=on("exfat")), UsageError, "the 1 symlink"
    ),
    "over 4 GiB on a stick": Refused(
        plan(Write("big", 1 << 32, is_new=True)), target(filesystem=on("vfat")), UsageError, "4.3 GB: `big`"
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused(case: Refused) -> None:
    """The error says why, where and what to type."""
    with pytest.raises(case.error) as caught:
        check_plan(case.plan, case.target, none)

    assert case.words in str(caught.value)
    assert caught.value.hint


TAKEN = {
    "enough": (plan(DIRECTORY, NEW), target()),
    "to the last byte": (plan(NEW), target(free_bytes=10 * GB)),
    "to the last inode": (plan(DIRECTORY, NEW), target(free_inodes=2)),
    "nothing known": (plan(NEW), target(free_bytes=None, free_inodes=None, filesystem=None)),
    "an inode that is reused": (plan(OLD), target(free_inodes=0)),
    "nothing to do on a read-only disk": (plan(), target(filesystem=on("xfs", read_only=True), is_writable=False)),
    "only times of others' directory": (plan(ATTRIBUTES), target(is_writable=False, ancestor="/data/ckpt")),
    "a directory of ours in that of others": (
        plan(Write("ckpt/sub/a", 1, is_new=True)),
        target(is_writable=False, ancestor="/data/ckpt"),
    ),
    "a file of ours in that of others, in place": (
        plan(OLD, in_place=True),
        target(is_writable=False, ancestor="/data/ckpt"),
    ),
    "4 GiB less a byte": (plan(Write("big", (1 << 32) - 1, is_new=True)), target(filesystem=on("vfat"))),
    "over 4 GiB": (plan(Write("big", 1 << 32, is_new=True)), target(filesystem=on("exfat"))),
}


@pytest.mark.parametrize(("taken", "place"), TAKEN.values(), ids=TAKEN)
def test_what_may_fit_is_taken(taken: Plan, place: Destination) -> None:
    """Without asking the other end for anything more."""
    check_plan(taken, place, never)


def test_what_an_earlier_attempt_left_counts_as_there() -> None:
    """Of a file of 10 GB the last one fits where 1 GB is free; names are asked once, and those that can exist."""
    asked: list[str] = []

    def sizes(names: Sequence[str]) -> Mapping[str, int]:
        asked.extend(names)
        return {"ckpt/.rsync-partial/a": 9 * GB}

    check_plan(plan(DIRECTORY, NEW), target(free_bytes=GB), sizes)
    with pytest.raises(NoSpace, match=r"5\.0 GB are needed"):
        check_plan(plan(DIRECTORY, NEW, OLD), target(free_bytes=GB), sizes)

    assert asked == ["ckpt/.rsync-partial/a", "ckpt/.rsync-partial/a", "ckpt/.rsync-partial/b", "ckpt/b"]


@pytest.mark.parametrize(
    ("there", "in_place", "expected"),
    [
        ({}, False, 14 * GB),
        ({NEW.partial: 9 * GB}, False, 5 * GB),
        ({NEW.partial: 99 * GB}, False, 4 * GB),
        ({OLD.name: 3 * GB}, False, 14 * GB),
        ({OLD.name: 3 * GB}, True, 11 * GB),
        ({OLD.name: 9 * GB}, True, 10 * GB),
        ({OLD.name: 3 * GB, OLD.partial: 3 * GB}, False, 11 * GB),
    ],
)
def test_what_is_needed_is_what_is_not_there_yet(there: dict[str, int], *, in_place: bool, expected: int) -> None:
    """An old version makes room only once the new one is whole, or is written over."""
    assert expected == needed_bytes(plan(NEW, OLD, in_place=in_place), there)


def test_files_replaced_one_by_one_need_room_for_one() -> None:
    """A thousand versions of 1 GB fit where 1 GB is free."""
    writes = [Write(str(number), GB, is_new=False) for number in range(1000)]

    assert needed_bytes(plan(*writes), {write.name: GB for write in writes}) == GB


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))), st.booleans())
def test_no_more_is_needed_than_is_sent(sizes: list[tuple[int, int, int]], in_place: bool) -> None:
    """Whatever is there already: never negative, never over the sum, and all of it where nothing is there."""
    writes = [Write(f"{n}", new, is_new=False, partial=f"p{n}") for n, (new, _, _) in enumerate(sizes)]
    there = {f"{n}": old for n, (_, old, _) in enumerate(sizes)} | {f"p{n}": p for n, (_, _, p) in enumerate(sizes)}
    whole = sum(write.bytes for write in writes)

    assert 0 <= needed_bytes(plan(*writes, in_place=in_place), there) <= whole
    assert needed_bytes(plan(*writes, in_place=in_place), {}) == whole


@pytest.mark.parametrize("kind", ["proc", "sysfs", "cgroup2", "devtmpfs", "devpts"])
def test_a_filesystem_of_the_kernel_is_no_place(kind: str) -> None:
    """Said as such, not as a permission."""
    with pytest.raises(UsageError, match=f"`/data/ckpt` is no place for files on `web`\n  cause: {kind} is mounted"):
        check_directory(target("web", filesystem=on(kind)), top="")


def test_a_file_in_the_way_is_named() -> None:
    """The one that exists, not the whole path."""
    with pytest.raises(UsageError, match="`/data` is no directory and stands where one must be on this machine"):
        check_directory(target(is_directory=False), top="")


@pytest.mark.parametrize("filesystem", [on("ext4"), on("overlay"), on("fuse.juicefs"), on("tmpfs"), None])
def test_other_places_will_do(filesystem: Filesystem | None) -> None:
    """Unknown ones too."""
    check_directory(target(filesystem=filesystem), top="")


def test_links_that_will_dangle_are_warned_of() -> None:
    """How many, the first three, and the way out; names can't fake a line."""
    links = ["a\nb -> /x", "b -> ../x", "c -> ../y", "d -> ../z"]

    (warning,) = warnings(plan(NEW, outside_links=links), target())

    assert warning == (
        "4 symlinks lead out of what is copied, and will dangle or show something else "
        "(a\\nb -> /x, b -> ../x, c -> ../y, ...): --copy-links copies what they point to"
    )
    assert "1 symlink leads out" in next(iter(warnings(plan(outside_links=links[:1]), target())))


def test_memory_is_warned_of() -> None:
    """A reboot empties it."""
    assert list(warnings(plan(NEW), target(filesystem=on("tmpfs")))) == [
        "/data on this machine is memory (tmpfs): a reboot empties it"
    ]
    assert not list(warnings(plan(NEW), target()))
