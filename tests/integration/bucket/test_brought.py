"""What came by way of a relay is there, and is not taken for what is still to come."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.support.bucket import Bucket
from tests.support.copying import OLD_S
from tests.support.trees import described

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd


def test_a_whole_file_that_was_brought_is_not_copied_again_on_the_box(
    person: Person, box: Sshd, tmp_path: Path
) -> None:
    """A file that rsync is to go on with is first copied to where it does so."""
    (person.home / "data").write_bytes(os.urandom(17 << 20))
    wrapped, log = tmp_path / "wrapped", tmp_path / "copied"
    wrapped.mkdir()
    (wrapped / "cp").write_text(f'#!/bin/sh\necho "$@" >>\'{log}\'\nexec /bin/cp "$@"\n')
    (wrapped / "cp").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={wrapped}:", 1))
    with Bucket(tmp_path / "bucket") as bucket:
        (person.home / "fabric.yaml").write_text(bucket.settings)
        words = ("transfer.push", "--path=data", "--to=to/", "--via=lab")

        said = person.types("fab", "-H", "proj-1", *words, env=bucket.environment)

    assert said.exit_code == 0, said.stderr
    assert "by way of lab" in said.stderr
    assert (box.home / "to" / "data").read_bytes() == (person.home / "data").read_bytes()
    assert not log.exists()


def test_what_was_brought_with_its_mode_and_time_leaves_the_copy_nothing_to_do(
    person: Person, box: Sshd, tmp_path: Path
) -> None:
    """So that each of many boxes is looked at once, and not three times."""
    (person.home / "data" / "deep").mkdir(parents=True)
    (person.home / "data" / "deep" / "run.sh").write_text("#!/bin/sh\n")
    for path, mode in ((person.home / "data" / "deep" / "run.sh", 0o750), (person.home / "data" / "deep", 0o710)):
        path.chmod(mode)
        os.utime(path, (OLD_S, OLD_S))
    with Bucket(tmp_path / "bucket") as bucket:
        (person.home / "invoke.yaml").write_text(bucket.settings)
        words = ("transfer.spread", "--on=proj-1", "--path=data", "--to=to/", "--via=lab")

        said = person.types("inv", *words, env=bucket.environment)

    assert said.exit_code == 0, said.stderr
    assert "nothing to do" in said.stderr
    assert described(box.home / "to" / "data") == described(person.home / "data")
