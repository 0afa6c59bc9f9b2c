"""Recognises private keys by content, whatever the file is called."""

from __future__ import annotations

import re

# Every textual key contains one of these; only then are the slower patterns tried. In binary data, such as an archive,
# only the first is searched for.
_WORDS = (
    *(b"PRIVATE KEY", b"AGE-", b"PuTTY-User-Key-File-", b"PrivateKey", b'"kty"'),
    *(b"encrypted secret key", b"signify secret key", b"untrusted comment: rsign"),
)

# The armour line alone is a string constant in many programs, so a base64 body must follow, after headers (RFC 1421 and
# RFC 9580) if there are any. In JSON and `.env` files line ends are written as `\n`, in source code there are quotes.
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
    ("a PuTTY private key", re.compile(rb"^(?:\xef\xbb\xbf)?PuTTY-User-Key-File-\d+: *[a-z]", re.MULTILINE)),
    (
        "a WireGuard private key",
        re.compile(rb"^[ \t]{0,40}PrivateKey[ \t]{0,40}=[ \t]{0,40}[A-Za-z0-9+/]{43}=", re.MULTILINE),
    ),
    # RFC 7517 and 7518: of a public key there is no "d".
    ("a private key (JWK)", re.compile(rb'\{(?=[^{}]{0,4000}"kty"\s{0,9}:)[^{}]{0,4000}"d"\s{0,9}:\s{0,9}"[\w-]{20}')),
    (
        "a secret key for signatures",
        re.compile(rb"^untrusted comment: [^\n]{0,80}?secret key[^\n]{0,200}\n[A-Za-z0-9+/]{80}", re.MULTILINE),
    ),
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
# RFC 7292: version 3, then signed or encrypted content by its OID.
_PKCS12 = re.compile(
    rb"\x30[\x81-\x84].{1,4}?\x02\x01\x03\x30.{1,5}?\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL
)
# dropbear's own form: type and, of the private half alone, what follows (its `dropbearconvert` calls it so).
_DROPBEAR = re.compile(
    rb"\0\0\0\x07ssh-rsa\0\0\0.{400,}|\0\0\0\x0bssh-ed25519\0\0\0\x40.{64}|\0\0\0\x13ecdsa-sha2-nistp\d{3}\0\0\0\x08.{60,}",
    re.DOTALL,
)
# RFC 9580, 4.2 and 5.5.1.3: the packet of a secret key, of version 3 to 6, in the old form and in the new one, made
# between 1995 and 2040.
_OPENPGP = re.compile(
    rb"(?:\x95..|\x94.|\xc5(?:[\x00-\xbf]|[\xc0-\xdf].|\xff.{4}))[\x03-\x06][\x30-\x83].{3}[\x01-\x1c]", re.DOTALL
)
# A large file that begins so by chance is none.
_MOST_BINARY_BYTES = 1 << 16


_BINARY = (
    ("a key store (PKCS #12)", _PKCS12),
    ("a private key (dropbear)", _DROPBEAR),
    ("a PGP private key (binary)", _OPENPGP),
)


def kind_of(data: bytes, size_bytes: int) -> str:
    """
    Return a description of the private key that a file holds, or an empty string.

    :param data: the beginning, decoded to an ASCII superset.
    :param size_bytes: the size of the whole file.
    """
    if any(word in data for word in (_WORDS[:1] if b"\0" in data else _WORDS)):
        for kind, pattern in PATTERNS:
            if pattern.search(data):
                return kind
    if _is_der(data, size_bytes):
        return "a private key (DER)"
    if size_bytes > _MOST_BINARY_BYTES:
        return ""
    return next((kind for kind, pattern in _BINARY if pattern.match(data)), "")


def _is_der(data: bytes, size_bytes: int) -> bool:
    """Whether the whole file is one DER SEQUENCE that begins as a private key does."""
    if data[:1] != b"\x30" or size_bytes not in _DER_BYTES or len(data) < _DER_BYTES.start:
        return False
    long = data[1] & 0x7F if data[1] & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + long], "big") if long else data[1]
    return 2 + long + length == size_bytes and _DER_BODY.match(data, 2 + long) is not None
