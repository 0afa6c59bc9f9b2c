"""Partial files are sown and weeded alike on both sides."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import LocalFileError
from ssh_transport.leftovers import RSYNC_PARTIAL_DIRECTORY
from ssh_transport.transfer.rsync.partials import _CREATE, _REMOVE, batches, create_partials_here, remove_partials_here
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_NAMES = [
    "plain",
    "sub/deep/er",
    "sub/-rf",
    "-n",
    "new\nline\n",
    "sp ace/ x ",
    "quo'te\"s",
    "back\\slash\\012",
    "$(id)`id`${x}",
    "*?[a]",
    "\udcff/\udcfe",
    "é模型",
    "~",
    "a=b",
    "...",
]


def here(verb: str, root: Path, names: Sequence[str]) -> None:
    (create_partials_here if verb == "sow" else remove_partials_here)(str(root), names)


def there(verb: str, root: Path, names: Sequence[str]) -> None:
    """Do what is done on a box, by the `sh` of this machine."""
    for batch in batches(names):
        argv = ["sh", "-c", _CREATE if verb == "sow" else _REMOVE, "sh", str(root), *batch]
        subprocess.run(argv, check=True, capture_output=True)


def tree(root: Path) -> dict[str, str]:
    """Return every path below `root` with what is there."""
    found: dict[str, str] = {}
    for path in root.rglob("*"):
        kind = f"-> {path.readlink()}" if path.is_symlink() else path.read_text() if path.is_file() else "/"
        found[str(path.relative_to(root))] = kind
    return found


def seed(root: Path, name: str) -> Path:
    final = root / name
    return final.parent / RSYNC_PARTIAL_DIRECTORY / final.name


_SIDES = pytest.mark.parametrize("side", [here, there])


@_SIDES
@pytest.mark.parametrize("name", _NAMES)
def test_an_empty_seed_is_made_for_a_new_file(side: Callable[..., None], name: str, tmp_path: Path) -> None:
    """Directories are made on the way, nothing else appears, and weeding takes the seed back."""
    root = tmp_path / "root"
    root.mkdir()
    side("sow", root, [name])
    sown = tree(root)
    side("weed", root, [name])
    partial = seed(root, name).relative_to(root)

    assert {str(partial): ""} == {path: content for path, content in sown.items() if content != "/"}
    assert {str(partial), str(partial.parent)} == set(sown) - set(tree(root))


@_SIDES
def test_a_seed_is_the_older_version(side: Callable[..., None], tmp_path: Path) -> None:
    """A file that is there is copied as the seed and stays; a symlink is not followed."""
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    side("sow", tmp_path, ["file", "link"])

    assert seed(tmp_path, "file").read_text() == (tmp_path / "file").read_text() == "old"
    assert seed(tmp_path, "link").read_text() == ""


@_SIDES
def test_a_seed_that_exists_stays(side: Callable[..., None], tmp_path: Path) -> None:
    """What an earlier attempt brought is never thrown away."""
    (tmp_path / "file").write_text("old")
    partial = seed(tmp_path, "file")
    partial.parent.mkdir()
    partial.write_text("half of the new")
    side("sow", tmp_path, ["file"])

    assert partial.read_text() == "half of the new"


@_SIDES
def test_weeding_leaves_the_seeds_of_others(side: Callable[..., None], tmp_path: Path) -> None:
    """The partial file of another copy stays, its directory with it; a missing one is no fault."""
    side("sow", tmp_path, ["mine", "theirs"])
    (tmp_path / "mine").write_text("done")
    side("weed", tmp_path, ["mine", "sub/never", "mine"])

    assert seed(tmp_path, "theirs").exists()
    assert not seed(tmp_path, "mine").exists()
    assert (tmp_path / "mine").read_text() == "done"


@max_examples(20)
@given(
    finals=st.dictionaries(st.sampled_from(_NAMES), st.sampled_from(["file", "link"])),
    partials=st.lists(st.sampled_from(_NAMES), unique=True),
    names=st.lists(st.sampled_from(_NAMES), unique=True),
    weeds=st.lists(st.sampled_from(_NAMES), unique=True),
)
def test_both_sides_do_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    finals: dict[str, str],
    partials: list[str],
    names: list[str],
    weeds: list[str],
) -> None:
    """From any state, Python and `sh` arrive at the same tree after each step."""
    one, other = (tmp_path_factory.mktemp("side") / "root" for _ in range(2))
    one.mkdir()
    for name, kind in finals.items():
        (one / name).parent.mkdir(parents=True, exist_ok=True)
        if kind == "file":
            (one / name).write_text(f"old {os.fsencode(name)!r}")
        else:
            (one / name).symlink_to("nowhere")
    for name in partials:
        seed(one, name).parent.mkdir(parents=True, exist_ok=True)
        seed(one, name).write_text("half")
    shutil.copytree(one, other, symlinks=True)
    for verb, words in (("sow", names), ("weed", weeds)):
        here(verb, one, words)
        there(verb, other, words)

        assert tree(one) == tree(other)


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1, max_size=40), max_size=30))
def test_batches_hold_every_name_once(names: list[str]) -> None:
    """No name is lost or doubled between calls, and none can be taken for an option."""
    sent = [word for batch in batches(names) for word in batch]

    assert [f"./{name}" for name in names] == sent


def test_many_names_go_in_several_calls() -> None:
    """What does not fit into one word of a command line is split."""
    names = [f"directory/{number:06}" for number in range(20_000)]
    made = list(batches(names))

    assert [f"./{name}" for name in names] == [word for batch in made for word in batch]
    assert len(made) > 1
    assert max(sum(len(word) + 1 for word in batch) for batch in made) < 100_000


@_SIDES
@pytest.mark.parametrize("final", [b"secret", None], ids=["older version", "new file"])
def test_a_seed_is_private(side: Callable[..., None], final: bytes | None, tmp_path: Path) -> None:
    """No other user reads what arrives, whatever the mode of the final file and the umask."""
    if final:
        (tmp_path / "key").write_bytes(final)
        (tmp_path / "key").chmod(0o644)
    before = os.umask(0o022)
    try:
        side("sow", tmp_path, ["key"])
    finally:
        os.umask(before)
    partial = seed(tmp_path, "key")

    assert (partial.stat().st_mode, partial.parent.stat().st_mode) == (0o100600, 0o40700)


@_SIDES
def test_no_seed_is_sown_behind_a_symlink(side: Callable[..., None], tmp_path: Path) -> None:
    """A symlink to a directory is replaced by rsync; a seed would stay behind where it led."""
    (tmp_path / "target").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "target" / "sub").symlink_to("../outside")
    side("sow", tmp_path / "target", ["sub/file", "sub/deep/file", "other"])

    assert list((tmp_path / "outside").iterdir()) == []
    assert seed(tmp_path / "target", "other").exists()


@_SIDES
def test_a_file_in_the_way_of_a_directory_is_left_to_rsync(side: Callable[..., None], tmp_path: Path) -> None:
    """The file is replaced by rsync; a missing seed costs less than the copy."""
    (tmp_path / "sub").write_text("in the way")
    side("sow", tmp_path, ["sub/file", "other"])

    assert (tmp_path / "sub").read_text() == "in the way"
    assert seed(tmp_path, "other").exists()


@_SIDES
@pytest.mark.parametrize("what", ["directory", "seed"])
def test_a_seed_that_is_a_link_is_refused(side: Callable[..., None], what: str, tmp_path: Path) -> None:
    """A link where a partial file would be leads the copy elsewhere: nothing is written through it."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for directory in (root, outside):
        directory.mkdir()
    if what == "directory":
        (root / RSYNC_PARTIAL_DIRECTORY).symlink_to("../outside")
    else:
        (root / RSYNC_PARTIAL_DIRECTORY).mkdir()
        seed(root, "file").symlink_to("../../outside/file")
    with pytest.raises((LocalFileError, subprocess.CalledProcessError)):
        side("sow", root, ["file"])

    assert list(outside.iterdir()) == []


def test_a_batch_fits_into_one_word_of_linux() -> None:
    """Quoting makes five characters of an apostrophe; sshd hands the whole command over as one word."""
    names = ["'" * 250 + str(number) for number in range(200)]
    quoted = [shlex.join(["sh", "-c", shlex.join(batch)]) for batch in batches(names)]

    assert max(map(len, quoted)) < 1 << 17
