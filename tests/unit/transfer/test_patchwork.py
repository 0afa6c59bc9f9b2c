"""The words that go through patchwork's shell string come out as they went in."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssh_transport.transfer.rsync.patchwork import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box import Box

_WORDS = st.lists(
    st.one_of(
        st.sampled_from(["", "'", '"', "\\", "$(id)", "`id`", "a b", "{}", "%s", "\n", "-o", "*", "it's \"x\" \\'$y"]),
        st.text(st.characters(exclude_characters="\0"), max_size=12),
    ),
    max_size=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(options=_WORDS, ssh_options=_WORDS, delete=st.booleans())
def test_every_word_survives(
    make_box: Callable[..., Box],
    options: list[str],
    ssh_options: list[str],
    delete: bool,
) -> None:
    """Quotes, spaces, dollars and backslashes in option values reach rsync and `ssh` unchanged."""
    argv, ssh = command(make_box(port=4242), options, ssh_options, delete=delete)

    assert ["rsync", *(["--delete"] if delete else []), "-pthrvz", *options] == argv
    assert ["ssh", "-p", "4242", *ssh_options] == ssh


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(options=_WORDS, ssh_options=_WORDS, keys=_WORDS, delete=st.booleans())
def test_without_patchwork_the_words_are_the_same(
    make_box: Callable[..., Box],
    options: list[str],
    ssh_options: list[str],
    keys: list[str],
    delete: bool,
) -> None:
    """What an installed wheel makes by itself is what patchwork makes in a pinned environment."""
    box = make_box(port=4242, settings={"connect_kwargs": {"key_filename": keys}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "patchwork", None)
        alone = command(box, options, ssh_options, delete=delete)

    assert importlib.import_module("patchwork.transfers")
    assert alone == command(box, options, ssh_options, delete=delete)


@pytest.mark.parametrize("name", ["web", "::1", "proj-1"])
def test_operands_and_the_remote_shell_are_left_out(name: str, make_box: Callable[..., Box]) -> None:
    """The call has its options only; who names operands and the remote shell is the caller."""
    argv, ssh = command(make_box(name, user="me@corp"), ["--x=/a b"], [], delete=False)

    assert argv == ["rsync", "-pthrvz", "--x=/a b"]
    assert ssh == ["ssh", "-p", "22"]


@pytest.mark.parametrize("given_keys", ["/my key's", ["/my key's"]], ids=["one", "list"])
def test_keys_of_the_settings_are_offered(given_keys: str | list[str], make_box: Callable[..., Box]) -> None:
    """The identity that Fabric was given (`fab -i`) is the one that `ssh` uses."""
    box = make_box(settings={"connect_kwargs": {"key_filename": given_keys}})
    _, ssh = command(box, [], ["-F", "none"], delete=False)

    assert ssh == ["ssh", "-p", "22", "-F", "none", "-i", "/my key's"]


@pytest.mark.parametrize("user", ["o'brien", "CORP me"])
def test_a_user_may_have_any_name(user: str, make_box: Callable[..., Box]) -> None:
    """The target that patchwork glues is thrown away, so that what is in it must not matter."""
    argv, ssh = command(make_box(user=user), [], [], delete=False)

    assert (argv, ssh) == (["rsync", "-pthrvz"], ["ssh", "-p", "22"])
