"""What goes by way of a relay arrives as over ssh, and leaves nothing behind."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.worker.aes import TAG_BYTES
from tests.conftest import lets_in
from tests.support.bucket import KEY_ID, Bucket
from tests.support.copying import OLD_S
from tests.support.leak_watch import LeakWatch, files_with
from tests.support.sshd import Sshd
from tests.support.tools import only_has
from tests.support.two_boxes import TwoBoxes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person, Said

SIGNED = b"X-Amz-Signature="
COPY = f"{'0123456789ab' * 2}/{'456789abcdef' * 2}"


def tree(root: Path) -> None:
    """Make files of which the parts hold several, and one that spans many parts."""
    (root / "deep" / "er").mkdir(parents=True)
    (root / "large").write_bytes(os.urandom(5 << 20))
    for number in range(20):
        (root / "deep" / f"f{number}").write_bytes(os.urandom(number * 1000))
    (root / "deep" / "er" / os.fsdecode(b"od\xffd\n name")).write_text("odd")
    (root / "link").symlink_to("large")
    (root / "deep" / "f3").chmod(0o750)
    for path in root.rglob("*"):
        os.utime(path, (OLD_S, OLD_S), follow_symlinks=False)


def shown(root: Path) -> dict[str, object]:
    """Return all that a copy should keep."""
    found: dict[str, object] = {}
    for path in root.rglob("*"):
        about = path.lstat()
        content = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[str(path.relative_to(root))] = (about.st_mode, None if path.is_symlink() else about.st_mtime_ns, content)
    return found


def types(person: Person, bucket: Bucket, task: str, *words: str) -> Said:
    return person.types("fab", "-H", "proj-1", f"transfer.{task}", "--via=lab", *words, env=bucket.environment)


@pytest.mark.parametrize("private", [False, True])
def test_a_push_arrives_by_way_of_the_relay(person: Person, box: Sshd, bucket: Bucket, private: bool) -> None:
    if private:
        (person.home / "fabric.yaml").write_text(bucket.settings + "    private: true\n")
    tree(person.home / "ck")

    said = types(person, bucket, "push", "--path=ck/", "--to=to", "--verify", "--json")

    assert said.exit_code == 0, said.stderr
    assert shown(box.home / "to") == shown(person.home / "ck")
    assert "by way of lab" in said.stderr
    via = said.json["via"]
    assert (via["relay"], via["parts"], via["files"]) == ("lab", 6, 21)
    assert via["up_bytes"] == via["down_bytes"] >= 5 << 20
    assert said.json["wire_bytes"] < 1 << 20
    assert bucket.objects == []
    receipt = next(box.home.glob("to.*.receipt.json"))
    assert json.loads(receipt.read_text())["via"] == via


def test_a_pull_arrives_by_way_of_the_relay(person: Person, box: Sshd, bucket: Bucket) -> None:
    tree(box.home / "ck")

    said = types(person, bucket, "pull", "--path=ck", "--to=to/", "--verify", "--json")

    assert said.exit_code == 0, said.stderr
    assert shown(person.home / "to" / "ck") == shown(box.home / "ck")
    via = said.json["via"]
    assert (via["parts"], via["files"]) == (6, 21)
    assert said.json["wire_bytes"] < 1 << 20
    assert bucket.objects == []
    assert "carried" not in types(person, bucket, "pull", "--path=ck", "--to=to/").stderr


def test_for_several_boxes_each_part_is_stored_once(person: Person, box: Sshd, bucket: Bucket, tmp_path: Path) -> None:
    (person.home / "data").write_bytes(os.urandom(100_000))
    (tmp_path / "second").mkdir()
    with Sshd(tmp_path / "second") as second:
        lets_in(second, person)
        person.adds_alias("proj-2", second.port, second.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {box.host_key_line}\nproj-2 {second.host_key_line}\n")

        words = ["--path=data", "--to=to/", "--via=lab", "--json"]
        said = person.types("fab", "-H", "proj-1,proj-2", "transfer.push", *words, env=bucket.environment)

        assert said.exit_code == 0, said.stderr
        for home in (box.home, second.home):
            assert (home / "to" / "data").read_bytes() == (person.home / "data").read_bytes()
    ups = [said.json[name]["via"]["up_bytes"] for name in ("proj-1", "proj-2")]
    assert sorted(ups) == [0, 100_000 + TAG_BYTES]
    assert bucket.objects == []


def test_what_stops_it_is_told_and_what_is_stored_is_named(person: Person, box: Sshd, bucket: Bucket) -> None:
    tree(person.home / "ck")
    (box.home / "to").mkdir()
    (box.home / "to" / ".relay-partial").write_text("in the way")

    said = types(person, bucket, "push", "--path=ck/", "--to=to")

    assert said.exit_code == 21
    assert "Not a directory" in said.stderr
    assert sorted(path.name for path in (box.home / "to").iterdir()) == [".relay-partial"]


def test_neither_key_nor_address_leaves_a_trace(person: Person, box: Sshd, bucket: Bucket, tmp_path: Path) -> None:
    for home in (person.home, box.home):
        (home / "data").write_bytes(os.urandom(100_000))
    with LeakWatch(bucket.secret.encode()) as secret, LeakWatch(SIGNED) as signed:
        said = [types(person, bucket, task, "--path=data", "--to=to/") for task in ("push", "pull")]

    texts = [text for one in said for text in (one.stdout, one.stderr)]
    assert [one.exit_code for one in said] == [0, 0], texts
    assert secret.samples > 0
    assert secret.findings == set()
    assert [found for found in signed.findings if "X-Amz-S" in found] == []
    assert files_with(bucket.secret.encode(), tmp_path) == []
    assert not any(SIGNED in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert not any(trace in text for text in texts for trace in ("X-Amz", bucket.secret, KEY_ID))


def test_a_bucket_that_anyone_can_read_is_refused(person: Person, box: Sshd, tmp_path: Path) -> None:
    (person.home / "data").write_text("weights")
    with Bucket(tmp_path / "open", is_open=True) as bucket:
        (person.home / "fabric.yaml").write_text(bucket.settings)

        said = types(person, bucket, "push", "--path=data", "--to=to/")

        assert said.exit_code == 7
        assert "anyone can read the relay `lab` without a key; nothing was sent" in said.stderr
        assert bucket.objects == []
    assert not (box.home / "to").exists()


def test_a_box_without_python_is_told_before_anything_is_stored(person: Person, box: Sshd, bucket: Bucket) -> None:
    (person.home / "data").write_text("weights")
    only_has(box, "date", "df", "env", "find", "rsync", "timeout", "uname")

    said = types(person, bucket, "push", "--path=data", "--to=to/")

    assert said.exit_code == 31
    assert "`proj-1` has no Python 3.6 or newer" in said.stderr
    assert "leave out --via, and it goes over ssh alone" in said.stderr
    assert bucket.objects == []


def test_what_a_stopped_copy_left_is_listed_and_removed(person: Person, box: Sshd, bucket: Bucket) -> None:
    theirs = bucket.files / "of" / "mine" / "theirs" / "000000-model"
    ours = bucket.files / "of" / "mine" / COPY / f"000000-{'ab' * 32}"
    for path in (theirs, ours):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"part")
    os.utime(ours, (OLD_S, OLD_S))
    words = ["fab", "transfer.relay", "lab"]

    newer = person.types(*words, "--older=9999d", "--clean", env=bucket.environment)
    listed = person.types(*words, "--older=1d", env=bucket.environment)
    assert bucket.sizes == [4, 4]
    cleaned = person.types(*words, "--clean", "--json", env=bucket.environment)
    again = person.types(*words, env=bucket.environment)

    assert newer.stdout == again.stdout == "lab: no copy has left anything\n"
    assert listed.stdout == f"{COPY}: 1 part, 4 B, 2020-09-13T12:26:40+00:00\n"
    assert [one["is_removed"] for one in cleaned.json["copies"]] == [True]
    assert bucket.objects == [theirs]


@pytest.fixture
def two(person: Person, tmp_path: Path) -> Iterator[TwoBoxes]:
    with TwoBoxes(person, tmp_path) as boxes:
        yield boxes


def test_a_copy_from_box_to_box_goes_by_way_of_the_relay(two: TwoBoxes, bucket: Bucket) -> None:
    tree(two.source.home / "ckpt")

    said = two.copies("--via=lab", "--json", env=bucket.environment)
    receipt = next((two.target.home / "data").glob("ckpt.*.receipt.json")).read_text()
    again = two.copies("--via=lab", "--json", env=bucket.environment)

    assert (said.exit_code, again.exit_code) == (0, 0), said.stderr + again.stderr
    assert shown(two.target.home / "data" / "ckpt") == shown(two.source.home / "ckpt")
    via = said.json["via"]
    assert (via["parts"], via["files"]) == (6, 21)
    assert via["up_bytes"] == via["down_bytes"] >= 5 << 20
    assert said.json["wire_bytes"] < 1 << 20
    assert again.json["via"] is None
    assert bucket.objects == []
    assert json.loads(receipt)["via"] == via
