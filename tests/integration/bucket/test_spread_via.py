"""What is spread by way of a relay is stored once, and each box fetches it while that goes on."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.worker.aes import TAG_BYTES
from ssh_transport.operations.key_pair import ensure_key_pair
from tests.support.bucket import KEY_ID, Bucket
from tests.support.leak_watch import LeakWatch, files_with
from tests.support.many_boxes import ManyBoxes
from tests.support.trees import described, make_tree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said

DATA_BYTES = 24_000_000
PARTS = 23


@pytest.fixture
def three(person: Person, tmp_path: Path) -> Iterator[ManyBoxes]:
    with ManyBoxes(person, tmp_path, 3, lonely=(1, 2, 3)) as boxes:
        yield boxes


def spreads(many: ManyBoxes, bucket: Bucket, *words: str) -> Said:
    source = () if any(word.startswith("--from") for word in words) else ("--path=data",)
    on = () if any(word.startswith("--on") for word in words) else (many.on,)
    words = ("inv", "transfer.spread", *source, "--to=got/", *on, *words)
    return many.person.types(*words, env=bucket.environment)


def has_large(home: Path) -> None:
    (home / "data").mkdir()
    (home / "data" / "weights").write_bytes(os.urandom(DATA_BYTES))


def ups(said: Said) -> list[int]:
    return [box["via"]["up_bytes"] if box["via"] else 0 for box in said.json.values()]


def test_it_is_stored_once_and_arrives_at_each_box_as_by_any_other_way(three: ManyBoxes, bucket: Bucket) -> None:
    """Hostile names, modes, times, links; the second run sends nothing."""
    here = three.person.home / "data"
    make_tree(here, large_bytes=DATA_BYTES)

    said = spreads(three, bucket, "--via=lab", "--json", "--receipt=all.json")
    receipts = [next(server.home.glob("got/data.*.receipt.json")).read_text() for server in three.boxes.values()]
    again = spreads(three, bucket, "--via=lab", "--json")

    assert (said.exit_code, again.exit_code) == (0, 0), said.stderr + again.stderr
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(here)
    assert [json.loads(text)["via"]["relay"] for text in receipts] == ["lab"] * 3
    assert "from this machine (relay, by way of lab, as asked)" in said.stderr
    assert DATA_BYTES < sum(ups(said)) < DATA_BYTES * 1.05
    assert sum(box["from_here_bytes"] for box in said.json.values()) < DATA_BYTES * 1.1
    assert {box["served_by"] for box in said.json.values()} == {"lab"}
    assert {box["via"] for box in again.json.values()} == {None}
    assert json.loads((three.person.home / "all.json").read_text())["boxes"]["proj-2"]["via"]["relay"] == "lab"
    assert bucket.objects == []


def test_a_box_fetches_only_what_it_lacks_itself(three: ManyBoxes, bucket: Bucket) -> None:
    here = three.person.home / "data"
    here.mkdir()
    for number in range(3):
        (here / f"f{number}").write_bytes(os.urandom(3 << 20))
    has_some = three.boxes["proj-2"].home / "got" / "data"
    has_some.mkdir(parents=True)
    shutil.copy2(here / "f1", has_some / "f1")

    said = spreads(three, bucket, "--via=lab", "--json")

    assert said.exit_code == 0, said.stderr
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(here)
    assert sum(ups(said)) == 9 * ((1 << 20) + TAG_BYTES)
    via = said.json["proj-2"]["via"]
    assert (via["files"], via["down_bytes"]) == (2, 6 * ((1 << 20) + TAG_BYTES))


def delays(many: ManyBoxes, name: str, bucket: Bucket) -> Path:
    """Let a box take its time to be looked at, until something is in the bucket; return what tells that nothing was."""
    late = many.boxes[name].home / "late"
    tool = many.boxes[name].home.parents[1] / "tools" / "df"
    there = f"find {shlex.quote(str(bucket.files))} -type f -size +1000k"
    waits = f'n=0; while [ -z "$({there})" ]; do sleep 0.1; n=$((n+1)); [ $n -lt 80 ] || {{ : >{late}; break; }}; done'
    tool.write_text(f'#!/bin/sh\n{waits}\nexec {shutil.which("df")} "$@"\n')
    tool.chmod(0o755)
    return late


def test_what_the_first_box_lacks_is_stored_while_others_are_still_looked_at(three: ManyBoxes, bucket: Bucket) -> None:
    has_large(three.person.home)
    late = delays(three, "proj-2", bucket)

    said = spreads(three, bucket, "--via=lab", "--json")

    assert said.exit_code == 0, said.stderr
    assert not late.exists()
    assert sum(ups(said)) == DATA_BYTES + PARTS * TAG_BYTES
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(three.person.home / "data")
    assert bucket.objects == []


def test_nothing_of_what_must_not_leave_is_stored_meanwhile(three: ManyBoxes, bucket: Bucket) -> None:
    has_large(three.person.home)
    ensure_key_pair(three.person.home / "data" / "id", comment="", passphrase=str)
    late = delays(three, "proj-2", bucket)

    said = spreads(three, bucket, "--via=lab")

    assert said.exit_code == 7, said.stderr
    assert late.exists()
    assert bucket.objects == []


def test_what_a_box_has_is_read_and_stored_once_for_all_others(three: ManyBoxes, bucket: Bucket) -> None:
    has_large(three.boxes["proj-1"].home)

    said = spreads(three, bucket, "--via=lab", "--json", "--from=proj-1:data", "--on=proj-2,proj-3")

    assert said.exit_code == 0, said.stderr
    for name in ("proj-2", "proj-3"):
        assert described(three.boxes[name].home / "got" / "data") == described(three.boxes["proj-1"].home / "data")
    assert sum(ups(said)) == DATA_BYTES + PARTS * TAG_BYTES
    assert sum(box["from_here_bytes"] for box in said.json.values()) < 1 << 20
    assert bucket.objects == []


def test_a_box_that_dies_costs_only_itself_and_is_served_alone_when_it_is_back(
    three: ManyBoxes, bucket: Bucket
) -> None:
    has_large(three.person.home)
    dying = three.boxes["proj-2"]
    words = ("inv", "transfer.spread", "--path=data", "--to=got/", three.on, "--via=lab", "--json")
    running = three.person.starts(*words, env=bucket.environment)
    while len(bucket.objects) < PARTS // 3:
        assert running.poll() is None
    dying.stop()
    stdout, stderr = running.communicate()
    boxes = json.loads(stdout)["tasks"][0]["boxes"]

    assert [name for name, box in boxes.items() if not box["ok"]] == ["proj-2"], stderr
    assert "kept in the relay for the next run: 23 parts below s3://runs/of/mine/" in stderr
    for name in ("proj-1", "proj-3"):
        assert described(three.boxes[name].home / "got" / "data") == described(three.person.home / "data")

    dying.start()
    again = spreads(three, bucket, "--via=lab", "--json")

    assert again.exit_code == 0, again.stderr
    assert [name for name, box in again.json.items() if box["bytes"]] == ["proj-2"]
    assert described(dying.home / "got" / "data") == described(three.person.home / "data")
    assert bucket.objects == []


def test_a_box_that_can_fetch_nothing_is_served_over_ssh(three: ManyBoxes, bucket: Bucket) -> None:
    has_large(three.person.home)
    for name in ("python", "python3", "curl", "wget"):
        tool = three.boxes["proj-3"].home.parents[1] / "tools" / name
        tool.write_text("#!/bin/sh\nexit 127\n")
        tool.chmod(0o755)

    said = spreads(three, bucket, "--via=lab", "--json")

    assert said.exit_code == 0, said.stderr
    assert (
        "proj-3: `proj-3` has no Python 3.6 or newer, and neither curl nor GNU wget; it is served over ssh"
        in said.stderr
    )
    assert [box["served_by"] for box in said.json.values()] == ["lab", "lab", ""]
    for server in three.boxes.values():
        assert described(server.home / "got" / "data") == described(three.person.home / "data")


def test_the_only_relay_is_taken_where_no_box_reaches_another_and_it_spares_much(
    three: ManyBoxes, bucket: Bucket
) -> None:
    has_large(three.person.home)

    planned = spreads(three, bucket, "--dry-run")
    pushed = spreads(three, bucket, "--dry-run", "--way=each")
    one = spreads(three, bucket, "--on=proj-1", "--dry-run")
    without_key = three.spreads("--dry-run")
    said = spreads(three, bucket, "--json")

    why = "lab spares 48.0 MB; proj-1 can't log in to proj-2 by itself"
    assert f"72.0 MB in all, at most 24.0 MB from this machine (relay, {why}" in planned.stderr
    assert "72.0 MB from this machine (each, as asked)" in pushed.stderr
    assert "24.0 MB from this machine (each, " in one.stderr
    assert "without the relay `lab`: nothing opens the relay `lab`" in without_key.stderr
    assert "72.0 MB from this machine (each, " in without_key.stderr
    assert said.exit_code == 0, said.stderr
    assert sum(ups(said)) == DATA_BYTES + PARTS * TAG_BYTES


def test_boxes_that_reach_each_other_need_no_relay(person: Person, bucket: Bucket, tmp_path: Path) -> None:
    with ManyBoxes(person, tmp_path, 2) as two:
        has_large(person.home)

        said = spreads(two, bucket, "--dry-run")

    assert "24.0 MB from this machine (tree, proj-1 can log in to proj-2)" in said.stderr


def test_what_may_not_be_used_is_told_once_if_asked_for_and_left_alone_if_not(three: ManyBoxes, tmp_path: Path) -> None:
    has_large(three.person.home)
    with Bucket(tmp_path / "open", is_open=True) as bucket:
        (three.person.home / "invoke.yaml").write_text(bucket.settings)

        refused = spreads(three, bucket, "--via=lab")
        both = spreads(three, bucket, "--via=lab", "--way=tree")
        said = spreads(three, bucket, "--json")

        assert refused.exit_code == 7
        assert refused.stderr.count("anyone can read the relay `lab` without a key") == 1
        assert both.exit_code == 2
        assert said.exit_code == 0, said.stderr
        assert "without the relay lab: anyone can read the relay `lab`" in said.stderr
        assert {box["way"] for box in said.json.values()} == {"each"}
        assert bucket.objects == []


def test_neither_key_nor_address_leaves_a_trace(three: ManyBoxes, bucket: Bucket, tmp_path: Path) -> None:
    has_large(three.person.home)
    with LeakWatch(bucket.secret.encode()) as secret, LeakWatch(b"X-Amz-Signature=") as signed:
        said = spreads(three, bucket, "--via=lab")

    assert said.exit_code == 0, said.stderr
    assert secret.samples > 0
    assert secret.findings == set()
    assert [found for found in signed.findings if "X-Amz-S" in found] == []
    assert files_with(bucket.secret.encode(), tmp_path) == []
    assert files_with(b"X-Amz-Signature=", tmp_path) == []
    assert not any(trace in said.stdout + said.stderr for trace in ("X-Amz", bucket.secret, KEY_ID))
