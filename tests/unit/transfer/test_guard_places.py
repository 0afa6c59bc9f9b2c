"""Which local directories are too much to push, and which on a box must not be pushed onto."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import Guarded
from ssh_transport.request.end import End
from ssh_transport.request.options import Options
from ssh_transport.request.request import Request
from ssh_transport.transfer.guard import destination, source
from ssh_transport.transfer.guard.destination import HomeDirectories, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box


@pytest.mark.parametrize(
    ("here", "kind"),
    [
        ("HOME", "a whole home directory"),
        ("HOME/", "a whole home directory"),
        ("HOME/../NAME/./", "a whole home directory"),
        ("HOME/code/home/", "a whole home directory"),
        ("HOME/../", "what the home directory `HOME` is in"),
        ("HOME/.ssh", "an ssh directory"),
        ("HOME/.ssh/", "an ssh directory"),
        ("HOME/code/keys/", "an ssh directory"),
        ("HOME/code", ""),
        ("HOME/code/", ""),
        ("HOME/code/home", ""),
        ("HOME/code/file", ""),
        ("HOME/gone", ""),
    ],
)
def test_a_home_and_an_ssh_directory_are_not_pushed_whole(here: str, kind: str, home: Path) -> None:
    """However they are spelled; a link to one is followed by a slash only."""
    (home / "code").mkdir()
    (home / "code" / "home").symlink_to(home)
    (home / "code" / "keys").symlink_to(home / ".ssh")
    (home / "code" / "file").touch()
    path = here.replace("HOME", str(home)).replace("NAME", home.name)

    if not kind:
        source.check(path)
        return
    with pytest.raises(Guarded) as caught:
        source.check(path, ["*", "**", ""])

    assert f" is {kind.replace('HOME', str(home))}; nothing was sent" in caught.value.what


def test_a_home_is_let_through_by_its_own_path(home: Path) -> None:
    """With `~` or without; an ssh directory also by its name; links count where they are followed."""
    (home / "link").symlink_to(home)

    source.check(f"{home}/", ["~"])
    source.check(str(home), [str(home)])
    source.check(f"{home}/.ssh/", [".ssh"])
    source.check(f"{home}/.ssh", [f"{home}/.ssh"])
    source.check(f"{home}/link")
    with pytest.raises(Guarded):
        source.check(f"{home}/link", copy_links=True)


@pytest.mark.parametrize(
    ("landing", "kind"),
    [
        ("/", "the root of the box"),
        ("//", "the root of the box"),
        ("/data/me", "the home directory of the login user"),
        ("./", "the home directory of the login user"),
        (".", "the home directory of the login user"),
        ("x/..", "the home directory of the login user"),
        ("/real/ssh/", "the login user's ssh directory"),
        ("/root", "a home directory"),
        ("/root/../root/", "a home directory"),
        ("/home/ubuntu", "a home directory"),
        ("/home", "what home directories are in"),
        ("/data", "what home directories are in"),
        ("/data/mean", ""),
        ("/data/me/x", ""),
        ("/data/me/.ssh/x", ""),
        ("/workspace", ""),
        ("x", ""),
    ],
)
def test_a_landing_place_is_judged_by_where_it_really_is(landing: str, kind: str) -> None:
    """Homes, what they are in, and the ssh directory, wherever a link puts it."""
    assert refused(HomeDirectories(landing, "/data/me", "/real/ssh", ("/home/ubuntu", "/"))) == kind


def test_a_pull_does_not_land_on_a_home_either(home: Path) -> None:
    """Not on the person's own, not on their ssh directory, not on the root, whatever leads there."""
    (home / "link").symlink_to(home)
    (home / "ck").mkdir()
    places = {str(home), f"{home}/link/", f"{home}/ck/..", f"{home}/.ssh", "/", "/root", str(home.parent)}

    for place in places:
        request = Request(source=End("./ck/"), target=End(place), options=Options())
        with pytest.raises(Guarded):
            destination.check(request, place)
    destination.check(Request(source=End("./ck/"), target=End(f"{home}/ck"), options=Options()), f"{home}/ck")


def test_a_refusal_says_what_to_type(make_box: Callable[..., Box], monkeypatch: pytest.MonkeyPatch) -> None:
    """And what would have happened."""
    monkeypatch.setattr(destination, "_homes_there", lambda *_: HomeDirectories("/root", "/root", "/root/.ssh"))
    request = Request(source=End("/x/"), target=End("./", make_box()), options=Options())

    with pytest.raises(Guarded) as caught:
        destination.check(request, "./")

    assert str(caught.value).startswith(
        "error: `~` would become a copy of `/x/`, and it is the home directory of the login user; nothing was done"
    )
    assert "--to=~/NAME" in caught.value.hint
