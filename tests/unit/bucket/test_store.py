"""What a service says is told without what it repeats of a key or an address."""

from __future__ import annotations

import sys

import pytest

from ssh_transport.bucket.keys import Keys
from ssh_transport.bucket.relay import Relay
from ssh_transport.bucket.store import Store, masked
from ssh_transport.errors import ToolMissing
from ssh_transport.secret.value import Secret

XML = """Error performing PUT https://s3.example.com/runs/x?X-Amz-Signature=c0ffee: 403: <?xml version="1.0"?>
<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message>
<AWSAccessKeyId>AKIDCANARY</AWSAccessKeyId><StringToSign>AWS4 c0ffee</StringToSign></Error>"""


def test_code_and_message_are_the_reason() -> None:
    assert masked(XML) == "SignatureDoesNotMatch: It does not match."


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("GET http://x/?X-Amz-Signature=c0ffee&a=1 failed", "GET http://x/?X-Amz-Signature=********&a=1 failed"),
        ("<StringToSign>AWS4\nc0ffee</StringToSign>", "<StringToSign>********</StringToSign>"),
        ("refused Debug source: c0ffee", "refused"),
        ("one\nline\x1b[31m", "one line\\x1b[31m"),
    ],
)
def test_nothing_of_a_signature_is_told(said: str, told: str) -> None:
    assert masked(said) == told


def test_what_is_long_is_cut() -> None:
    assert len(masked("x" * 10_000)) == 300


def test_without_the_package_its_name_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(ToolMissing) as caught:
        Store(Relay("lab", "s3://runs"), Keys("AKID", Secret(b"secret")))

    assert caught.value.hint == "pip install 'ssh-transport[relay]'"
