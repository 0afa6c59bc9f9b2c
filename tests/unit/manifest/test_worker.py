"""The program that lists a path: odd trees, odd moments, and the same records by the tools of a box without Python."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import os
import socket
import subprocess
import threading
import venv
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.manifest import ends, plain_box, worker
from ssh_transport.manifest.ends import Listing
from ssh_transport.manifest.records import Reader, Record
from ssh_transport.manifest.worker import program, walk
from ssh_transport.manifest.worker.hashing import Hasher
from ssh_transport.request.patterns import Excluded
from tests.support.trees import make_tree

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = b"not \xff utf-8"


def listed(listing: Listing, algorithm: str = "sha256") -> list[Record]:
    with ends.here(listing, algorithm) as chunks:
        return list(ends.records_here(chunks, Reader("this machine", algorithm)))


def listed_plainly(listing: Listing) -> list[Record]:
    done = subprocess.run(
        ["sh", "-c", plain_box.SCRIPT, "sh", listing.path], capture_output=True, timeout=60, check=True
    )
    records = plain_box.in_order(Reader("the box", "sha256").unordered([done.stdout]))
    return list(
        plain_box.without(
            records,
            Excluded(listing.exclude),
            prefix=listing.prefix,
            left_out=(".rsync-partial", ".sftp-partial"),
            tell_left_out=listing.is_source,
        )
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    make_tree(root, large_bytes=3_000_000)
    Path(os.fsdecode(os.fsencode(root) + b"/" + ODD)).write_text("x")
    (root / "percent %s %d").write_text("x")
    (root / "trailing newline\n").symlink_to("a\n\n")
    (root / ".rsync-partial").mkdir()
    (root / ".rsync-partial" / "half").write_text("x")
    (root / "a").mkdir()
    for name in ("a-b", "a.b", "a/b", "a/c.tmp"):
        (root / name).write_text(name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(root / "socket"))
    os.mkfifo(root / "pipe")
    return root


@pytest.mark.parametrize("lists", [listed, listed_plainly])
def test_a_listing_has_everything_once(lists: Callable[[Listing], list[Record]], tree: Path) -> None:
    """In one order, with the digests of `hashlib`; what is special is named and no more."""
    found = {record.name: record for record in lists(Listing(str(tree)))}

    names = {os.fsencode(path.relative_to(tree)) for path in tree.rglob("*")} - {b".rsync-partial/half"}
    assert set(found) == names | {b"."}
    assert found[ODD] == Record(b"f", ODD, 1, hashlib.sha256(b"x").hexdigest().encode(), b"")
    assert found[b"large.bin"].size == 3_000_000
    assert found[b"trailing newline\n"] == Record(b"l", b"trailing newline\n", 0, b"", b"a\n\n")
    assert {name for name, record in found.items() if record.kind == b"o"} == {b".rsync-partial", b"pipe", b"socket"}
    assert found[b"empty directory"].kind == b"d"


@pytest.mark.parametrize("exclude", [(), ("*.tmp", "dir */"), ("/root/a",), ("a/b", "new*")])
@pytest.mark.parametrize("is_source", [True, False])
def test_both_ways_list_the_same(exclude: tuple[str, ...], tree: Path, *, is_source: bool) -> None:
    """Record by record, patterns applied."""
    listing = Listing(str(tree), "root", exclude, is_source=is_source)

    assert listed(listing) == listed_plainly(listing)


@pytest.mark.parametrize("lists", [listed, listed_plainly])
def test_a_single_file_is_a_manifest_of_one_entry(lists: Callable[[Listing], list[Record]], tree: Path) -> None:
    """Whatever it is called."""
    digest = hashlib.sha256(b"x").hexdigest().encode()

    assert lists(Listing(os.fsdecode(os.fsencode(tree) + b"/" + ODD))) == [Record(b"f", b".", 1, digest, b"")]


def test_every_algorithm_is_its_own(tree: Path) -> None:
    """Each that this Python has."""
    for name, make in worker.algorithms().items():
        made = make()
        made.update(b"a/b")
        found = {record.name: record for record in listed(Listing(str(tree)), name)}
        assert found[b"a/b"].digest.decode() == made.hexdigest()


def test_a_file_that_changes_while_it_is_read_is_not_hashed(tree: Path) -> None:
    """It grows between two reads."""
    growing = tree / "large.bin"
    hasher = _hasher(tree)
    read = hasher._read

    def slowly(handle: int) -> tuple[bytes, int]:
        found = read(handle)
        with growing.open("ab") as file:
            file.write(b"more")
        return found

    hasher._read = slowly  # type: ignore[method-assign]
    entry = walk.Entry((b"f", b"large.bin", 3_000_000, b"", b""), os.fsencode(growing))

    assert [record[:2] for record in hasher.hashed([entry])] == [(b"c", b"large.bin")]


def test_a_file_that_vanished_and_one_that_became_a_link_are_distinguished(tree: Path) -> None:
    """Gone is changed; what may not be followed can't be read; neither stops the rest."""
    (tree / "turned").symlink_to("a/b")
    entries = [
        walk.Entry((b"f", name, 1, b"", b""), os.fsencode(tree) + b"/" + name) for name in (b"gone", b"turned", b"a/b")
    ]

    assert [record[0] for record in _hasher(tree).hashed(entries)] == [b"c", b"u", b"f"]


def test_a_circle_of_links_ends(tree: Path) -> None:
    """It is said to be one; a link that leads nowhere can't be read."""
    (tree / "a" / "circle").symlink_to("..")

    found = {record.name: record for record in listed(Listing(str(tree), copy_links=True))}

    assert found[b"a/circle"].kind == found[b"dangling"].kind == b"u"
    assert found[b"link"].kind == b"f"


def test_a_directory_that_changes_while_it_is_listed_is_reported(tree: Path) -> None:
    """A name that came after the listing would not be compared."""
    order, received = ends._order(Listing(str(tree)), "sha256"), bytearray()
    reader, writer = os.pipe()
    saved = os.dup(1)
    collecting = threading.Thread(target=lambda: _collect(reader, received))
    collecting.start()
    hashed, number = Hasher.hashed, itertools.count()

    def disturbing(self: Hasher, entries: list[walk.Entry]) -> list[walk.Record]:
        (tree / "a" / f"late {next(number)}").write_text("x")
        return hashed(self, entries)

    os.dup2(writer, 1)
    Hasher.hashed = disturbing  # type: ignore[method-assign]
    try:
        program.run(json.loads(order))
    finally:
        os.dup2(saved, 1)
        Hasher.hashed = hashed  # type: ignore[method-assign]
        for handle in (saved, writer):
            os.close(handle)
    collecting.join(10)

    own = Reader("this machine", "sha256")
    list(ends.records_here(iter([bytes(received)]), own))
    assert own.end is not None
    assert (own.end.changed, own.end.example) == (1, b"a")


def test_it_speaks_to_an_old_python() -> None:
    """The syntax of 3.6, and no letter that a word could lose."""
    here = Path(worker.__file__).parent
    sources = [(here / f"{name}.py").read_text(encoding="ascii") for name in worker.MODULES]

    for text in (worker.code(), *sources):
        ast.parse(text, feature_version=(3, 6))


def _hasher(tree: Path) -> Hasher:
    return Hasher(json.loads(ends._order(Listing(str(tree)), "sha256")))


def _collect(handle: int, into: bytearray) -> None:
    with os.fdopen(handle, "rb") as file:
        into += file.read()


def test_more_than_threads_are_for_is_listed_in_the_same_order(tmp_path: Path) -> None:
    """Batches of many files, some large, and directories between them."""
    for directory in ("a", "b/c", "d"):
        (tmp_path / directory).mkdir(parents=True)
        for number in range(70):
            (tmp_path / directory / f"{number}").write_bytes(bytes(number))
    (tmp_path / "b" / "large").write_bytes(bytes(5_000_000))

    assert listed(Listing(str(tmp_path))) == listed_plainly(Listing(str(tmp_path)))


def test_a_package_for_hashing_is_found_though_packages_are_looked_for_late(tmp_path: Path) -> None:
    """In an environment that the interpreter belongs to."""
    venv.create(tmp_path / "env", symlinks=True)
    packages = next((tmp_path / "env" / "lib").glob("python*/site-packages"))
    (packages / "blake3.py").write_text("from hashlib import sha256 as blake3")
    (tmp_path / "file").write_text("x")
    python = [str(tmp_path / "env" / "bin" / "python"), "-I", "-S", "-c", worker.code()]

    asked = subprocess.run([*python, '{"ask": true}'], capture_output=True, check=True)
    order = json.loads(ends._order(Listing(str(tmp_path / "file")), "blake3"))
    told = subprocess.run([*python, json.dumps(order)], capture_output=True, check=True)

    assert "blake3" in json.loads(asked.stdout)["rates"]
    record = next(ends.records_here(iter([told.stdout]), Reader("this machine", "blake3")))
    assert record.digest.decode() == hashlib.sha256(b"x").hexdigest()
