"""`authorized_keys` is read as sshd(8) reads it, whatever stands between the keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.facts.authorized_entries import entries_of, parsed
from ssh_transport.facts.authorized_keys import AuthorizedKeys
from ssh_transport.facts.heads import Head

KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIEhlbGxvSGVsbG9IZWxsb0hlbGxvSGVsbG9IZWxsb0hl"


def head(data: bytes) -> Head:
    return Head("keys", ".ssh/authorized_keys", "/root/.ssh/authorized_keys", 0o100600, 0, len(data), 0, data)


@pytest.mark.parametrize(
    ("line", "options", "comment"),
    [
        (f"ssh-ed25519 {KEY}", "", ""),
        (f" \tssh-ed25519\t{KEY}   me at home \r", "", "me at home"),
        (f"no-pty ssh-ed25519 {KEY} a", "no-pty", "a"),
        (
            f'from="a b",command="say \\"ssh-ed25519 x\\"" ssh-ed25519 {KEY} a',
            'from="a b",command="say \\"ssh-ed25519 x\\""',
            "a",
        ),
        (f"cert-authority,no-pty ssh-ed25519 {KEY}", "cert-authority,no-pty", ""),
    ],
)
def test_a_line_is_read_with_its_options_and_comment(line: str, options: str, comment: str) -> None:
    """Quotes keep spaces together; the number is that of the line in the file."""
    (entry,) = entries_of(head(f"# first\n\n{line}\n".encode()))

    assert (entry.options, entry.comment, entry.number) == (options, comment, 3)
    assert (entry.type, entry.material) == ("ssh-ed25519", KEY)
    assert entry.fingerprint == "SHA256:nfrwv6O9QIZ6IFlaJTy1A6ANOS2YlpFlX/RdUG1GJ1U"


@pytest.mark.parametrize(
    ("options", "is_authority"),
    [
        ("cert-authority", True),
        ("no-pty,CERT-AUTHORITY", True),
        ('principals="cert-authority,x"', False),
        ('command="a,cert-authority,b",no-pty', False),
        ("", False),
    ],
)
def test_a_certificate_authority_is_recognised_by_its_option_alone(options: str, *, is_authority: bool) -> None:
    """Not by what stands within the quotes of another."""
    (entry,) = entries_of(head(f"{options} ssh-ed25519 {KEY}".encode()))

    assert entry.is_authority is is_authority


@pytest.mark.parametrize(
    "line",
    [
        f"#ssh-ed25519 {KEY}",
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        f"ssh-rsa {KEY}",
        f'from="open ssh-ed25519 {KEY}',
        "\x00\xff ключ",
        f"a b ssh-ed25519 {KEY}",
    ],
)
def test_what_sshd_passes_over_is_no_key(line: str) -> None:
    """Comments, halves, another type than the key's own, an open quote."""
    assert list(entries_of(head(line.encode()))) == []


OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIE90aGVyT3RoZXJPdGhlck90aGVyT3RoZXJPdGhlck90"


def read(text: str) -> AuthorizedKeys:
    return AuthorizedKeys(text, (*parsed(".ssh/authorized_keys", text),), 0o700, 0o600)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"# ssh-ed25519 {KEY} me@here",
        f"ssh-ed25519 {OTHER} you@theressh-ed25519 {KEY} me@here",
        f"ssh-ed25519 {OTHER}ssh-ed25519 {KEY} me@here",
        f"sh-ed25519 {KEY} me@here",
        f"ed25519 {KEY} me@here",
        f"{KEY} me@here",
        f"ssh-ed25519 {OTHER} not ssh-ed25519 {KEY}",
        f'from="10.0.0.0/8" ssh-ed25519 {KEY} me@here',
        f'no-pty,FROM="*.example.com" ssh-ed25519 {KEY}',
        f"cert-authority ssh-ed25519 {KEY} me@here",
        f'cert-authority,principals="root" ssh-ed25519 {KEY}',
        f'expiry-time="20200101" ssh-ed25519 {KEY}',
        f'expiry-time="20200101120000Z",no-pty ssh-ed25519 {KEY}',
        f'expiry-time="tomorrow" ssh-ed25519 {KEY}',
        f"expiry-time ssh-ed25519 {KEY}",
        f"no-ptty ssh-ed25519 {KEY}",
    ],
)
def test_a_key_is_not_in_where_sshd_would_not_take_it(text: str) -> None:
    """Its letters are there; whoever comes with it is refused, or was let in from elsewhere or until yesterday."""
    assert read(text).entry_for(KEY) is None


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (f"ssh-ed25519 {KEY} me@here", ""),
        (f'command="backup",no-pty ssh-ed25519 {KEY} me@here', 'command="backup",no-pty'),
        (f'expiry-time="29990101" ssh-ed25519 {KEY}', 'expiry-time="29990101"'),
        (f"restrict,pty ssh-ed25519 {KEY}", "restrict,pty"),
        (f'command="from=x" ssh-ed25519 {KEY}', 'command="from=x"'),
        (f'environment="TOKEN=hunter2" ssh-ed25519 {KEY}', 'environment="TOKEN=..."'),
        (f'from="10.0.0.1" ssh-ed25519 {KEY}\nno-pty ssh-ed25519 {KEY}\nssh-ed25519 {KEY}', "no-pty"),
    ],
)
def test_a_key_that_is_in_is_told_with_its_options(text: str, options: str) -> None:
    """Of the first line that lets it in, as sshd looks no further; no variable's value is shown."""
    entry = read(text).entry_for(KEY)

    assert entry
    assert entry.shown_options == options


@given(st.text(alphabet="ssh-ed25519 AC3zaTOKEN=\\\"',#\t\nfrom", max_size=200))
def test_whatever_the_file_holds_it_is_read(text: str) -> None:
    keys = read(f"{text}\nssh-ed25519 {KEY} me\n")
    entry = keys.entry_for(KEY)

    # An odd quote opens no other line.
    assert entry
    assert entry.file == ".ssh/authorized_keys"
