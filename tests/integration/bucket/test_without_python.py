"""A box without Python stores and fetches by curl or GNU wget, and what can do neither is told at once."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.bucket import KEY_ID, Bucket
from tests.support.leak_watch import LeakWatch, files_with
from tests.support.tools import only_has
from tests.support.trees import described

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person, Said
    from tests.support.sshd import Sshd

COPIES = ("date", "df", "env", "find", "rsync", "timeout", "uname")
CARRIES = ("openssl", "rmdir", "sleep", "touch")
OLD_S = 1_600_000_000


def tree(root: Path) -> None:
    """Make files of which the parts hold several, one that spans many, and names that a shell would read."""
    (root / "deep" / "er").mkdir(parents=True)
    (root / "large").write_bytes(os.urandom(5_000_001))
    (root / "deep" / os.fsdecode(b"od\xffd\n $(touch pwned) 'n\"ame\\0101")).write_bytes(os.urandom(1_500_000))
    (root / "deep" / "er" / "-small").write_text("small")
    (root / "deep" / "link").symlink_to("../large")
    for path in root.rglob("*"):
        os.utime(path, (OLD_S, OLD_S), follow_symlinks=False)


def types(person: Person, bucket: Bucket, task: str, *words: str) -> Said:
    words = ("fab", "-H", "proj-1", f"transfer.{task}", "--via=lab", "--path=ck", "--to=to/", "--json", *words)
    return person.types(*words, env=bucket.environment)


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("tool", ["curl", "wget"])
@pytest.mark.parametrize("task", ["push", "pull"])
def test_it_arrives_as_with_python(
    person: Person, box: Sshd, bucket: Bucket, task: str, tool: str, *, private: bool
) -> None:
    source, target = (person.home, box.home) if task == "push" else (box.home, person.home)
    tree(source / "ck")
    only_has(box, *COPIES, *CARRIES, tool)
    if private:
        (person.home / "fabric.yaml").write_text(bucket.settings + "    private: true\n")

    said = types(person, bucket, task)

    assert said.exit_code == 0, said.stderr
    assert described(target / "to" / "ck") == described(source / "ck")
    via = said.json["via"]
    assert (via["parts"], via["files"]) == (7, 3)
    assert 6_500_000 < via["up_bytes"] <= 6_510_000
    assert said.json["wire_bytes"] < 200_000
    assert bucket.objects == []
    assert not (box.home / "pwned").exists()
    assert [path.name for path in (target / "to").iterdir()] == ["ck"]


@pytest.mark.parametrize("task", ["push", "pull"])
def test_a_cut_costs_no_more_than_what_it_cut(person: Person, box: Sshd, bucket: Bucket, task: str) -> None:
    source, target = (person.home, box.home) if task == "push" else (box.home, person.home)
    (source / "ck").write_bytes(os.urandom(6 << 20))
    only_has(box, *COPIES, *CARRIES, "curl")
    with Link(bucket.port) as link:
        (person.home / "fabric.yaml").write_text(bucket.settings.replace(str(bucket.port), str(link.port)))
        for megabytes in (3, 6, 9):
            link.cut_at(megabytes << 20)

        said = types(person, bucket, task)

    assert said.exit_code == 0, said.stderr
    assert (target / "to" / "ck").read_bytes() == (source / "ck").read_bytes()
    assert bucket.objects == []


def test_neither_key_nor_address_nor_password_leaves_a_trace(
    person: Person, box: Sshd, bucket: Bucket, tmp_path: Path
) -> None:
    for home in (person.home, box.home):
        (home / "ck").write_bytes(os.urandom(2_500_000))
    only_has(box, *COPIES, *CARRIES, "curl")
    with LeakWatch(bucket.secret.encode()) as secret, LeakWatch(b"X-Amz-Signature=") as signed:
        said = [types(person, bucket, task) for task in ("push", "pull")]

    assert [one.exit_code for one in said] == [0, 0], said
    assert secret.samples > 0
    assert secret.findings == set()
    assert [found for found in signed.findings if "X-Amz-S" in found] == []
    for trace in (bucket.secret.encode(), b"X-Amz-Signature="):
        assert files_with(trace, tmp_path) == []
    assert not any(trace in one.stdout + one.stderr for one in said for trace in ("X-Amz", bucket.secret, KEY_ID))


@pytest.mark.parametrize(
    ("tools", "what"),
    [
        (CARRIES, "`proj-1` has no Python 3.6 or newer, and neither curl nor GNU wget"),
        (("curl", "rmdir", "sleep", "touch"), "`proj-1` can't open what is sealed: its openssl is missing or too old"),
    ],
)
def test_what_can_not_is_told_before_anything_is_stored(
    person: Person, box: Sshd, bucket: Bucket, tools: tuple[str, ...], what: str
) -> None:
    (person.home / "ck").write_text("weights")
    only_has(box, *COPIES, *tools)
    if "curl" not in tools:
        (box.home.parent / "tools" / "wget").symlink_to(shutil.which("busybox") or "/missing")

    said = types(person, bucket, "push")

    assert said.exit_code == 31
    assert what in said.stderr
    assert "leave out --via, and it goes over ssh alone" in said.stderr
    assert bucket.objects == []
