"""An edit touches the lines of a block that it is about; what a person put there stays in its place."""

from __future__ import annotations

import pytest

from ssh_transport.openssh.block import Block
from ssh_transport.openssh.config_file import edited, ours

_OURS = "    HostName web\n    Port 1\n    IdentityFile /k\n    ProxyJump gw\n"


def _text(section: str = _OURS, *, host: str = "Host p-1\n", behind: str = "") -> bytes:
    block = f"# >>> ssh-transport p-1\n# platform: generic\n{host}{section}{behind}Match all\n# <<< ssh-transport p-1\n"
    return f"# mine \udcff\n{block}Host x\n    Port 1\n".encode("utf-8", "surrogateescape")


_PERSONS = {
    "a second key": _text(_OURS + "    IdentityFile ~/.ssh/id_backup\n"),
    "repeated options": _text("    SendEnv LANG\n    SendEnv WANDB\n" + _OURS),
    "a comment and a blank line": _text("    # rented by Ann \udcff\n\n" + _OURS + "\n  # the end\n"),
    "more names": _text(host="Host p-1 box p1 *.gpu # mine\n"),
    "a command": _text(_OURS + '    RemoteCommand tmux new -A -s main\n    ProxyCommand sh -c "exec nc %h %p" # x\n'),
    "a forward": _text(_OURS + "    LocalForward 8888 localhost:8888\n"),
    "another host": _text(behind="Host extra\n    User zoe\n    Port 1\n"),
    "another host first": _text(host="Host extra\n    User zoe\n    Port 1\nHost p-1\n"),
    "a section of a match": _text(behind='Match host web exec "true"\n    Port 1\n'),
}


@pytest.mark.parametrize("before", _PERSONS.values(), ids=_PERSONS)
def test_what_a_person_put_into_the_block_stays_byte_by_byte(before: bytes) -> None:
    """One line is another, the one that the option of the alias is in."""
    after = edited(before, "p-1", {"HostName": "web2"}, {})

    assert before.replace(b"    HostName web\n", b"    HostName web2\n") == after


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    Port 1\n", "    Port 2\n"),
        ("\tport=1\n", "\tport=2\n"),
        ("PORT = 1  # the first\n", "PORT = 2  # the first\n"),
        ('  Port "1"\n  Port 1\n', "  Port 2\n  Port 1\n"),
        ("    Port 1\r\n", "    Port 2\r\n"),
        ("    Port 2 # as it is\n", "    Port 2 # as it is\n"),
        ('    port "2"\n', '    port "2"\n'),
    ],
)
def test_the_first_line_of_an_option_is_changed_in_its_own_spelling(line: str, expected: str) -> None:
    """`ssh_config(5)`: in any capitals, with or without a sign, and the first one counts."""
    before, after = (_text(f"    HostName web\n{option}    User me\n") for option in (line, expected))

    assert after == edited(before, "p-1", {"Port": "2"}, {})
    assert ours(after)["p-1"].options["Port"] == "2"


def test_what_is_new_comes_behind_the_options_and_what_is_empty_goes() -> None:
    """In the section of the alias, also where another one or a comment follows."""
    before = _text(f"{_OURS}    proxyjump gw2\n    # end\n", behind="Host extra\n    ProxyJump gw\n")
    after = edited(before, "p-1", {"ProxyJump": "", "BindAddress": "", "User": "me", "IdentityFile": "/a key"}, {})
    section = '    HostName web\n    Port 1\n    IdentityFile "/a key"\n    User me\n    # end\n'

    assert _text(section, behind="Host extra\n    ProxyJump gw\n") == after


def test_a_block_with_other_line_ends_keeps_them() -> None:
    """What is put in ends as the lines around it."""
    before = _text().replace(b"\n", b"\r\n")
    after = edited(before, "p-1", {"User": "me"}, {"group": "train"})

    assert after.count(b"\r\n") == after.count(b"\n") == before.count(b"\n") + 2


def test_notes_are_changed_in_their_place_or_put_behind_the_others() -> None:
    """A platform, a group and the name of the box; what is empty is left as it is."""
    text = edited(_text(), "p-1", {}, {"platform": "autodl", "group": "", "instance": "autodl/7"})
    again = edited(text, "p-1", {}, {"platform": "", "group": "", "instance": "autodl/7"})

    assert b"# platform: autodl\n# instance: autodl/7\nHost p-1\n" in text
    assert again == text


def test_a_block_says_what_ssh_takes_of_it_for_its_alias() -> None:
    """The first value, without a comment; what is below another `Host` line is not the alias's."""
    text = _text(
        '    hostname=web # x\n    port 1\n    Port 2\n    IdentityFile "/a b"\n', behind="Host p\n  User zoe\n"
    )

    assert ours(text)["p-1"] == Block({"HostName": "web", "Port": "1", "IdentityFile": "/a b"}, "generic")
