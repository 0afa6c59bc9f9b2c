"""What a box tells of files that were rewritten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ssh_transport.box import shell
from ssh_transport.facts.listing import touched_there
from ssh_transport.trees.digests import digests_there

if TYPE_CHECKING:
    from ssh_transport.box import Box
    from tests.support.sshd import Sshd


def test_a_file_that_changed_in_the_second_of_the_look_is_named(there: Box, box: Sshd) -> None:
    """The clock of a box is read in whole seconds."""
    names = ["plain", "deep/plain", 'it\'s a "name"', "-n", "two\nlines"]
    (box.home / "ckpt" / "deep").mkdir(parents=True)
    since_s = int(shell.run(there, "date +%s").stdout)
    for name in names:
        (box.home / "ckpt" / name).write_text("x")

    assert sorted(touched_there(there, "ckpt", ["."], since_s)) == sorted(names)
    assert touched_there(there, "ckpt", ["deep/plain", "-n"], since_s) == ["deep/plain", "-n"]


def test_a_box_without_head_says_no_hash_instead_of_that_of_nothing(there: Box, box: Sshd) -> None:
    (box.home / "file").write_text("content")
    forced = box.home.parent / "forced_command"
    whole = digests_there(there, [("file", 7), ("none", 7)])
    (box.home / "bin").mkdir()
    (box.home / "bin" / "head").write_text("#!/bin/sh\nexit 127\n")
    (box.home / "bin" / "head").chmod(0o755)
    forced.write_text(
        f'#!/bin/sh\ncd {box.home}\nPATH={box.home}/bin:$PATH\nexport PATH\neval "$SSH_ORIGINAL_COMMAND"\n'
    )

    # A shell that waits has another PATH.
    there.reconnect()

    assert whole[1] == ""
    assert len(whole[0] or "") == 64
    assert digests_there(there, [("file", 7)]) == [None]
