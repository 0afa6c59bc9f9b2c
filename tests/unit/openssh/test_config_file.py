"""Our blocks come and go; what was in the config file stays, byte for byte and in meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import AliasError
from ssh_transport.openssh import config_file, resolution
from ssh_transport.openssh.block import Block, quoted
from ssh_transport.openssh.config_file import aliases, ours, to_change, where, with_block, without_block
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from pathlib import Path

_OPTIONS = {"HostName": "203.0.113.7", "Port": "4242", "User": "me", "IdentityFile": "/k", "HostKeyAlias": "proj-1"}

_LINES = st.sampled_from(
    [
        b"Host a",
        b"host=b",
        b"\tHost\t*",
        b'Host "c d" !e',
        b"Match host a,b",
        b"Match all",
        b"Include config.d/*",
        b"    Port 2222",
        b"Port = 3",
        b"\tUser\tme",
        b"# a comment \xff\xfe",
        b"  # caf\xe9",
        b"",
        b"   ",
        b"\x0c",
        b"# >>> ssh-transport other",
        b"# <<< ssh-transport proj-1",
        b"IdentityFile /k\xff",
    ]
)
_TEXTS = st.builds(
    lambda lines, end, last: end.join(lines) + (end if last else b""),
    st.lists(_LINES, max_size=12),
    st.sampled_from([b"\n", b"\r\n"]),
    st.booleans(),
)


def test_many_boxes_read_a_file_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand aliases are looked up in it, each by itself; what one of them does with the answer is its own."""
    read: list[str] = []

    def noted(_: list[str], alias: str) -> Block:
        read.append(alias)
        return Block({}, "")

    monkeypatch.setattr(config_file, "read", noted)
    text = with_block(with_block(b"", "one", Block(_OPTIONS, "")), "two", Block(_OPTIONS, ""))

    for _ in range(3):
        ours(text).clear()

    assert set(ours(text)) == {"one", "two"}
    assert len(read) == 2


@given(text=st.one_of(_TEXTS, st.binary(max_size=80)))
def test_a_block_comes_and_goes_without_a_trace(text: bytes) -> None:
    """Whatever the file's bytes are, removing what was added leaves them as they were."""
    one = with_block(text, "proj-1", Block(_OPTIONS, "generic"))
    two = with_block(one, "proj-10", Block({"HostName": "h"}, ""))

    assert two.endswith(text)
    assert one == without_block(two, "proj-10")
    assert text == without_block(without_block(two, "proj-1"), "proj-10")
    assert ours(one)["proj-1"] == Block(_OPTIONS, "generic")


def test_a_block_is_as_documented() -> None:
    """A block stands between its markers at the head and gives the scope back at its end."""
    text = with_block(b"Host x\r\n", "p-1", Block({"HostName": "h", "Port": "22"}, "autodl"))

    assert text == (
        b"# >>> ssh-transport p-1\r\n# platform: autodl\r\nHost p-1\r\n    HostName h\r\n    Port 22\r\n"
        b"Match all\r\n# <<< ssh-transport p-1\r\nHost x\r\n"
    )


def test_only_blocks_of_ours_are_removed() -> None:
    """A block without markers is the person's own, and one whose end was edited away is left alone."""
    mine = b"Host mine\n    Port 1\n"
    cut = b"# >>> ssh-transport cut\nHost cut\n" + mine
    with pytest.raises(AliasError) as own:
        without_block(with_block(mine, "p-1", Block({}, "")), "mine")
    with pytest.raises(AliasError) as open_ended:
        without_block(cut, "cut")

    assert own.value.cause == "ours: p-1"
    assert open_ended.value.cause == "ours: none"


def test_ours_reads_what_was_written() -> None:
    """Our blocks come as a person counts them, with quotes undone and nothing of the others."""
    first = with_block(b"Host x\n    Port 1\n", "p-2", Block({"IdentityFile": "/a key", "Port": "22"}, "n"))
    text = with_block(first, "p-10", Block({"HostName": "h"}, "m"))
    expected = {"p-2": Block({"IdentityFile": "/a key", "Port": "22"}, "n"), "p-10": Block({"HostName": "h"}, "m")}

    assert expected == ours(text)
    assert list(ours(text)) == ["p-2", "p-10"]


_OPEN, _CLOSE = b"# >>> ssh-transport p-1\n", b"# <<< ssh-transport p-1\n"
_HOST, _MINE = b"Host p-1\n  Port 1\nMatch all\n", b"Host mine\n  User a\n"
_WHOLE = _OPEN + _HOST + _CLOSE


class Damage(NamedTuple):
    text: bytes
    line: int
    whole: list[str]


_DAMAGES = {
    "the end is lost, and a whole one follows": Damage(_OPEN + _HOST + _MINE + _WHOLE, 1, ["p-1"]),
    "the end is lost": Damage(_MINE + _OPEN + _HOST + _MINE, 3, []),
    "the begin is lost": Damage(_WHOLE + _MINE + _HOST + _CLOSE, 11, ["p-1"]),
    "another end": Damage(_OPEN + _HOST + b"# <<< ssh-transport p-2\n" + _CLOSE, 1, []),
    "one in another": Damage(_OPEN + _WHOLE + _CLOSE, 1, ["p-1"]),
    "bytes that are no text": Damage(_WHOLE.replace(b"p-1", b"p-\xe9"), 1, []),
    "no name": Damage(_WHOLE.replace(b" p-1", b""), 1, []),
    "no `Host` line of the alias": Damage(_OPEN + _MINE + _CLOSE, 1, []),
}


@pytest.mark.parametrize("damage", _DAMAGES.values(), ids=_DAMAGES)
def test_a_damaged_marker_is_named_before_anything_is_changed(damage: Damage, tmp_path: Path) -> None:
    """It is not clear what is ours then; who only reads sees what is whole."""
    config = tmp_path / "config"
    config.write_bytes(damage.text)
    with pytest.raises(AliasError, match="marker line of ours is damaged") as caught:
        to_change(config)

    assert caught.value.cause.startswith(f"{config}:{damage.line}: `# ")
    assert f"edit {config}:{damage.line}" in caught.value.hint
    assert damage.whole == list(ours(damage.text))


def test_markers_may_have_other_blanks_and_line_ends(tmp_path: Path) -> None:
    """An editor may have left them; a last line need not end."""
    text = _WHOLE.replace(b"\n", b" \t\r\n").removesuffix(b"\r\n")
    (tmp_path / "config").write_bytes(_MINE + text)

    assert to_change(tmp_path / "config") == _MINE + text
    assert without_block(_MINE + text, "p-1") == _MINE
    assert to_change(tmp_path / "none") == b""


def test_both_of_two_blocks_of_an_alias_go() -> None:
    """What is between them is the person's; as long as both are there, the first one counts, as for `ssh`."""
    second = _WHOLE.replace(b"Port 1", b"Port 2")

    assert ours(_WHOLE + _MINE + second)["p-1"].options["Port"] == "1"
    assert without_block(_WHOLE + _MINE + second, "p-1") == _MINE


@pytest.mark.parametrize(
    ("value", "expected"), [("/k", "/k"), ("/my key", '"/my key"'), ("/a#b", '"/a#b"'), ("/o'brien/k", '"/o\'brien/k"')]
)
def test_a_value_with_a_space_is_quoted(value: str, expected: str) -> None:
    """Only what `ssh` would cut or unquote is put in quotes."""
    assert expected == quoted(value)


def test_aliases_are_what_host_lines_spell_out(home: Path) -> None:
    """Included files count, patterns and repeats do not, and a bad or endless include does no harm."""
    ssh = home / ".ssh"
    (ssh / "config.d").mkdir()
    (ssh / "config.d" / "1").write_text("Host inner\n")
    (ssh / "config.d" / "2").write_bytes(b"host = \xff\n Host\tlast # not-this\n")
    (home / "elsewhere").write_text("HOST far\n")
    config = ssh / "config"
    config.write_text(
        '#Host no\nHost a b* !c "d e"\n  Port 1\nInclude config.d/* missing\nInclude ~/elsewhere\r\n'
        "Include config\nHostName not-a-host\nHost a\nHost it's\nMatch host m\n"
    )

    assert aliases(config) == ["a", "d e", "far", "inner", "last", "\ufffd"]
    assert f"{config}:2" == where(config, "a")
    assert f"{ssh}/config.d/2:2" == where(config, "last")
    assert not where(config, "b*x")
    assert aliases(ssh / "missing") == []


_SECTIONS = st.sampled_from(["", "Host a", "Host *", "Host b !a", "host=c", "Match all", "Match host a,c", "Host c\r"])
_VALUES = st.sampled_from(
    [
        "Port 1",
        "\tPort\t2",
        "Port=3",
        "User one",
        " user = two",
        "HostName real.example",
        "IdentityFile /k1",
        "IdentityFile /k2",
        "ServerAliveInterval 5",
        "# comment",
        "",
        "Include {include}",
    ]
)


@pytest.mark.slow
@max_examples(25)
@given(
    sections=st.lists(st.tuples(_SECTIONS, st.lists(_VALUES, max_size=3)), max_size=4),
    included=st.lists(st.one_of(_SECTIONS, _VALUES.filter(lambda line: "{" not in line)), max_size=3),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_ssh_sees_the_block_and_nothing_else_changed(
    tmp_path_factory: pytest.TempPathFactory,
    sections: list[tuple[str, list[str]]],
    included: list[str],
    end: str,
    last: bool,
) -> None:
    """For every other host `ssh -G` says what it said before; for the alias it says what the block says."""
    directory = tmp_path_factory.mktemp("config")
    include, before, after = (directory / name for name in ("include", "before", "after"))
    include.write_text("\n".join(included), newline="")
    lines = [line for head, body in sections for line in (head, *body)]
    text = (end.join(lines) + (end if last else "")).format(include=include).encode()
    before.write_bytes(text)
    after.write_bytes(with_block(text, "proj-1", Block(_OPTIONS, "generic")))
    hosts = ("a", "b", "c", "zz", "proj-10")
    found = resolution.query(after, "proj-1")

    assert [resolution.query(before, host) for host in hosts] == [resolution.query(after, host) for host in hosts]
    assert list(_OPTIONS.values()) == [found[key.lower()][0] for key in _OPTIONS]


@pytest.mark.parametrize("value", ["x\nMatch exec id", "a\rb", 'a"b', "a\tb", "\x1b", "\udcff"])
def test_a_value_that_would_begin_another_option_is_refused(value: str) -> None:
    """What can't stand between two quotes does not get into the file, and is not shown."""
    with pytest.raises(AliasError) as caught:
        Block({"IdentityFile": value}, "").render("p-1", "\n")

    assert value not in str(caught.value)


def test_a_byte_order_mark_survives_a_block() -> None:
    """The block and the mark behind it are told apart again."""
    text = b"\xef\xbb\xbfHost x\n"

    assert text == without_block(with_block(text, "p-1", Block({}, "")), "p-1")


def test_nested_includes_are_relative_to_the_ssh_directory(home: Path) -> None:
    """`ssh_config(5)`: a relative name is below `~/.ssh`, wherever the including file is."""
    ssh = home / ".ssh"
    (ssh / "config.d").mkdir()
    (ssh / "config").write_text("Include config.d/work\n")
    (ssh / "config.d" / "work").write_text("Include more\n")
    (ssh / "more").write_text("Host deep\n")

    assert aliases(ssh / "config") == ["deep"]


def test_only_a_newline_ends_a_line_of_the_config(home: Path) -> None:
    """A form feed or a line separator in a comment makes no `Host` line."""
    (home / "config").write_text("# a\x0cHost no\n# b\u2028Host no\nHost yes\n")

    assert aliases(home / "config") == ["yes"]
    assert f"{home}/config:3" == where(home / "config", "yes")
