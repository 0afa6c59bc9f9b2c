"""`authorized_keys` is read as sshd(8) reads it, whatever stands between the keys."""

from __future__ import annotations

import pytest

from ssh_transport.facts.authorized_entries import entries_of
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
