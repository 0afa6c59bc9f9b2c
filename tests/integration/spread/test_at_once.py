"""Two spreads at once, and what is looked at before one begins."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

import pytest

from ssh_transport.leftovers import SPREAD_STATE_PREFIX
from tests.support.many_boxes import ManyBoxes
from tests.support.processes import until
from tests.support.trees import described, litter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person

LARGE_BYTES = 16_000_000


def states(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob(f"{SPREAD_STATE_PREFIX}*"))


@pytest.mark.slow
def test_two_spreads_of_one_source_do_not_disturb_each_other(person: Person, tmp_path: Path) -> None:
    """What the first has at the source stays while the second comes and goes."""
    with ManyBoxes(person, tmp_path, 3) as many:
        source = many.boxes["proj-1"].home
        (source / "ckpt").mkdir()
        (source / "ckpt" / "weights").write_bytes(os.urandom(LARGE_BYTES))
        words = ("inv", "transfer.spread", "--from=proj-1:ckpt", "--to=got/", "--way=tree")

        first = person.starts(*words, "--on=proj-2")
        try:
            until(lambda: states(source) or first.poll() is not None)
            first.send_signal(signal.SIGSTOP)
            own = states(source)
            second = person.types(*words, "--on=proj-3")
            left = states(source)
        finally:
            first.send_signal(signal.SIGCONT)
            _, stderr = first.communicate()

        assert second.exit_code == 0, second.stderr
        assert own
        assert left == own
        assert first.returncode == 0, stderr
        assert "gets no more" not in stderr + second.stderr
        for name in ("proj-2", "proj-3"):
            home = many.boxes[name].home
            assert described(home / "got" / "ckpt") == described(source / "ckpt")
            assert (states(home), litter(home)) == ([], [])
        assert states(source) == []


@pytest.mark.parametrize(
    ("receipt", "why"),
    [
        ("data", "`data` is a directory"),
        ("none/all.json", "can't be written"),
        ("weights", "`weights` is no receipt of a spread, and would be lost"),
        ("/proc/all.json", "can't be written"),
    ],
)
def test_where_no_receipt_can_be_is_told_before_any_box_is_asked(receipt: str, why: str, person: Person) -> None:
    (person.home / "data").mkdir()
    (person.home / "weights").write_bytes(b"mine")
    person.adds_alias("proj-1", 1)

    said = person.types("inv", "transfer.spread", "--path=data", "--to=got", "--on=proj-1", f"--receipt={receipt}")

    assert why in said.stderr
    assert "connect" not in said.stderr
    assert (person.home / "weights").read_bytes() == b"mine"


def test_a_receipt_of_an_earlier_spread_makes_way(person: Person) -> None:
    (person.home / "data").mkdir()
    (person.home / "all.json").write_text(json.dumps({"kind": "ssh-transport spread"}))
    person.adds_alias("proj-1", 1)

    said = person.types("inv", "transfer.spread", "--path=data", "--to=got", "--on=proj-1", "--receipt=all.json")

    assert "receipt" not in said.stderr
    assert "refused" in said.stderr
