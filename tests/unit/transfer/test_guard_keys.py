"""Private keys among the files of a push are found by what they are, and little else is taken for a credential."""

from __future__ import annotations

import json
import os
import string
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.credentials.private_keys import kind_of
from tests.support.guarded import PEM, found

if TYPE_CHECKING:
    from pathlib import Path

RSA, EC, ED25519 = (
    rsa.generate_private_key(65537, 2048),
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
)
KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "rsa": RSA,
    "ec": EC,
    "ed25519": ED25519,
}
SECRET = BestAvailableEncryption(b"tiger")
BODY = "lQOYBGWqSCABCADFz2X0n6X1Q4Yv9xQxk3T0mHn5aW1dC3pUuQeWm2l4Zr8cTn7N"
TOKEN = "hf_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h"


def keys() -> dict[str, bytes]:
    """Return every form that a private key has in a file."""
    traditional = {name: key for name, key in KEYS.items() if name != "ed25519"}
    return {
        **{f"{n} pkcs8": k.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) for n, k in KEYS.items()},
        **{f"{n} locked": k.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, SECRET) for n, k in KEYS.items()},
        **{
            f"{n} openssh": k.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
            for n, k in KEYS.items()
        },
        **{
            f"{n} old locked": k.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, SECRET)
            for n, k in traditional.items()
        },
        **{f"{n} der": k.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) for n, k in KEYS.items()},
        **{f"{n} der locked": k.private_bytes(Encoding.DER, PrivateFormat.PKCS8, SECRET) for n, k in KEYS.items()},
        **{
            f"{n} old der": k.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
            for n, k in traditional.items()
        },
        "dsa": f"-----BEGIN DSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,0A\n\n{BODY}\n".encode(),
        "behind text": b"# notes\n" * 9000 + PEM,
        "utf-16 of PowerShell": PEM.decode().encode("utf-16"),
        "utf-16 without a mark": PEM.decode().encode("utf-16-be"),
        "windows line ends": PEM.replace(b"\n", b"\r\n"),
        "in yaml": b"key: |\n" + b"".join(b"    " + line for line in PEM.splitlines(keepends=True)),
        "in an archive": b"id_rsa\0\0\0\0" + PEM,
        "in .env": b'KEY="' + PEM.replace(b"\n", rb"\n") + b'"\n',
        "service account": json.dumps({"type": "service_account", "private_key": PEM.decode()}).encode(),
        "pgp": f"-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n{BODY}\n".encode(),
        "putty": b"PuTTY-User-Key-File-3: ssh-ed25519\r\nEncryption: none\r\n",
        "age": b"# created: 2026\nAGE-SECRET-KEY-1" + b"QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2 + b"\n",
        "age plugin": b"AGE-PLUGIN-YUBIKEY-1QPZRY9X8GF2TVDW0\n",
        "ssh.com": f"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: me\n{BODY}\n".encode(),
    }


@pytest.mark.parametrize("form", keys())
def test_a_private_key_is_found_whatever_the_file_is_called(form: str, tmp_path: Path) -> None:
    """Every form, under a name that says nothing."""
    (tmp_path / "notes.txt").write_bytes(keys()[form])

    assert found(tmp_path, ["notes.txt"]) == ["notes.txt"]


HARMLESS = {
    "id.pub": ED25519.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    "public.pem": RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    "public.der": RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    "public1.der": RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
    "keys.py": b'MARK = "-----BEGIN PRIVATE KEY-----"\nEND = "-----END PRIVATE KEY-----"\n',
    "README.md": b"Paste it between -----BEGIN OPENSSH PRIVATE KEY----- and the end. AGE-SECRET-KEY-1... is yours.\n",
    "tokenizer.json": b'{"key": 1, "tokens": ["hf_", "sk-"], "password": "hunter"}',
    "tokens.txt": b"a b c\n" + TOKEN.encode(),
    "config.json": b'{"auths": {}, "api_key": ""}',
    "credentials.db": b"a table of a game",
    "settings": b"api_key = abc",
    "token": b"PAD",
    "weights.bin": os.urandom(1 << 17),
    ".netrc": b"# machine example.com login me\n",
    ".docker/config.json": b'{"credsStore": "desktop"}',
    ".npmrc": b"//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n",
    "empty/.aws/credentials": b"",
    "src/environment.py": b"TOKEN = 'a1b2c3d4e5f6g7h8i9'",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_resembles_a_credential_passes(name: str, tmp_path: Path) -> None:
    """Public halves, programs that name the armour, data with the word token in it, empty settings."""
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(HARMLESS[name])

    assert found(tmp_path, [name]) == []


@given(st.binary(max_size=300) | st.binary(max_size=99).map(lambda data: b"\x30\x82" + data))
def test_no_bytes_trouble_the_patterns(data: bytes) -> None:
    """Anything is read, and noise is no key."""
    assert kind_of(data, len(data)) in {"", "a private key (DER)"}


@given(st.text(string.printable, max_size=200))
def test_text_without_armour_is_no_key(text: str) -> None:
    """Whatever else it says."""
    assert kind_of(text.encode(), len(text)) == ""
