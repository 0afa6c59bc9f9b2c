"""The note beside the code on a box says of every moment what is true then, by SFTP and by the shell alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.code import Code, Listing
from ssh_transport.code.keeping import Keeping
from ssh_transport.code.listing import listing_here
from ssh_transport.code.there import PLACE, compared, standing
from ssh_transport.errors import NoSuchPath
from ssh_transport.git.checkout import Checkout

if TYPE_CHECKING:
    from pathlib import Path

    from ssh_transport.box import Box
    from tests.support.sshd import Sshd

NAMES = ("a.py", os.fsdecode(b"odd \xff\n\\ '$x"), "link")


@pytest.fixture
def place(box: Sshd) -> Path:
    """What was sent, as it lies on the box."""
    place = box.home / "src"
    place.mkdir()
    for name in NAMES[:2]:
        (place / name).write_text(name, errors="surrogateescape")
    (place / "link").symlink_to("to\n")
    return place


def keeping(there: Box, place: Path, names: tuple[str, ...] = NAMES) -> Keeping:
    listing = listing_here(str(place), names)
    made = Keeping(there, "./src", Code.of(Checkout(names, "c" * 40, "main"), listing), listing)
    made.read()
    return made


@pytest.mark.usefixtures("way")
def test_it_is_whole_only_when_all_is_there(there: Box, place: Path) -> None:
    with pytest.raises(NoSuchPath, match="no code is known at `src`"):
        standing(there, "./src")

    first = keeping(there, place)
    first.begin()
    assert standing(there, "./src").faults == ("a push was cut off",)
    first.end(())
    assert standing(there, "./src").faults == ()

    second = keeping(there, place, NAMES[:1])
    assert [line.name for line in second.earlier.lines] == sorted(NAMES[1:], key=os.fsencode)
    second.begin()
    # Cut off here, a third push knows the same.
    third = keeping(there, place, NAMES[:1])
    assert third.earlier == second.earlier
    third.begin()
    third.end(["link"])
    assert standing(there, "./src").faults == ("1 file of earlier code still there",)


def test_what_was_changed_on_the_box_is_named(there: Box, place: Path) -> None:
    made = keeping(there, place)
    made.begin()
    made.end(())
    (place / "a.py").write_text("a.pyx")
    (place / "link").unlink()
    (place / "link").write_text("to\n")
    (place / NAMES[1]).unlink()

    states = compared(there, "./src", listing_here(str(place), ["a.py", "link"]).lines)
    assert set(states.values()) == {"same"}
    assert standing(there, "./src").changed == ("a.py", "link", NAMES[1])
    (place / PLACE / "files").write_bytes(b"")
    assert standing(there, "./src").changed == (f"{PLACE}/files",)


@pytest.mark.parametrize("name", ["files", "earlier", "code.json"])
def test_a_note_that_is_none_deletes_nothing(
    name: str, there: Box, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = keeping(there, place)
    made.begin()
    made.end(())
    (place / PLACE / name).write_bytes(b"100644 " + b"0" * 64 + b" 1\t../../victim\0")

    again = keeping(there, place, ("a.py",))

    assert again.earlier == Listing()
    assert "files of earlier pushes are not known" in capsys.readouterr().err
    again.begin()
    again.end(())
    assert standing(there, "./src").faults == ()
