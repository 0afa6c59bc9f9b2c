"""Comparing two listings, and reading those of an end that means harm."""

from __future__ import annotations

import itertools
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import Incomplete
from ssh_transport.manifest import plain_box
from ssh_transport.manifest.comparison import KINDS, Comparison, Merge
from ssh_transport.manifest.records import Reader, Record, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

A, B = b"a" * 64, b"b" * 64
END = Record(b"e", b"").packed


def file(name: bytes, digest: bytes = A, size: int = 1) -> Record:
    return Record(b"f", name, size, digest)


def compared(source: Iterable[Record], target: Iterable[Record]) -> Comparison:
    merge = Merge("sha256", "/ckpt")
    merge.compare(iter(source), iter(target), lambda _: None)
    return merge.result()


def counts(found: Comparison) -> dict[str, int]:
    return {kind: names.count for kind, names in found.differences.items() if names.count}


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ([file(b"a")], [file(b"a")], {}),
        ([file(b"a")], [], {"missing": 1}),
        ([], [file(b"a")], {"extra": 1}),
        ([], [file(b"a.manifest.gz"), file(b"a.receipt.json")], {}),
        ([file(b"a")], [file(b"a", B)], {"different": 1}),
        ([file(b"a")], [file(b"a", size=2)], {"different": 1}),
        ([file(b"a")], [Record(b"d", b"a"), file(b"a/b")], {"other_kind": 1, "extra": 1}),
        ([Record(b"l", b"a", more=b"x")], [Record(b"l", b"a", more=b"y")], {"other_link": 1}),
        ([Record(b"c", b"a")], [Record(b"c", b"a")], {"changed": 1}),
        ([file(b"a")], [Record(b"u", b"a")], {"unreadable": 1}),
        ([Record(b"u", b"a")], [], {"unreadable": 1}),
        ([Record(b"o", b"a")], [], {}),
        ([Record(b"d", b"a"), file(b"a/b"), file(b"a-b")], [Record(b"d", b"a"), file(b"a-b")], {"missing": 1}),
    ],
)
def test_every_difference_has_its_kind(source: list[Record], target: list[Record], expected: dict[str, int]) -> None:
    """And only extras leave a copy arrived."""
    found = compared(source, target)

    assert counts(found) == expected
    assert found.identical == (not expected)
    assert found.arrived == (set(expected) <= {"extra"})
    assert (found.source_hash == found.target_hash) or not found.arrived


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.tuples(st.booleans(), st.booleans(), st.booleans())))
def test_every_name_is_counted_once(names: dict[str, tuple[bool, bool, bool]]) -> None:
    """At one end, at the other, or at both, the same or not."""
    made = {name.encode(): flags for name, flags in sorted(names.items())}
    source = [file(name) for name, (ours, _, _) in made.items() if ours]
    target = [file(name, A if same else B) for name, (_, theirs, same) in made.items() if theirs]

    found = compared(source, target)

    both = [same for ours, theirs, same in made.values() if ours and theirs]
    assert found.files == sum(both)
    assert found.differences["different"].count == len(both) - sum(both)
    assert found.differences["missing"].count == len(source) - len(both)
    assert found.differences["extra"].count == len(target) - len(both)


@pytest.mark.parametrize(
    ("name", "target", "outward"),
    [
        (b"l", b"a", 0),
        (b"l", b"../a", 1),
        (b"d/l", b"../a", 0),
        (b"d/l", b"../../a", 1),
        (b"l", b"/ckpt/a", 0),
        (b"l", b"/ckpt/../a", 1),
        (b"l", b"/ckpt-2", 1),
        (b".", b"a", 1),
    ],
)
def test_a_link_that_leads_out_is_reported(name: bytes, target: bytes, outward: int) -> None:
    """By its words."""
    link = Record(b"l", name, more=target)

    assert compared([link], [link]).outward.count == outward


def test_names_are_capped_and_counted_exactly() -> None:
    """And a person sees the first, nothing hostile in them."""
    found = compared((file(b"%05d\x1b" % number) for number in range(5_000)), [])

    assert (found.differences["missing"].count, len(found.differences["missing"].names)) == (5_000, 1_000)
    assert str(found).count(KINDS["missing"]) == 22
    assert "\x1b" not in str(found)
    assert "... and 4,980 more" in str(found)


@pytest.mark.slow
def test_a_comparison_keeps_no_records() -> None:
    """100,000 names at each end, in the memory of a few."""
    tracemalloc.start()
    found = compared(*((file(b"%09d" % number) for number in range(100_000)) for _ in range(2)))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.files == 100_000
    assert peak_bytes < 1_000_000


def read(*records: bytes) -> list[Record]:
    return list(Reader("the box", "sha256").records([*records, END]))


@pytest.mark.parametrize(
    "hostile",
    [
        [file(b"b"), file(b"a")],
        [file(b"a"), file(b"a")],
        [file(b"a-b"), file(b"a/b")],
        [file(b"/etc/passwd")],
        [file(b"../a")],
        [file(b"a/../b")],
        [file(b"a//b")],
        [file(b"a/.")],
        [file(b"")],
        [file(b"a", b"a" * 63)],
        [file(b"a", b"A" * 64)],
        [Record(b"d", b"a", 0, A)],
        [Record(b"x", b"a")],
        [Record(b"f", b"a" * 70_000, 1, A)],
        [Record(b"e", b""), file(b"a")],
    ],
)
def test_a_hostile_listing_is_refused(hostile: list[Record]) -> None:
    """Names out of order or twice, that lead elsewhere; digests of another length; words after the end."""
    with pytest.raises(Incomplete):
        read(*(record.packed for record in hostile))


@pytest.mark.parametrize("data", [b"", b"f\0a\0", file(b"a").packed, b"f\0a\0-1\0" + A + b"\0\0", b"x" * 70_000])
def test_a_listing_without_its_end_is_none(data: bytes) -> None:
    """However it stops, a cut is never taken for the end."""
    with pytest.raises(Incomplete):
        list(Reader("the box", "sha256").records([data]))


def test_an_endless_record_is_refused_in_bounded_memory() -> None:
    """Without a NUL, for ever."""
    with pytest.raises(Incomplete):
        list(Reader("the box", "sha256").records(itertools.repeat(b"x" * 10_000)))


@given(st.binary(max_size=300), st.integers(1, 50))
def test_whatever_comes_is_read_or_refused(data: bytes, step: int) -> None:
    """In any pieces."""
    pieces = [data[at : at + step] for at in range(0, len(data), step)]
    for chunks in (pieces, unpacked(pieces, "the box")):
        with pytest.raises(Incomplete):
            list(Reader("the box", "sha256").records(chunks))


def test_a_listing_may_come_in_any_pieces() -> None:
    """Even byte by byte, packed or not; heartbeats are told and left out."""
    beats: list[int] = []
    records = [file(b"a"), Record(b"l", b"b", more=b"x\ny")]
    data = records[0].packed + Record(b"h", b"", 7).packed + records[1].packed + END
    for whole in (data, zlib.compress(data)):
        chunks = (whole[at : at + 1] for at in range(len(whole)))
        reader = Reader("the box", "sha256", beats.append)
        assert list(reader.records(chunks if whole is data else unpacked(chunks, "the box"))) == records
    assert beats == [7, 7]


def test_a_bomb_is_unpacked_in_bounded_pieces() -> None:
    """100 MB of nothing are 100 kB on the way."""
    bomb = zlib.compress(bytes(100_000_000))

    sizes = [len(chunk) for chunk in unpacked([bomb], "the box")]

    assert sum(sizes) == 100_000_000
    assert max(sizes) <= 1 << 18


def test_words_after_a_packed_listing_are_refused() -> None:
    """Before they fill the memory."""
    endless = itertools.chain([zlib.compress(END)], itertools.repeat(b"x" * 10_000))
    with pytest.raises(Incomplete):
        list(unpacked(endless, "the box"))


@pytest.mark.parametrize("cut", [0, 5, -1])
def test_a_packed_listing_that_is_cut_is_refused(cut: int) -> None:
    """At any place."""
    whole = zlib.compress(file(b"a").packed + END)
    with pytest.raises(Incomplete):
        list(unpacked([whole[:cut]], "the box"))


def test_an_unordered_listing_with_a_name_twice_is_refused() -> None:
    """As an endless one would have to be."""

    def twice() -> Iterator[Record]:
        yield from (file(b"b"), file(b"a"), file(b"b"))

    with pytest.raises(Incomplete):
        list(plain_box.in_order(twice()))
