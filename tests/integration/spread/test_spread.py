"""One upload, many boxes, over real servers that log in to each other."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from ssh_transport.leftovers import SPREAD_PARTIAL_DIRECTORY, SPREAD_STATE_PREFIX
from tests.support.many_boxes import ManyBoxes
from tests.support.processes import until
from tests.support.trees import described, litter, make_tree
from tests.support.two_boxes import read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person, Said

pytestmark = pytest.mark.slow

LARGE_BYTES = 9_000_000
TREE = "9.0 MB from this machine (tree, proj-1 can log in to proj-2)"


@pytest.fixture
def three(person: Person, tmp_path: Path) -> Iterator[ManyBoxes]:
    with ManyBoxes(person, tmp_path, 3) as boxes:
        yield boxes


def has_large(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "weights").write_bytes(os.urandom(LARGE_BYTES))


def left(many: ManyBoxes) -> list[str]:
    """Return what a spread should not leave behind."""
    homes = [server.home for server in many.boxes.values()]
    return [found for home in homes for found in (*litter(home), *map(str, home.glob(f"{SPREAD_STATE_PREFIX}*")))]


def is_idle(many: ManyBoxes) -> bool:
    """Whether no box runs anything of a spread."""
    homes = [f"HOME={server.home}\0".encode() for server in many.boxes.values()]
    running = [
        process
        for process in Path("/proc").glob("[0-9]*")
        if b"/program.py\0" in read(process / "cmdline")
        and any(home in read(process / "environ") + b"\0" for home in homes)
    ]
    return not running


def from_here_bytes(said: Said) -> int:
    return sum(box["from_here_bytes"] for box in said.json.values())


def test_a_tree_has_it_all_by_one_upload_and_the_second_run_changes_nothing(three: ManyBoxes) -> None:
    """Hostile names, modes, times, links; both ends are compared at every box."""
    here = three.person.home / "data"
    make_tree(here, large_bytes=LARGE_BYTES)
    (here / os.fsdecode(b"not utf-8 \xff\xfe")).write_text("x")

    first = three.spreads("--json")
    before = [described(server.home) for server in three.boxes.values()]
    again = three.spreads("--json")

    assert (first.exit_code, again.exit_code) == (0, 0), first.stderr + again.stderr
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(here)
    assert TREE in first.stderr
    assert from_here_bytes(first) < LARGE_BYTES * 1.05
    assert sorted(box["served_by"] for box in first.json.values()) == ["", "proj-1", "proj-1"]
    assert all(box["verification"]["receipt"] for box in first.json.values())
    assert "0 B in all" in again.stderr
    for server, was in zip(three.boxes.values(), before, strict=True):
        assert {name for name, one in described(server.home).items() if was[name][1:] != one[1:]} <= {
            name for name in was if name.endswith((".receipt.json", ".manifest.gz"))
        } | {"got"}
    assert left(three) == []
    assert not any((server.home / "pwned").exists() for server in three.boxes.values())


def test_a_box_that_dies_in_the_middle_costs_only_itself(person: Person, tmp_path: Path) -> None:
    """Its children find another parent; the exit code is its own; once it is back, it alone is served."""
    with ManyBoxes(person, tmp_path, 5) as many:
        has_large(person.home)
        dying = many.boxes["proj-1"]
        started = person.starts(
            *("inv", "transfer.spread", "--path=data", "--to=got/", many.on, "--json", "--bwlimit=3M", "--way=tree")
        )
        spool = dying.home / "got" / "data" / SPREAD_PARTIAL_DIRECTORY
        until(lambda: any(path.stat().st_size > LARGE_BYTES / 3 for path in spool.glob("*")))
        dying.stop()
        stdout, stderr = started.communicate()
        boxes = json.loads(stdout)["tasks"][0]["boxes"]

        assert started.returncode == 11, stderr
        assert [name for name, box in boxes.items() if not box["ok"]] == ["proj-1"]
        assert boxes["proj-1"]["error"]["class"] == "Refused"
        for name, server in many.boxes.items():
            if name != "proj-1":
                assert described(server.home / "got" / "data") == described(person.home / "data")

        dying.start()
        again = many.spreads("--json")

        assert again.exit_code == 0, again.stderr
        assert [name for name, box in again.json.items() if box["bytes"]] == ["proj-1"]
        assert described(dying.home / "got" / "data") == described(person.home / "data")
        assert left(many) == []


def test_what_the_tree_can_not_reach_or_use_is_served_from_here(person: Person, tmp_path: Path) -> None:
    """One box has no Python, another lets nobody in but the person."""
    with ManyBoxes(person, tmp_path, 4) as many:
        has_large(person.home)
        bare, closed = many.boxes["proj-3"], many.boxes["proj-4"]
        tools = bare.home.parents[1] / "tools"
        for name in ("python", "python3"):
            (tools / name).write_text("#!/bin/sh\nexit 127\n")
            (tools / name).chmod(0o755)
        (closed.home / ".ssh" / "authorized_keys").write_text(person.identity.with_suffix(".pub").read_text())

        said = many.spreads("--json")

        assert said.exit_code == 0, said.stderr
        assert [box["served_by"] for box in said.json.values()] == ["", "proj-1", "", ""]
        assert "18.0 MB from this machine (tree, proj-1 can log in to proj-2)" in said.stderr
        assert "proj-4: gets no more from proj-1: " in said.stderr
        assert LARGE_BYTES * 3 < from_here_bytes(said) < LARGE_BYTES * 3.1
        for server in many.boxes.values():
            assert described(server.home / "got" / "data") == described(person.home / "data")
        assert left(many) == []


def test_boxes_that_reach_none_are_pushed_to(person: Person, tmp_path: Path) -> None:
    """The plan says so, and why, also in a dry run, which changes nothing; a tree that is asked for is refused."""
    with ManyBoxes(person, tmp_path, 2, lonely=(1, 2)) as many:
        has_large(person.home)
        why = "18.0 MB in all, at most 18.0 MB from this machine (each, proj-1 can't log in to proj-2 by itself"

        planned = many.spreads("--dry-run", "--json")
        refused = many.spreads("--way=tree")
        names = [name for server in many.boxes.values() for name in described(server.home)]
        done = many.spreads("--json")

        assert (planned.exit_code, refused.exit_code, done.exit_code) == (0, 31, 0), refused.stderr + done.stderr
        assert why in planned.stderr
        assert [box["dry_run"] for box in planned.json.values()] == [True, True]
        assert "--forward-agent" in refused.stderr
        assert not [name for name in names if name.startswith("got")]
        for server in many.boxes.values():
            assert described(server.home / "got" / "data") == described(person.home / "data")


def test_from_a_box_nothing_comes_through_this_machine(three: ManyBoxes) -> None:
    source = three.boxes["proj-1"].home / "ckpt"
    make_tree(source, large_bytes=LARGE_BYTES)
    config = three.person.ssh / "config"
    with Link(three.boxes["proj-1"].port) as link:
        config.write_text(config.read_text().replace(f"Port {three.boxes['proj-1'].port}\n", f"Port {link.port}\n"))

        said = three.spreads("--from=proj-1:ckpt", "--on=proj-2,proj-3", "--json")

        assert said.exit_code == 0, said.stderr
        assert link.bytes_up + link.bytes_down < LARGE_BYTES / 10
    assert "18.0 MB in all, at most 0 B from this machine (tree, proj-1 can log in to proj-2)" in said.stderr
    for name in ("proj-2", "proj-3"):
        assert described(three.boxes[name].home / "got" / "ckpt") == described(source)
        assert said.json[name]["served_by"] == "proj-1"
    assert left(three) == []


def test_an_outage_of_our_own_line_is_waited_for(person: Person, tmp_path: Path) -> None:
    """No box can be reached for a while; then it goes on with the pieces that are missing."""
    with ManyBoxes(person, tmp_path, 2) as many:
        has_large(person.home)
        started = person.starts(
            *("inv", "transfer.spread", "--path=data", "--to=got/", many.on, "--json", "--bwlimit=3M", "--way=tree")
        )
        spool = many.boxes["proj-2"].home / "got" / "data" / SPREAD_PARTIAL_DIRECTORY
        until(lambda: any(path.stat().st_size > LARGE_BYTES / 2 for path in spool.glob("*")))
        for server in many.boxes.values():
            server.stop()
        assert started.stderr
        heard = next(line for line in started.stderr if "attempt 2 in" in line)
        for server in many.boxes.values():
            server.start()
        stdout, stderr = started.communicate()
        boxes = json.loads(stdout)["tasks"][0]["boxes"]

        assert started.returncode == 0, heard + stderr
        assert sum(box["result"]["from_here_bytes"] for box in boxes.values()) < LARGE_BYTES * 1.3
        for server in many.boxes.values():
            assert described(server.home / "got" / "data") == described(person.home / "data")
        assert left(many) == []


def test_what_has_come_before_a_kill_is_not_sent_again(three: ManyBoxes) -> None:
    """By SIGKILL, of a large file; our programs end at all ends."""
    has_large(three.person.home)
    (three.person.home / "tmp").mkdir()
    started = three.person.starts(
        *("inv", "transfer.spread", "--path=data", "--to=got/", three.on, "--bwlimit=3M", "--way=tree"),
        env={"TMPDIR": str(three.person.home / "tmp")},
    )
    spools = [server.home / "got" / "data" / SPREAD_PARTIAL_DIRECTORY for server in three.boxes.values()]
    until(lambda: all(any(path.stat().st_size > LARGE_BYTES / 2 for path in spool.glob("*")) for spool in spools))
    started.kill()
    started.communicate()
    until(lambda: is_idle(three))
    until(lambda: not list((three.person.home / "tmp").glob("*/plan")))

    said = three.spreads("--json")

    assert said.exit_code == 0, said.stderr
    assert from_here_bytes(said) < LARGE_BYTES * 0.7
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(three.person.home / "data")
    assert left(three) == []


def test_a_file_gets_the_name_that_a_copy_gives_it_and_one_receipt_lists_all(three: ManyBoxes) -> None:
    """It goes into a directory where there is one, else it gets the new name."""
    (three.person.home / "weights").write_bytes(os.urandom(LARGE_BYTES))
    (three.boxes["proj-2"].home / "model").mkdir()
    words = ("transfer.spread", "--path=weights", "--to=model", three.on, "--receipt=all.json")

    said = three.person.types("inv", *words)

    assert said.exit_code == 0, said.stderr
    sent = (three.person.home / "weights").read_bytes()
    for server, place in zip(three.boxes.values(), ("model", "model/weights", "model"), strict=True):
        assert (server.home / place).read_bytes() == sent
    _, *rows = [line.split("\t") for line in said.stdout.splitlines()]
    assert [row[:3] for row in rows] == [[f"proj-{at}", "compared equal", "9.0 MB"] for at in (1, 2, 3)]
    found = json.loads((three.person.home / "all.json").read_text())
    assert (list(found["boxes"]), found["way"]) == (["proj-1", "proj-2", "proj-3"], "tree")
    assert len({box[end] for box in found["boxes"].values() for end in ("source_hash", "target_hash")}) == 1
    assert left(three) == []


@pytest.mark.parametrize(
    "words",
    [("--path=data", "--way=best"), ("--path=data", "--from=proj-1:x"), (), ("--from=proj-1:x",)],
    ids=["no way", "two sources", "no source", "the source is a target"],
)
def test_a_mistake_is_told_before_any_box_is_asked(words: tuple[str, ...], person: Person) -> None:
    (person.home / "data").mkdir()
    person.adds_alias("proj-1", 1)

    said = person.types("inv", "transfer.spread", *words, "--to=got", "--on=proj-1")

    assert (said.exit_code, said.stderr.count("error:"), "hint:" in said.stderr) == (2, 1, True), said.stderr
