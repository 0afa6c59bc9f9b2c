"""A key pair is made once, and only a public key is taken for one."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import LocalFileError, UsageError
from ssh_transport.openssh.public_key import public_key
from ssh_transport.operations.key_pair import ensure_key_pair

if TYPE_CHECKING:
    from pathlib import Path


def never() -> str:
    raise AssertionError("nobody asked for a passphrase")


def test_a_new_pair_is_one_that_openssh_reads(tmp_path: Path) -> None:
    """Both halves belong together, with the modes that `ssh` demands."""
    path = tmp_path / "ssh" / "k"
    change = ensure_key_pair(path, comment="me@here", passphrase=str)
    argv = ["ssh-keygen", "-y", "-f", str(path)]
    said = subprocess.run(argv, capture_output=True, text=True, check=True).stdout

    assert change.made
    assert public_key(path).line.split() == [*said.split()[:2], "me@here"]
    assert (path.stat().st_mode, path.with_name("k.pub").stat().st_mode) == (0o100600, 0o100644)


@pytest.mark.parametrize("name", ["k", "k.pub"])
@pytest.mark.parametrize("kind", ["file", "dangling symlink"])
def test_either_half_counts_as_the_pair(name: str, kind: str, tmp_path: Path) -> None:
    """What exists is not touched, no half is made beside it, and nobody is asked for a passphrase."""
    half = tmp_path / name
    half.write_text("mine") if kind == "file" else half.symlink_to("nowhere")
    change = ensure_key_pair(tmp_path / "k", comment="", passphrase=never)

    assert (change.made, change.state) == (False, f"{half} exists")
    assert [path.name for path in tmp_path.iterdir() if path.name != "nobody"] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "ssh-ed25519 ключ",
        "ssh-ed25519",
        "",
        "ssh-ed25519 AAAA hunter2",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIA==",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nhunter2\n",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== a\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== b",
    ],
    ids=["prose", "no material", "empty", "no blob", "another type", "private", "two keys"],
)
def test_what_is_no_public_key_is_refused(text: str, tmp_path: Path) -> None:
    """A file that holds anything else is named, and its content is not shown."""
    (tmp_path / "k.pub").write_text(text, encoding="utf-8")
    with pytest.raises(LocalFileError) as caught:
        public_key(tmp_path / "k")

    assert str(tmp_path / "k.pub") in str(caught.value)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("named", ["k", "k.pub"])
def test_either_half_names_the_public_one(named: str, tmp_path: Path) -> None:
    """A person may name the private or the public file."""
    ensure_key_pair(tmp_path / "k", comment="c", passphrase=str)

    assert tmp_path / "k" == public_key(tmp_path / named).private_path


def test_a_private_key_is_not_given_the_name_of_a_public_one(tmp_path: Path) -> None:
    """`ssh-keygen -y` would be told to write over it."""
    with pytest.raises(UsageError, match="a name for a public key"):
        ensure_key_pair(tmp_path / "k.pub", comment="me", passphrase=never)


def test_a_comment_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="more than one line"):
        ensure_key_pair(tmp_path / "k", comment="a\nssh-ed25519 b", passphrase=never)


@pytest.mark.parametrize("passphrase", ["", "a passphrase"])
def test_a_public_key_of_another_pair_is_refused(passphrase: str, tmp_path: Path) -> None:
    """What is pushed would not let this key in, and another one."""
    for name in ("mine", "other"):
        ensure_key_pair(tmp_path / name, comment="", passphrase=lambda: passphrase)
    public_key(tmp_path / "mine")
    (tmp_path / "mine.pub").write_bytes((tmp_path / "other.pub").read_bytes())

    with pytest.raises(LocalFileError, match="is not the public key of") as caught:
        public_key(tmp_path / "mine")
    assert f"ssh-keygen -y -f {tmp_path / 'mine'} > {tmp_path / 'mine.pub'}" in caught.value.hint
