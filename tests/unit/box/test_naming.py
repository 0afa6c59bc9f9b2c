"""Words become names of boxes: groups, globs, and what is taken away."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport import files
from ssh_transport.box import boxes, naming
from ssh_transport.errors import AliasError, NoTarget, SettingsError, TaskError, UsageError
from ssh_transport.openssh.block import Block

if TYPE_CHECKING:
    from collections.abc import Callable

    from invoke.context import Context

    from ssh_transport.openssh.resolution import SshFiles

GROUPS = {
    "train": ["p-1", "p-2"],
    "text": "p-2, q",
    "nested": ["@train", "e-*", "!p-2"],
    "gone": ["z-*"],
    "loop": ["@back"],
    "back": ["p-1", "@loop"],
    7: ["q"],
}
CONFIG = "Host p-1 p-2 p-3\nHost q\nHost e-1 e-2\nHost *\n"


def block(alias: str, group: str = "") -> str:
    return Block({"HostName": "192.0.2.1"}, "vastai", group=group).render(alias, "\n").decode()


@pytest.fixture
def c(ssh: SshFiles, context: Callable[..., Context]) -> Context:
    ssh.config.write_text(block("v-1", "vastai") + block("v-2", "train") + CONFIG)
    return context(groups=GROUPS)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("@train", "p-1 p-2 v-2"),
        ("@text", "p-2 q"),
        ("@7", "q"),
        ("@train,!p-2", "p-1 v-2"),
        ("!p-2, @train", "p-1 v-2"),
        ("p-*,!@train", "p-3"),
        ("p-*,!*-2", "p-1 p-3"),
        ("@nested", "p-1 v-2 e-1 e-2"),
        ("@nested,p-2", "p-1 v-2 e-1 e-2 p-2"),
        ("@vastai", "v-1"),
        ("@all", "v-1 v-2"),
        ("@all,!v-1,q,q", "v-2 q"),
        ("@train,!e-1", "p-1 p-2 v-2"),
        ("me@[2001:db8::7]:22,me@web,!me@web", "me@[2001:db8::7]:22"),
        ("new", "new"),
        ("new,p-1,!new", "p-1"),
        ("a@h,b@h,!*@h,q", "q"),
    ],
)
def test_words_name_boxes(words: str, expected: str, c: Context) -> None:
    """Each once, in the order they were named; what is taken away is gone wherever that was said."""
    assert naming.named(c, words) == expected.split()


def test_a_list_is_as_good_as_a_text(c: Context) -> None:
    """Python and the settings give lists."""
    assert naming.named(c, ["@train", " !p-2 "]) == ["p-1", "v-2"]


def test_a_task_finds_its_boxes_by_a_group(c: Context) -> None:
    """In `boxes:` of the settings too."""
    c.config.boxes = ["@train", "!v-*"]

    assert [box.name for box in boxes(c)] == ["p-1", "p-2"]


def test_an_alias_that_was_removed_is_told_with_the_group_that_still_names_it(
    ssh: SshFiles, context: Callable[..., Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    def resolves(*_: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", resolves)
    ssh.config.write_text("Host proj-1\n HostName 203.0.113.7\n")
    c = context(groups={"old": ["proj-1", "proj-2"], "nested": ["@old"]})

    with pytest.raises(AliasError) as grouped:
        boxes(c, "@nested")
    with pytest.raises(AliasError) as typed:
        boxes(c, "@old,proj-2")

    assert grouped.value.what == (
        "the group `@old` names `proj-2`, and there is no such alias, and no host of that name"
    )
    assert "`groups:` in fabric.yaml or invoke.yaml, at `old`" in grouped.value.hint
    assert "--on '@old,!proj-2'" in grouped.value.hint
    assert typed.value.what == "there is no alias `proj-2`, and no host of that name"
    assert [box.name for box in boxes(c, "@old,!proj-2")] == ["proj-1"]


def test_what_failed_is_a_group(c: Context) -> None:
    """From which boxes can be taken away."""
    files.write(naming.last_failed._path(), b"p-1\np-2\n", mode=0o600)

    assert naming.named(c, "@failed,!p-1") == ["p-2"]


@pytest.mark.parametrize(
    ("words", "error", "what", "hint"),
    [
        ("@trian", NoTarget, "there is no group `@trian`", "did you mean @train?"),
        ("@al", NoTarget, "there is no group `@al`", "did you mean @all?"),
        ("@p-1", NoTarget, "there is no group `@p-1`", "an alias has no `@`: --on p-1"),
        ("@xyz", NoTarget, "there is no group `@xyz`", naming._WRITTEN),
        ("@gone", NoTarget, "the group `@gone` names no box", ""),
        ("p-1,x-*", NoTarget, "no alias matches `x-*`", ""),
        ("@train,!p-9", NoTarget, "`!p-9` takes nothing away", "did you mean !p-3?"),
        ("@train,!", NoTarget, "`!` takes nothing away", "leave it out"),
        ("p-1,!a@h", NoTarget, "`!a@h` takes nothing away", "leave it out"),
        ("!p-1", NoTarget, "nothing is named that boxes could be taken away from", "--on '@all,!NAME'"),
        ("@train,!@train", NoTarget, "`@train,!@train` names no box", "all aliases: ssh-transport config.list"),
        ("@loop", SettingsError, "the group `@loop` names itself", "take it out of one of them"),
    ],
)
def test_a_slip_is_told_before_anything_is_done(
    words: str, error: type[TaskError], what: str, hint: str, c: Context
) -> None:
    """With what may be meant: a box that is not left out by a slip could be the one that matters."""
    with pytest.raises(error) as caught:
        naming.named(c, words)

    assert (caught.value.what, caught.value.hint) == (what, hint)


def test_the_way_of_a_circle_is_shown(c: Context) -> None:
    """Who has many groups sees which."""
    with pytest.raises(SettingsError) as caught:
        naming.named(c, "@loop")

    assert caught.value.cause == "@loop -> @back -> @loop"


@pytest.mark.parametrize(
    "groups", [5, "train", ["p-1"], {"a": 5}, {"a": [1]}, {"a": {"b": "c"}}, {"all": []}], ids=repr
)
def test_groups_of_another_shape_are_refused(groups: Any, context: Callable[..., Context], ssh: SshFiles) -> None:
    """They are lists of names by name; `@all` and `@failed` are ours."""
    with pytest.raises(SettingsError, match="group"):
        naming.named(context(groups=groups), "@a")


@pytest.mark.parametrize("members", ["p-1 p-2", ["p-1 p-2"]], ids=repr)
def test_blanks_between_the_members_of_a_group_are_told(
    members: Any, context: Callable[..., Context], ssh: SshFiles
) -> None:
    """Not as a connection string that nobody pasted."""
    with pytest.raises(SettingsError) as caught:
        naming.named(context(groups={"a": members}), "@a")

    assert caught.value.what == "`p-1 p-2` in `groups.a` is no name of a box"
    assert caught.value.hint == "a: [p-1, p-2]"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ssh://root@h:22", "root@h:22"), ("ssh://h/", "h"), ("p-1:", "p-1"), ("root@h:22:", "root@h:22")],
)
def test_an_address_with_what_others_put_around_it_is_told_without(typed: str, meant: str, c: Context) -> None:
    with pytest.raises(UsageError) as caught:
        naming.named(c, typed)

    assert caught.value.hint == f"type ssh-transport -H {meant} TASK"


def test_names_alone_read_no_file(context: Callable[..., Context], ssh: SshFiles) -> None:
    """A runbook that names its boxes needs no settings that are right."""
    ssh.config.mkdir()

    assert naming.named(context(groups=5), "a, me@web:7,a") == ["a", "me@web:7"]


WORDS = st.lists(st.text("@!*?[],.ab-1", max_size=6), max_size=5)


@given(WORDS, st.dictionaries(st.text("ab@!", max_size=2), WORDS, max_size=3))
def test_whatever_is_written_names_boxes_or_is_an_error_of_ours(words: list[str], groups: dict[str, list[str]]) -> None:
    """No word runs on for ever, or ends in a traceback."""
    from invoke.config import Config
    from invoke.context import Context

    try:
        found = naming.named(Context(Config(overrides={"groups": groups}, lazy=True)), words)
    except (NoTarget, SettingsError, UsageError):
        return
    assert len(set(found)) == len(found)
    assert not any(name.startswith(("@", "!")) for name in found)
