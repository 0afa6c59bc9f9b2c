"""The program that boxes run: pieces are cut, kept, passed on and made whole, and nothing else is believed."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.spread import program
from ssh_transport.spread.plan import told
from ssh_transport.spread.program import relay
from ssh_transport.spread.program.pieces import Files, Have, next_piece
from ssh_transport.spread.program.place import cut, land, place
from tests.support.trees import described, make_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

PIECE_BYTES = 1000


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def plan_of(source: Path, target: Path, *, piece_bytes: int = PIECE_BYTES) -> dict[str, Any]:
    """Cut all files of a tree; return the plan of a place that takes them."""
    names = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
    order = {"root": told(str(source)), "names": list(map(told, names)), "follow": False, "piece_bytes": piece_bytes}
    where = {"root": told(str(target)), "spool": told(str(target / ".spread-partial")), "renamed": ""}
    return {**where, **cut(order), "piece_bytes": piece_bytes, "follow": False}


def placed(plan: Mapping[str, Any], prefix: str = ".state-") -> tuple[str, list[int]]:
    found = place({"prefix": prefix, "program": "pass", "plan": plan})
    return found["state"], found["missing"]


def frames(source: Path, plan: Mapping[str, Any], pieces: list[int]) -> bytes:
    """Return these pieces as they are sent."""
    files = Files({**plan, "root": told(str(source)), "spool": ""})
    return b"".join(relay.HEADER.pack(piece, files.length(piece)) + files.read(piece) for piece in pieces)


def receive(state: str, data: bytes) -> bytes:
    """Let the receiver read it; return what it says."""
    says = io.BytesIO()
    relay.receive(state, io.BytesIO(data), says)
    return says.getvalue()


def keep(state: str, source: Path, plan: dict[str, Any], pieces: list[int]) -> None:
    """Keep pieces, as the receiver does."""
    files, origin = Files(plan), Files({**plan, "root": told(str(source)), "spool": ""})
    for piece in pieces:
        files.write(piece, origin.read(piece))
    Have(state).add(pieces)


def test_all_pieces_make_the_tree_in_whatever_order_they_come(tmp_path: Path) -> None:
    """Hostile names; nothing else is left beside them."""
    source, target = tmp_path / "data", tmp_path / "got"
    make_tree(source, large_bytes=12_345)
    plan = plan_of(source, target)
    state, missing = placed(plan)

    keep(state, source, plan, missing[::-1])
    assert land(state) == {"left": 0}

    files = {name: one for name, one in described(source).items() if (source / name).is_file()}
    assert {name: one for name, one in described(target).items() if (target / name).is_file()} == {
        name: one for name, one in files.items() if one[0] != "link"
    }
    assert not (target / ".spread-partial").exists()
    assert placed(plan)[1] == []


def test_what_an_earlier_run_kept_is_not_missing_and_what_is_broken_is(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "got"
    source.mkdir()
    (source / "a").write_bytes(os.urandom(5 * PIECE_BYTES))
    plan = plan_of(source, target)
    state, _ = placed(plan)
    keep(state, source, plan, [0, 2, 3])
    (part,) = (target / ".spread-partial").iterdir()
    with part.open("r+b") as file:
        file.seek(2 * PIECE_BYTES)
        was = file.read(1)
        file.seek(2 * PIECE_BYTES)
        file.write(bytes([was[0] ^ 1]))

    assert placed(plan)[1] == [1, 2, 4]


def test_holes_stay_and_what_was_broken_is_written_over(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "got"
    source.mkdir()
    with (source / "a").open("wb") as file:
        file.truncate(8 << 20)
        file.write(b"x")
        file.seek((8 << 20) - 1)
        file.write(b"x")
    plan = plan_of(source, target, piece_bytes=1 << 20)
    state, missing = placed(plan)
    keep(state, source, plan, missing)
    (part,) = (target / ".spread-partial").iterdir()
    assert part.stat().st_blocks * 512 < 1 << 20
    with part.open("r+b") as file:
        file.seek(3 << 20)
        file.write(b"?")

    state, missing = placed(plan)
    keep(state, source, plan, missing)
    land(state)

    assert missing == [3]
    assert (target / "a").read_bytes() == (source / "a").read_bytes()


def test_a_file_that_is_not_whole_gets_no_name(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "got"
    source.mkdir()
    (source / "a").write_bytes(os.urandom(3 * PIECE_BYTES))
    (source / "b").write_bytes(os.urandom(3 * PIECE_BYTES))
    plan = plan_of(source, target)
    state, _ = placed(plan)
    keep(state, source, plan, [0, 1, 2, 3])

    assert land(state) == {"left": 1}
    assert [path.name for path in target.iterdir() if path.is_file()] == ["a"]


def test_nothing_is_written_through_a_link_or_over_a_directory(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "got"
    (source / "sub").mkdir(parents=True)
    (source / "sub" / "a").write_bytes(b"x" * 10)
    (source / "b").write_bytes(b"x" * 10)
    (tmp_path / "elsewhere").mkdir()
    target.mkdir()
    (target / "sub").symlink_to(tmp_path / "elsewhere")
    (target / "b").mkdir()
    plan = plan_of(source, target)
    state, missing = placed(plan)
    keep(state, source, plan, missing)

    assert land(state) == {"left": 2}
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert (target / "b").is_dir()


def test_a_spool_that_is_a_link_is_refused(tmp_path: Path) -> None:
    source, target = tmp_path / "data", tmp_path / "got"
    source.mkdir()
    (source / "a").write_bytes(b"x")
    target.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (target / ".spread-partial").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NotADirectoryError):
        placed(plan_of(source, target))


@pytest.mark.parametrize("name", ["../a", "/etc/a", "a/../../b", "", "."])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    """The source may be a box that lies."""
    plan = {"root": str(tmp_path), "spool": "", "renamed": "", "files": [[name, 1, 0, 0]]}

    with pytest.raises(ValueError, match="elsewhere"):
        Files({**plan, "digests": "0" * 64, "piece_bytes": 1, "follow": False})


def test_only_the_bytes_of_the_plan_are_kept(tmp_path: Path) -> None:
    """Who sends them may be a box that lies."""
    source, target = tmp_path / "data", tmp_path / "got"
    source.mkdir()
    (source / "a").write_bytes(os.urandom(3 * PIECE_BYTES))
    plan = plan_of(source, target)
    state, _ = placed(plan)
    good = frames(source, plan, [1])

    assert receive(state, good) == b"7\n1\n"
    for bad in (good[:-1] + bytes([good[-1] ^ 1]), relay.HEADER.pack(9, 1) + b"x", relay.HEADER.pack(0, 5) + b"short"):
        with pytest.raises(ValueError, match="piece"):
            receive(state, bad)
    assert receive(state, frames(source, plan, [0])[:-5]) == b"5\n"
    assert Have(state).look() == {1}


def sender(state: str, ssh: list[str]) -> subprocess.Popen[bytes]:
    """Start a sender whose `ssh` is this; it says MARK before anything of ours."""
    order = {"ssh": ssh, "there": [], "marker": "MARK", "first": "", "pace": None, "stall_s": 20}
    words = ["-I", "-S", "-c", program.code(), "send", state, json.dumps({**order, "is_leashed": False})]
    return subprocess.Popen([sys.executable, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def receiver(state: str) -> list[str]:
    script = 'printf "a greeting MARK"; exec "$@"'
    return ["sh", "-c", script, "sh", sys.executable, "-I", "-S", "-c", program.code(), "receive", state]


def test_pieces_pass_on_from_place_to_place_as_they_come(tmp_path: Path) -> None:
    """The second serves the third before it has anything itself."""
    source = tmp_path / "data"
    make_tree(source, large_bytes=50 * PIECE_BYTES)
    plans = [plan_of(source, tmp_path / f"got{at}") for at in range(3)]
    first = {**plans[0], "root": told(str(source)), "spool": ""}
    states = [placed(plan, f".state{at}-")[0] for at, plan in enumerate((first, *plans[1:]))]

    with sender(states[1], receiver(states[2])) as onward, sender(states[0], receiver(states[1])) as begin:
        ended = [(process, *process.communicate(timeout=60)) for process in (begin, onward)]

    for process, said, stderr in ended:
        assert process.returncode == 0, stderr
        numbers = [line for line in said.split() if line.isdigit()]
        assert sorted(map(int, numbers)) == list(range(Files(first).count))
    assert [land(state) for state in states[1:]] == [{"left": 0}, {"left": 0}]
    assert (tmp_path / "got2" / "large.bin").read_bytes() == (source / "large.bin").read_bytes()


@pytest.mark.parametrize("says", ["MARKnonsense\\n", "MARKf\\n0\\n1\\nx\\n", "MARKf\\n", "no greeting of ours", ""])
def test_a_receiver_that_does_not_keep_all_is_no_success(says: str, tmp_path: Path) -> None:
    """It says too little, or what makes no sense, and takes all it gets."""
    source = tmp_path / "data"
    source.mkdir()
    (source / "a").write_bytes(os.urandom(4 * PIECE_BYTES))
    state, _ = placed({**plan_of(source, tmp_path), "root": told(str(source)), "spool": ""})

    with sender(state, ["sh", "-c", f"printf '{says}'; exec cat >/dev/null"]) as process:
        _, stderr = process.communicate(timeout=60)

    assert process.returncode == program.CHILD_FAILED, stderr


def test_the_first_that_is_missing_and_here_is_sent_next() -> None:
    assert next_piece([1, 4, 5], {0, 4, 5}) == 4
    assert next_piece([1], {0}) is None


@given(st.lists(st.integers(1, 3 * PIECE_BYTES), min_size=1, max_size=8))
def test_pieces_cover_every_byte_of_every_file_once(sizes: list[int]) -> None:
    files = Files(
        {
            "root": "",
            "spool": "",
            "renamed": "",
            "files": [[f"f{at}", size, 0, 0] for at, size in enumerate(sizes)],
            "digests": "",
            "piece_bytes": PIECE_BYTES,
            "follow": False,
        }
    )
    covered = [part for piece in range(files.count) for part in files.parts(piece)]

    at = dict.fromkeys(range(len(sizes)), 0)
    for index, offset, count in covered:
        assert at[index] == offset
        at[index] += count
    assert list(at.values()) == sizes
    assert sum(map(files.length, range(files.count))) == sum(sizes)
    for index in range(len(sizes)):
        assert list(files.pieces(index)) == [
            piece for piece in range(files.count) if any(part[0] == index for part in files.parts(piece))
        ]


def test_it_speaks_to_an_old_python() -> None:
    """The syntax of 3.6."""
    here = Path(program.__file__).parent

    assert {path.stem for path in here.glob("*.py")} == {"__init__", *program.MODULES}
    ast.parse(program.code(), feature_version=(3, 6))
    for name in program.MODULES:
        ast.parse((here / f"{name}.py").read_text(encoding="ascii"), feature_version=(3, 6))
