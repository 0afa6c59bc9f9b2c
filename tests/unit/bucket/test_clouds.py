"""What is signed for Google and Azure is what their rules say, checked with the other half of the key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ssh_transport.bucket.keys import keys_of
from ssh_transport.bucket.relay import Relay
from ssh_transport.bucket.store import Store, masked
from ssh_transport.errors import LocalFileError, SettingsError
from ssh_transport.terminal import kept_back

if TYPE_CHECKING:
    from pathlib import Path

METHODS: list[Literal["GET", "PUT"]] = ["GET", "PUT"]
ACCOUNT_KEY = base64.b64encode(b"a key of an account").decode()


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_back, "_taken", {})
    for name in ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY", "GOOGLE_APPLICATION_CREDENTIALS"):
        monkeypatch.delenv(name, raising=False)


def service_account(path: Path) -> rsa.RSAPublicKey:
    """Write the file of one; return what proves what it signs."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    about = {"type": "service_account", "private_key": pem, "private_key_id": "k1", "client_email": "me@x.example"}
    path.write_text(json.dumps(about))
    return key.public_key()


@pytest.mark.parametrize("method", METHODS)
def test_google_can_prove_an_address(method: Literal["GET", "PUT"], tmp_path: Path) -> None:
    """By https://cloud.google.com/storage/docs/access-control/signing-urls-manually."""
    public = service_account(tmp_path / "key.json")
    relay = Relay("lab", "gs://runs/of/mine", profile=str(tmp_path / "key.json"))

    url = urlsplit(Store(relay, keys_of(relay)).signed(method, ["part"], valid_s=100)[0])

    query = dict(parse_qsl(url.query))
    signature = bytes.fromhex(query.pop("X-Goog-Signature"))
    told = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in sorted(query.items()))
    request = f"{method}\n{url.path}\n{told}\nhost:{url.netloc}\n\nhost\nUNSIGNED-PAYLOAD"
    scope = query["X-Goog-Credential"].partition("/")[2]
    digest = hashlib.sha256(request.encode()).hexdigest()
    signed = f"GOOG4-RSA-SHA256\n{query['X-Goog-Date']}\n{scope}\n{digest}".encode()
    public.verify(signature, signed, PKCS1v15(), SHA256())
    assert url.netloc == "storage.googleapis.com"
    assert url.path.endswith("part")
    assert query["X-Goog-Expires"] == "100"


@pytest.mark.parametrize(("method", "right"), [("GET", "r"), ("PUT", "w")])
def test_azure_can_prove_an_address(method: Literal["GET", "PUT"], right: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By https://learn.microsoft.com/rest/api/storageservices/create-service-sas."""
    monkeypatch.setenv("AZURE_STORAGE_KEY", ACCOUNT_KEY)
    relay = Relay("lab", "az://runs/of/mine", account="acme")

    url = urlsplit(Store(relay, keys_of(relay)).signed(method, ["part"], valid_s=100)[0])

    query = dict(parse_qsl(url.query))
    parts = (
        query["sp"],
        query["st"],
        query["se"],
        "/blob/acme/runs/of/mine/part",
        "",
        "",
        "",
        query["sv"],
        query["sr"],
    )
    signed = "\n".join((*parts, *[""] * 7)).encode()
    proof = base64.b64encode(hmac.digest(base64.b64decode(ACCOUNT_KEY), signed, "sha256")).decode()
    assert query["sig"] == proof
    assert right in query["sp"]
    assert (url.netloc, url.path) == ("acme.blob.core.windows.net", "/runs/of/mine/part")
    assert proof not in masked(url.geturl())


def test_what_opens_neither_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="nothing opens the relay `lab`") as azure:
        keys_of(Relay("lab", "az://runs"))
    with pytest.raises(SettingsError, match="nothing opens the relay `lab`") as google:
        keys_of(Relay("lab", "gs://runs"))
    (tmp_path / "user.json").write_text('{"type": "authorized_user", "refresh_token": "canary"}')
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "user.json"))
    with pytest.raises(SettingsError, match="no key that could sign") as unfit:
        keys_of(Relay("lab", "gs://runs"))
    (tmp_path / "user.json").write_text("canary")
    with pytest.raises(LocalFileError) as broken:
        keys_of(Relay("lab", "gs://runs"))

    assert "AZURE_STORAGE_KEY" in azure.value.cause
    assert "GOOGLE_APPLICATION_CREDENTIALS" in google.value.cause
    assert "canary" not in f"{unfit.value}{broken.value}"
