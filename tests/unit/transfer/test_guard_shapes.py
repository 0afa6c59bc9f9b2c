"""Every shape in which a credential lies in a working directory is found, in archives and git objects too."""

from __future__ import annotations

import base64
import io
import json
import os
import random
import shutil
import string
import subprocess
import sys
import tarfile
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

from ssh_transport.credentials import catalogue
from ssh_transport.transfer.guard import credentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP521R1())
PEM = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
CHANCE = random.Random(7)  # noqa: S311 - the same each time
SIGNING = base64.b64encode(CHANCE.randbytes(104)).decode()
LETTERS = "".join(CHANCE.choices(string.ascii_letters, k=34))
MIXED = "".join(CHANCE.choices(string.ascii_letters + string.digits, k=60))
HF = f"hf_{LETTERS}"
B64 = base64.b64encode(CHANCE.randbytes(32)).decode()
WANDB = random.Random(8).randbytes(20).hex()  # noqa: S311 - likewise


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notes.txt", "nothing")
        archive.writestr(name, data)
    return made.getvalue()


def tarred(name: str, data: bytes, mode: str) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


TEXTS = {
    ".git/config": f'[remote "origin"]\n\turl = https://me:ghp_{MIXED[:36]}@github.com/me/x\n',
    "sub/.git/config": "[http]\n\textraheader = AUTHORIZATION: basic bWU6YWJjZGVm\n",
    "a/.env": "PGPASSWORD=Tr0ub4dor3x\n",
    "b/.env": f"AWS_SECRET_ACCESS_KEY=/{MIXED[:39]}\n",
    "c/.env": "DATABASE_URL=postgres://u:pw8s6d7fg@h/d\n",
    "d/.env": "DB_PASSWORD=pa$sw0rd9x\n",
    "e/.env": "DB_PASSWORD=correcthorse\n",
    "f/.env": f"MAILGUN_API_KEY=key-{MIXED[:32].lower()}\n",
    "g/.env": f"REDIS=redis://:{MIXED[:12]}@h:6379/0\n",
    ".gnupg/private-keys-v1.d/0A1B.key": "(21:protected-private-key)",
    "wg0.conf": f"[Interface]\nPrivateKey = {base64.b64encode(CHANCE.randbytes(32)).decode()}\n",
    "key.json": json.dumps({"kty": "EC", "crv": "P-256", "x": B64, "y": B64, "d": MIXED[:43]}),
    "jwks.json": json.dumps({"keys": [{"d": MIXED[:43], "x": MIXED[:43], "kty": "OKP"}]}),
    "minisign.key": f"untrusted comment: minisign encrypted secret key\n{SIGNING}\n",
    "signify.sec": f"untrusted comment: signify secret key\n{SIGNING}\n",
    "with a mark.ppk": "\ufeffPuTTY-User-Key-File-3: ssh-ed25519\r\n",
    ".mine_key": MIXED,
    ".netrc.bak": "machine h login me password abc",
    "netrc": "machine h login me password abc",
    ".aws/config": f"[default]\naws_secret_access_key = {MIXED[:40]}\n",
    ".aws/sso/cache/0a.json": '{"accessToken": "abc"}',
    ".aws/cli/cache/0a.json": '{"Credentials": {}}',
    ".aws/credentials.bak": "[default]",
    ".config/containers/auth.json": '{"auths": {"ghcr.io": {"auth": "bWU6YWJj"}}}',
    ".vault-token": "hvs.abc",
    "cluster.kubeconfig": "apiVersion: v1\nkind: Config\nusers:\n- user:\n    token: abc\n",
    "kubeconfig-prod": "users:\n- user:\n    client-key-data: TFMwdExTMA==\n",
    ".pypirc.old": "[pypi]\nusername = __token__\npassword = abc\n",
    ".ngc/config": "[CURRENT]\napikey = abc\n",
    ".codex/auth.json": json.dumps({"tokens": {"access_token": MIXED, "refresh_token": MIXED}}),
    ".claude/.credentials.json": json.dumps({"claudeAiOauth": {"accessToken": MIXED}}).replace(
        "accessToken", "access_token"
    ),
    ".gemini/oauth_creds.json": json.dumps({"refresh_token": MIXED}),
    "train.py": f"from huggingface_hub import login\nlogin('{HF}')\n",
    "config.yaml": f"hub:\n  token: {HF}\n",
    "run.ipynb": json.dumps({"cells": [{"source": [f"TOKEN = '{HF}'\n"]}]}),
    "run.sh": f"export HF_TOKEN={HF}\npython train.py\n",
    "notes.md": f"my token is {HF}, do not lose it\n",
    "login.py": f'import wandb\nwandb.login(key="{WANDB}")\n',
    "relogin.py": f"wandb.login(relogin=True, key = '{WANDB}')\n",
    "environ.py": f'import os\nos.environ["WANDB_API_KEY"] = "{WANDB}"\nos.environ.setdefault("A", "b")\n',
    "default.py": f'os.environ.setdefault("WANDB_API_KEY", "{WANDB}")\n',
    "split.py": f"wandb.login(\n    key='{WANDB}',\n)\n",
    "setup.sh": f"wandb login --relogin {WANDB}\n",
    "usual.sh": f"export WANDB_API_KEY=${{WANDB_API_KEY:-{WANDB}}}\n",
    "flag.sh": f"python train.py --wandb_api_key {WANDB}\n",
    "pod.yaml": f"- name: WANDB_API_KEY\n  value: {WANDB}\n",
    "own.sh": f"export WANDB_API_KEY=local-{WANDB}\n",
    "new.sh": f"export WANDB_API_KEY=wandb_v1_{MIXED[:50]}\n",
    "wandb.sh": f"export WANDB_API_KEY={WANDB}\n",
    "w4.netrc": f"machine api.wandb.ai\n  login user\n  password {WANDB}\n",
    "nested/deep/wandb.log": f"Authorization: Bearer {HF}\n",
    "behind much text.log": "nothing to see here\n" * 60_000 + PEM.decode(),
}
BYTES: dict[str, Callable[[], bytes]] = {
    "store.p12": lambda: pkcs12.serialize_key_and_certificates(
        b"me", RSA, None, None, BestAvailableEncryption(b"tiger")
    ),
    "open.pfx": lambda: pkcs12.serialize_key_and_certificates(b"me", EC, None, None, NoEncryption()),
    "pkcs8": lambda: EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    "pkcs8.locked": lambda: RSA.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"tiger")),
    "behind 70 KiB of noise.bin": lambda: b"\0" + CHANCE.randbytes(70 << 10) + b"\n" + PEM,
    "code.zip": lambda: zipped("conf/id_ed25519", PEM),
    "other.zip": lambda: zipped("home/.netrc", b"machine h login me password abc"),
    "wheel.whl": lambda: zipped("x/settings.py", f"TOKEN = '{HF}'\n".encode()),
    "code.tgz": lambda: tarred("repo/.env", b"DB_PASSWORD=correcthorse\n", "w:gz"),
    "code.tar": lambda: tarred("repo/id_rsa", PEM, "w"),
    "code.tar.xz": lambda: tarred("repo/id_rsa", PEM, "w:xz"),
    "code.tar.bz2": lambda: tarred("repo/run.sh", f"export HF_TOKEN={HF}\n".encode(), "w:bz2"),
    "twice.zip": lambda: zipped("in.tgz", tarred("repo/id_rsa", PEM, "w:gz")),
    "deep.zip": lambda: zipped("b.zip", zipped("c.zip", zipped("id_rsa", PEM))),
    "bare.git/objects/0a/" + "1b" * 19: lambda: zlib.compress(b"blob %d\0" % len(PEM) + PEM),
    "objects/0a/" + "1b" * 19: lambda: zlib.compress(b"blob %d\0" % len(PEM) + PEM),
    ".git/objects/0a/" + "1b" * 19: lambda: zlib.compress(b"blob %d\0" % len(PEM) + PEM),
}


def kinds(root: Path, name: str) -> list[str]:
    return [one.kind for one in credentials.found(f"{root}/", [name])]


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_with_a_credential_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(TEXTS[name], newline="")

    assert len(kinds(tmp_path, name)) == 1


@pytest.mark.parametrize("name", BYTES)
def test_a_binary_with_a_credential_is_found(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(BYTES[name]())

    assert len(kinds(tmp_path, name)) == 1


@pytest.mark.parametrize("kind", ["rsa", "ed25519", "ecdsa"])
def test_a_key_of_dropbear_is_found(kind: str, tmp_path: Path) -> None:
    subprocess.run(
        [shutil.which("dropbearkey") or "dropbearkey", "-t", kind, "-f", tmp_path / "k"],
        check=True,
        capture_output=True,
    )

    assert kinds(tmp_path, "k") == ["a private key (dropbear)"]


def test_an_archive_that_can_not_be_read_is_told_and_holds_nobody_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04" + os.urandom(5000))
    (tmp_path / "large.bin").write_bytes(bytes(1 << 18))
    (tmp_path / "code.tar.zst").write_bytes(b"\x28\xb5\x2f\xfd" + bytes(100))
    (tmp_path / "deepest.zip").write_bytes(zipped("a.zip", zipped("b.zip", zipped("c.zip", zipped("d", PEM)))))
    unseen: list[str] = []
    names = ["broken.zip", "large.bin", "code.tar.zst", "deepest.zip"]
    credentials.found(f"{tmp_path}/", names, unseen=unseen)
    credentials.check(f"{tmp_path}/", names)

    assert unseen == names
    said = capsys.readouterr().err
    assert "not looked into for credentials, or only at the beginning: `broken.zip` and 3 more; " in said
    assert "leave it out: --exclude=/broken.zip" in said


@pytest.mark.parametrize(
    "text",
    [
        b'"kty":' * 80_000,
        b"PrivateKey" + b"\n" * 500_000,
        b"untrusted comment: rsign\n" + b"untrusted comment: secret key " * 20_000,
        b'"kty"' + b'"d":"aaaaaaaaaaaaaaaaaaaaaaaa",' * 20_000,
        b"{" * 500_000,
        b"-----BEGIN PRIVATE KEY-----\n" * 20_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_holds_a_push_up(text: bytes, tmp_path: Path) -> None:
    """A rule that tries again from each place would take longer than any test may."""
    (tmp_path / ".ngc").mkdir()
    (tmp_path / ".ngc" / "config").write_bytes(text)

    # Armour with more armour behind it may pass for a key.
    assert len(kinds(tmp_path, ".ngc/config")) == text.startswith(b"-----BEGIN")


def test_a_text_in_utf_16_is_looked_at_whole(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing of worth\n" * 100, encoding="utf-16")
    unseen: list[str] = []

    assert credentials.found(f"{tmp_path}/", ["notes.txt"], unseen=unseen) == []
    assert unseen == []


def test_a_machine_without_the_catalogue_is_told_what_is_not_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_text("nothing")
    monkeypatch.setitem(sys.modules, "kingfisher_sdk", None)
    catalogue._made_scanner.cache_clear()
    try:
        credentials.check(f"{tmp_path}/", ["a"])
    finally:
        catalogue._made_scanner.cache_clear()

    assert "not looked for: tokens of services" in capsys.readouterr().err


HARMLESS = {
    "README.md": "Use `postgres://user:password@localhost/db`, or `https://user:pass@host`.\n",
    "curl.md": 'curl -H "Authorization: Bearer YOUR_TOKEN" https://x\ncurl -H "Authorization: Bearer token-abc123" https://x\n',
    "sdk.md": 'client = OpenAI(api_key="sk-1234567890abcdef1234567890abcdef")\n',
    "prefixed/.env": "DATABASE_PASSWORD=prefix$VAR\n",
    "docs.rst": "export HF_TOKEN=hf_...\nexport WANDB_API_KEY=<your key>\n",
    "notes.md": f"pip install wandb; wandb login\ngit checkout {WANDB}\n# see wandb.login(sha), {WANDB}\n",
    "requirements.txt": f"wandb @ git+https://github.com/wandb/wandb@{WANDB}\n",
    "wandb.md": f"export WANDB_API_KEY={'x' * 40}\nexport WANDB_API_KEY={'0' * 40}\n",
    ".git/config": '[remote "origin"]\n\turl = git@github.com:me/x.git\n\turl = https://me@github.com/me/x\n',
    "public.jwk": json.dumps({"kty": "EC", "x": B64, "y": B64}),
    "wg.md": "PrivateKey = <yours>\n",
    "auth.json": '{"token": ""}',
    "kubeconfig.md": "kind: Config\n",
    "api_key": "",
    ".deploy_key": "two words of a person",
    "minisign.pub": f"untrusted comment: minisign public key\n{B64}\n",
    "data.csv": "id,token\n1,abc\n",
}


@pytest.mark.parametrize("name", HARMLESS)
def test_an_illustration_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(HARMLESS[name])

    assert kinds(tmp_path, name) == []
