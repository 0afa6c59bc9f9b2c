"""Places that a secret must not be in: each is refused before anything is made on the box."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from ssh_transport.box import Box, boxes
from ssh_transport.errors import Guarded
from ssh_transport.platforms import profiles
from ssh_transport.secret import known
from ssh_transport.secret.destination import content, destination_for
from ssh_transport.secret.push import push
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret
from tests.support.mounts import mounted, need_fuse, need_root, need_safe_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.person import Person
    from tests.support.sshd import Sshd

GUARDED = 7
NOBODY = 65534
PROFILE = """\
display_name = "Shared"
console = "none"
first_login = "key"

[[endpoints]]
name = "direct"
host = '127\\.0\\.0\\.1'
capabilities = ["exec", "sftp"]

[directories]
home = "/root"
scratch = "/root"
durable = "/root"

[[shared_mounts]]
path = "{mount}"
seen_by = "every box of the account"

[secrets]
allow = ["/root"]
deny = ["{denied}"]
"""


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    """The box, on a platform of the person's own profile, whose directories are links there."""
    outside = box.home.parent
    for name in ("mount", "denied"):
        (outside / f"real-{name}").mkdir()
        (outside / name).symlink_to(f"real-{name}")
    profile = person.home / ".config" / "ssh-transport" / "profiles" / "shared.toml"
    profile.parent.mkdir(parents=True)
    profile.write_text(PROFILE.format(mount=outside / "mount", denied=outside / "denied"))
    config = person.ssh / "config"
    config.write_text(config.read_text().replace("generic", "shared"))
    monkeypatch.setenv("HOME", str(person.home))
    for kept in (known.all_known, profiles.all_profiles):
        kept.cache_clear()
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found
    profiles.all_profiles.cache_clear()


@pytest.fixture
def fuse(box: Sshd) -> Iterator[Path]:
    """A network filesystem, as far as the kernel can tell."""
    need_fuse()
    source = box.home.parent / "source"
    source.mkdir()
    with mounted(box.home.parent / "fuse", "bindfs", source) as place:
        yield place


def pushes(box: Box, to: str, name: str = "mine", *, allow_shared_home: bool = False) -> None:
    place = destination_for(name, to)
    push(box, place, content(place, Sourced(Secret(b"c4n4ry"))), allow_shared_home=allow_shared_home)


def everything(box: Sshd) -> set[str]:
    outside = box.home.parent
    return {str(path.relative_to(outside)) for path in outside.rglob("*")}


def dangling(home: Path) -> None:
    (home / "at").symlink_to("nowhere")


def dangling_directory(home: Path) -> None:
    (home / "at").mkdir()
    (home / "at" / "key").symlink_to("/not/there/at/all")


def a_directory(home: Path) -> None:
    (home / "at").mkdir()


def a_pipe(home: Path) -> None:
    os.mkfifo(home / "at")


def written_by_others(home: Path) -> None:
    (home / "at").mkdir()
    (home / "at").chmod(0o777)


def written_by_its_group(home: Path) -> None:
    (home / "at" / "deep").mkdir(parents=True)
    (home / "at").chmod(0o770)


def like_tmp(home: Path) -> None:
    (home / "at").mkdir()
    (home / "at").chmod(0o1777)


def of_another(home: Path) -> None:
    (home / "at" / "deep").mkdir(parents=True)
    need_root("a directory is given to another user")
    os.chown(home / "at", NOBODY, NOBODY)


def led_to(name: str) -> Callable[[Path], None]:
    def make(home: Path) -> None:
        (home / "at").symlink_to(f"../{name}")

    return make


def a_link_to_a_file(home: Path) -> None:
    (home.parent / "real-mount" / "key").write_text("theirs")
    (home / "at").symlink_to("../mount/key")


def a_link_within(home: Path) -> None:
    (home / "real").mkdir()
    (home / "real" / "deep").symlink_to("../../real-denied")
    (home / "at").symlink_to("real")


@pytest.mark.parametrize(
    ("make", "to", "cause"),
    [
        (dangling, "~/at", "is a dangling link"),
        (dangling, "~/at/key", "can't be made"),
        (dangling_directory, "~/at/key", "is a dangling link"),
        (a_directory, "~/at", "is a directory, no file"),
        (a_pipe, "~/at", "is a fifo, no file"),
        (written_by_others, "~/at/key", "may be written by others"),
        (written_by_others, "~/at/new/key", "may be written by others"),
        (written_by_its_group, "~/at/deep/key", "may be written by others"),
        (like_tmp, "~/at/key", "may be written by others"),
        (like_tmp, "~/at/new/key", "may be written by others"),
        (of_another, "~/at/deep/key", "belongs to another user"),
        (led_to("mount"), "~/at/key", "is seen by every box of the account"),
        (led_to("denied"), "~/at/new/key", "is no place for a secret on Shared"),
        (led_to("real-denied"), "~/at/key", "is no place for a secret on Shared"),
        (a_link_to_a_file, "~/at", "is seen by every box of the account"),
        (a_link_within, "~/at/deep/key", "is no place for a secret on Shared"),
    ],
)
def test_a_place_that_is_not_private_is_refused(
    make: Callable[[Path], None], to: str, cause: str, there: Box, box: Sshd
) -> None:
    make(box.home)
    before = everything(box)

    with pytest.raises(Guarded, match=cause) as caught:
        pushes(there, to)

    assert caught.value.exit_code == GUARDED
    assert everything(box) == before


@pytest.mark.mounts
def test_a_usual_place_on_a_network_filesystem_is_refused(fuse: Path, there: Box, box: Sshd) -> None:
    """Whatever link leads there."""
    (fuse / "kept").mkdir()
    for link in (".cache", ".aws"):
        (box.home / link).symlink_to(fuse)
    (box.home / ".netrc").symlink_to(fuse / "netrc")
    (fuse / "netrc").touch(mode=0o600)
    shutil.move(box.home / ".ssh", fuse / "ssh")
    (box.home / ".ssh").symlink_to(fuse / "ssh")
    before = everything(box)

    for name, to in (
        ("huggingface", ""),
        ("aws", ""),
        ("wandb", ""),
        ("mine", "~/.ssh/key"),
        ("mine", str(fuse / "x")),
    ):
        with pytest.raises(Guarded, match=r"is a network filesystem \(fuse"):
            pushes(there, to, name, allow_shared_home=True)
    assert everything(box) == before
    assert (fuse / "netrc").read_text() == ""


@pytest.mark.parametrize("kind", ["fuse", "profile"])
@pytest.mark.mounts
def test_a_shared_home_needs_the_persons_word(kind: str, there: Box, box: Sshd) -> None:
    """And that covers the home alone: not what is denied within it, not what is mounted there."""
    need_safe_places()
    if kind == "fuse":
        need_fuse()
    outside = box.home.parent
    shared = outside / ("source" if kind == "fuse" else "real-mount")
    shared.mkdir(exist_ok=True)
    shutil.copytree(box.home, shared, dirs_exist_ok=True)
    with contextlib.ExitStack() as stack:
        stack.callback(there.close)
        box.home.rename(outside / "old")
        if kind == "fuse":
            stack.enter_context(mounted(box.home, "bindfs", shared))
        else:
            box.home.symlink_to("mount")
        before = everything(box)
        with pytest.raises(Guarded) as caught:
            pushes(there, "")
        assert "--allow-shared-home" in caught.value.hint
        assert everything(box) == before

        pushes(there, "", allow_shared_home=True)
        assert (box.home / ".mine_key").read_text() == "c4n4ry\n"
        (box.home / "at").symlink_to(outside / "denied")
        with pytest.raises(Guarded, match="is no place for a secret on Shared"):
            pushes(there, "~/at/key", allow_shared_home=True)
        with (
            mounted(box.home / "own", "mount", "-t", "tmpfs", "-o", "mode=755", "none"),
            pytest.raises(Guarded) if kind == "profile" else contextlib.nullcontext(),
        ):
            pushes(there, "~/own/key", allow_shared_home=True)


def test_a_refusal_ends_with_its_own_exit_code(there: Box, box: Sshd, person: Person) -> None:
    """For both doors, and a dry run as well."""
    led_to("mount")(box.home)
    before = everything(box)
    for words in (["fab", "-H", "proj-1", "secrets.push"], ["inv", "secrets.push", "--on=proj-1", "--dry-run"]):
        said = person.types(*words, "mine", "--to=~/at/key", stdin="c4n4ry\n")

        assert said.exit_code == GUARDED
        assert "is seen by every box of the account" in said.stderr
        assert "c4n4ry" not in said.stderr + said.stdout
    assert everything(box) == before
