"""What counts as no longer changing, and what may be shown together."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.request.patterns import Excluded
from ssh_transport.watch.listing import Entry, listing_of
from ssh_transport.watch.stability import Seen, outdated, publishable, seen_in, settled, vouched

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ssh_transport.watch.listing import Listing

MARKER = "_SUCCESS"


def listing(entries: Mapping[str, Entry], began_s: float = 0, ended_s: float = 0) -> Listing:
    whole = dict(entries)
    for name in entries:
        while name := posixpath.dirname(name):
            whole.setdefault(name, Entry("d"))
    return listing_of(whole.items(), Excluded([]), "", times_s=(began_s, ended_s))


def files(**times: int) -> dict[str, Entry]:
    return {name.replace("__", "/"): Entry("f", 1, time) for name, time in times.items()}


# A history: what each listing showed of two files, and how long it and the pause before it took.
LOOKS = st.lists(
    st.tuples(
        st.fixed_dictionaries({}, optional={name: st.integers(0, 2) for name in "ab"}),
        st.integers(0, 5),
        st.integers(0, 9),
    ),
    max_size=12,
)


@given(LOOKS, st.integers(1, 20))
def test_settled_means_the_same_in_every_look_of_a_whole_window(
    looks: list[tuple[dict[str, int], int, int]], settle_s: int
) -> None:
    """Against the definition: from the end of some earlier look to the beginning of this one."""
    seen: Mapping[str, Seen] = {}
    past: list[Listing] = []
    now_s = 0
    for sizes, took_s, pause_s in looks:
        began_s = now_s + pause_s
        now_s = began_s + took_s
        current = listing({name: Entry("f", size, 7) for name, size in sizes.items()}, began_s, now_s)

        found = settled(seen, current, settle_s)

        for name, entry in current.entries.items():
            run: list[Listing] = []
            for look in reversed(past):
                if look.entries.get(name) != entry:
                    break
                run.append(look)
            assert (name in found) == any(began_s - look.ended_s >= settle_s for look in run)
        assert found <= current.entries.keys()
        seen, past = seen_in(seen, current), [*past, current]


def test_another_size_time_kind_or_lead_starts_the_window_anew_but_a_mode_does_not() -> None:
    first = Entry("f", 10, 5, mode=0o600)
    seen = seen_in({}, listing({"a": first}, 0, 0))

    for other in (Entry("f", 11, 5), Entry("f", 10, 6), Entry("l", 10, 5, "b")):
        assert settled(seen, listing({"a": other}, 100, 100), 30) == set()
    assert settled(seen, listing({"a": Entry("f", 10, 5, mode=0o644)}, 100, 100), 30) == {"a"}


def test_a_marker_vouches_for_its_directory_unless_anything_below_is_newer() -> None:
    """A run that uses the directory again writes files that are newer than the old marker."""
    found = listing(files(ckpt__model=5, ckpt__deep__state=9, ckpt___SUCCESS=9, other=1, ckpt2__model=1))
    again = listing(files(ckpt__model=5, ckpt__deep__state=10, ckpt___SUCCESS=9))

    assert {"ckpt/model", "ckpt/deep", "ckpt/deep/state", "ckpt/_SUCCESS"} == vouched(found, MARKER)
    assert vouched(found, "") == set()
    assert vouched(again, MARKER) == set()
    assert outdated(again, MARKER) == {"ckpt"}


def test_a_directory_whose_marker_is_outdated_is_not_shown_whatever_has_settled() -> None:
    """A new `model` beside an old `opt` under the old marker is no version that anybody wrote."""
    found = listing(files(ckpt__model=10, ckpt__opt=5, ckpt___SUCCESS=9, loose=1))

    assert publishable({"ckpt/model", "ckpt/opt", "ckpt/_SUCCESS", "loose"}, set(), found, MARKER) == ["loose"]


def test_a_marker_that_is_no_file_vouches_for_nothing() -> None:
    found = listing(files(a__model=1, b__model=1) | {"a/_SUCCESS": Entry("l", 1, 9, "x"), "b/_SUCCESS": Entry("d")})

    assert vouched(found, MARKER) == set()


def test_a_marked_directory_is_shown_whole_and_its_marker_last() -> None:
    found = listing(files(ckpt__a=1, ckpt__deep__z=1, ckpt___SUCCESS=2, loose=1))

    half = publishable({"ckpt/_SUCCESS", "ckpt/a", "loose"}, set(), found, MARKER)
    whole = publishable({"ckpt/_SUCCESS", "ckpt/a", "loose"}, {"ckpt/deep/z"}, found, MARKER)

    assert half == ["loose"]
    assert whole == ["ckpt/a", "ckpt/_SUCCESS", "loose"]


def test_an_inner_directory_goes_by_itself_and_before_the_marker_around_it() -> None:
    found = listing(files(run__a=1, run___SUCCESS=2, run__ckpt__m=1, run__ckpt___SUCCESS=2, _SUCCESS=3))
    everything = {name for name, _ in found.contents()}

    assert publishable(everything - {"run/a"}, set(), found, MARKER) == ["run/ckpt/m", "run/ckpt/_SUCCESS"]
    assert publishable(everything, set(), found, MARKER) == [
        *("run/ckpt/m", "run/ckpt/_SUCCESS", "run/a", "run/_SUCCESS", "_SUCCESS"),
    ]


NAMES = st.lists(
    st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", f"d/e/{MARKER}", f"d/{MARKER}", MARKER]), unique=True
)


@given(NAMES, st.data())
def test_a_marker_is_never_shown_before_all_that_it_speaks_of(names: list[str], data: st.DataObject) -> None:
    found = listing({name: Entry("f", 1, 1) for name in names})
    here = set(data.draw(st.lists(st.sampled_from(names), unique=True))) if names else set()
    arrived = set(data.draw(st.lists(st.sampled_from(names), unique=True))) - here if names else set()

    order = publishable(arrived, here, found, MARKER)

    shown = set(here)
    for name in order:
        shown.add(name)
        if posixpath.basename(name) == MARKER:
            top = posixpath.dirname(name)
            assert {other for other in names if not top or other.startswith(f"{top}/")} <= shown
    assert set(order) <= arrived
    assert len(order) == len(set(order))


class Writer:
    """A training run that writes version after version of its files, in any order, and the marker after each."""

    def __init__(self) -> None:
        self.now = 1
        self.version = 0
        self.missing: list[str] = []
        self.entries: dict[str, Entry] = {}
        self.is_whole = True

    def act(self, wanted: str | None) -> None:
        """Write one file of the version under way or of a new one, or the marker when all are there; time goes on."""
        self.now += 1
        if not self.missing and not self.is_whole:
            self.entries[f"ckpt/{MARKER}"] = Entry("f", self.version, self.now)
            self.is_whole = True
            return
        if self.is_whole:
            self.version += 1
            self.missing, self.is_whole = ["model", "opt", "deep/state"], False
        name = wanted if wanted in self.missing else self.missing[0]
        self.missing.remove(name)
        self.entries[f"ckpt/{name}"] = Entry("f", self.version, self.now)


@given(st.lists(st.tuples(st.sampled_from(["look", "write", "write"]), st.sampled_from([None, "opt", "deep/state"]))))
def test_whatever_a_writer_does_a_marked_directory_is_shown_as_one_version(
    steps: list[tuple[str, str | None]],
) -> None:
    """Even if each file has settled: the window is over at once here."""
    writer, here, seen = Writer(), dict[str, Entry](), dict[str, Seen]()
    for step, wanted in steps:
        if step == "write":
            writer.act(wanted)
            continue
        found = listing(writer.entries, writer.now, writer.now)
        ready = settled(seen, found, 0) | vouched(found, MARKER)
        seen = dict(seen_in(seen, found))
        here = {name: entry for name, entry in here.items() if found.entries.get(name) == entry}
        arrived = {name for name, _ in found.contents() if name in ready and name not in here}
        shown = publishable(arrived, here.keys(), found, MARKER)
        here |= {name: found.entries[name] for name in shown}

        if f"ckpt/{MARKER}" in shown:
            assert writer.is_whole
            assert len({entry.size for entry in here.values()}) == 1
        assert not shown or writer.is_whole or MARKER not in {posixpath.basename(name) for name in writer.entries}
