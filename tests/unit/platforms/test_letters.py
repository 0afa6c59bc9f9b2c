"""A letter of another alphabet never makes another host of a name; what Chinese text is glued to is read as before."""

from __future__ import annotations

import unicodedata

import pytest

from ssh_transport.errors import EndpointError
from ssh_transport.platforms.endpoint import Endpoint, parse

CASED = [char for char in map(chr, range(0x80, 0x20000)) if unicodedata.category(char) in {"Lu", "Ll", "Lt"}]


@pytest.mark.parametrize(
    ("text", "shown", "typed"),
    [
        ("ssh -p 2222 root@münchen-gpu.example.com", "münchen-gpu.example.com", "xn--mnchen-gpu-9db.example.com"),
        ("ssh -p 2222 root@mu\u0308nchen.de", "münchen.de", "xn--mnchen-3ya.de"),
        ("ssh root@g\u0440u1.example.com", "g\u0440u1.example.com", "xn--gu1-0ed.example.com"),
        ("g\u0440u1.example.com:2222", "g\u0440u1.example.com", "xn--gu1-0ed.example.com"),
        ("root@gpu.exämple.com:22", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("ssh://root@gpu.exämple.com:22/", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("gpu.exämple.com:20544 -> 22/tcp", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("HostName: gpu.exämple.com\nPort: 2222\nUser: root", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("Host a\n HostName gpu.exämple.com\n Port 22", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ('{"ssh_host": "gpu.exämple.com", "ssh_port": 22}', "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("scp -P 3 a root@gpu.exämple.com:/x", "gpu.exämple.com", "gpu.xn--exmple-cua.com"),
        ("ssh me@fa\u00df.de", "fa\u00df.de", "ASCII"),
        ("ssh jürgen@h.example.com", "jürgen", "ASCII"),
        ("ssh h.example.com -p 22\nUser: jürgen", "jürgen", "ASCII"),
    ],
)
def test_a_name_in_another_alphabet_is_shown_with_what_to_type(text: str, shown: str, typed: str) -> None:
    """What stands before the letter would be another host, or another user."""
    with pytest.raises(EndpointError) as caught:
        parse(text)

    assert caught.value.cause.startswith(f"`{shown}` is not ASCII: ")
    assert typed in caught.value.hint


def test_no_cased_letter_ends_a_host() -> None:
    """Whatever alphabet it is of; wide ones of chats are made ASCII."""
    for char in CASED[::5]:
        try:
            found = parse(f"ssh root@gpu{char}.example.com")
        except EndpointError:
            continue
        assert found.host.endswith("example.com"), char


@pytest.mark.parametrize("glued", ["密码\uff1ax", "\uff0c端口22", "。", "のホスト", "입니다", "\uff09", "✅\ufe0f"])
def test_text_without_spaces_is_cut_off_as_before(glued: str) -> None:
    """Chinese, Japanese, Korean, their punctuation and pictures are glued to what they follow."""
    assert parse(f"ssh -p 7 root@h.example.com{glued}") == Endpoint(host="h.example.com", user="root", port=7)


@pytest.mark.parametrize("label", ["сервер:", "Hôte:", "✅\ufe0f", "地址\uff1a"])
def test_a_label_in_any_script_may_be_glued_to_a_target(label: str) -> None:
    """It ends with a colon, or is no word."""
    assert parse(f"{label}root@203.0.113.7:22") == Endpoint(host="203.0.113.7", user="root", port=22)


def test_a_heading_in_another_alphabet_is_no_host() -> None:
    """German and French have letters with accents, and fields below such headings."""
    assert parse("SSH Schlüssel\nHost: 203.0.113.7\nPort: 22").host == "203.0.113.7"


def test_a_password_in_a_link_is_not_shown() -> None:
    """It stands where the user does."""
    with pytest.raises(EndpointError) as caught:
        parse("ssh://user:pässword@h.example.com")

    assert "ssword" not in str(caught.value)


@pytest.mark.parametrize("text", ["ssh://a%2Fb@h.example.com", "ssh://a%2Cb@h.example.com", "ssh a/b@h.example.com"])
def test_what_stands_before_the_at_is_never_a_host(text: str) -> None:
    """A slash or comma in the user ends nothing."""
    with pytest.raises(EndpointError, match=r"can't read"):
        parse(text)


def test_a_key_file_may_have_any_letters() -> None:
    """`ssh` takes its name as it is."""
    assert parse("ssh -i /k/schlüssel root@h.example.com").identity == "/k/schlüssel"


@pytest.mark.parametrize("text", ["ssh -p 2\u0663 root@h.example.com", "Host: h.example.com\nPort: 2\u0663"])
def test_a_port_with_a_digit_of_another_script_is_none(text: str) -> None:
    """What stands before it would be another port."""
    with pytest.raises(EndpointError) as caught:
        parse(text)

    assert "the port is no number" in caught.value.cause or "no line" in caught.value.cause
