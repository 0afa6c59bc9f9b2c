"""Private keys, told by what they are, whatever the file is called."""

from __future__ import annotations

import re

# Cheap words, one of which stands in every textual key; only where one is found the patterns are tried. In what is no
# text, such as an archive, the first alone is looked for.
_WORDS = (b"PRIVATE KEY", b"AGE-", b"PuTTY-User-Key-File-")

# The armour alone is a string constant in many a program: a body of base64 must follow, after headers (RFC 1421 and
# RFC 9580) if there are any. In JSON and `.env` files the line ends are written as `\n`, in programs there are quotes.
_BETWEEN = (
    rb"""(?:\\+[rn]|[\s"'+,>\#*]|(?:Proc-Type|DEK-Info|Comment|Version|Charset|Hash|X-[\w-]+|Subject):[^\n]{0,200}\n)"""
)
_ARMOUR = rb"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}%s ?-{4,5}" + _BETWEEN + rb"{0,40}[A-Za-z0-9+/]{38}"
_BECH32 = rb"[02-9AC-HJ-NP-Z]"

PATTERNS: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("a service account key", re.compile(rb'"private_key"\s*:\s*"' + _ARMOUR % rb"PRIVATE KEY")),
    ("an OpenSSH private key", re.compile(_ARMOUR % rb"OPENSSH PRIVATE KEY")),
    ("a PGP private key", re.compile(_ARMOUR % rb"PRIVATE KEY BLOCK")),
    ("a private key", re.compile(_ARMOUR % rb"PRIVATE KEY")),
    ("a PuTTY private key", re.compile(rb"^PuTTY-User-Key-File-\d+: *[a-z]", re.MULTILINE)),
    ("an age secret key", re.compile(rb"AGE-SECRET-KEY-(?:PQ-)?1" + _BECH32 + rb"{58}")),
    ("an age plugin's secret", re.compile(rb"AGE-PLUGIN-[A-Z0-9-]{1,60}-1" + _BECH32 + rb"{6}")),
)

# What follows the outer SEQUENCE of a DER key: RFC 5208/5958 (PKCS#8), RFC 8017 (PKCS#1), RFC 5915 (SEC 1), and the
# OID of PKCS#5 in an encrypted PKCS#8. Certificates and public keys begin with another SEQUENCE or other OIDs.
_DER_BODY = re.compile(
    rb"\x02\x01[\x00\x01]\x30[\x05-\x7f]\x06"  # version, AlgorithmIdentifier
    rb"|\x02\x01\x00\x02(?:[\x20-\x7f]|\x81[\x80-\xff]|\x82[\x01-\x20].)"  # version, modulus
    rb"|\x02\x01\x01\x04[\x10-\x48]"  # version, the secret number
    rb"|\x30[\x10-\x7f]\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05",
    re.DOTALL,
)
_DER_BYTES = range(40, 1 << 14)


def kind_of(data: bytes, size_bytes: int) -> str:
    """
    Return what key the beginning of a file holds, in words, or nothing.

    :param data: the beginning, decoded to an ASCII superset.
    :param size_bytes: the size of the whole file.
    """
    if any(word in data for word in (_WORDS[:1] if b"\0" in data else _WORDS)):
        for kind, pattern in PATTERNS:
            if pattern.search(data):
                return kind
    return "a private key (DER)" if _is_der(data, size_bytes) else ""


def _is_der(data: bytes, size_bytes: int) -> bool:
    """Whether the file is one SEQUENCE from its first byte to its last, and begins as a key does."""
    if data[:1] != b"\x30" or size_bytes not in _DER_BYTES or len(data) < _DER_BYTES.start:
        return False
    long = data[1] & 0x7F if data[1] & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + long], "big") if long else data[1]
    return 2 + long + length == size_bytes and _DER_BODY.match(data, 2 + long) is not None
