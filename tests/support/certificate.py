"""A certificate for a server of a test, and the authority that vouches for it."""

from __future__ import annotations

import datetime as dt
import ipaddress
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from pathlib import Path


class Certified(NamedTuple):
    """Where they are: what others trust, what the server shows, and its key."""

    authority: Path
    shown: Path
    key: Path


def made(directory: Path, address: str) -> Certified:
    """Make them for an address."""
    paths = Certified(directory / "authority.pem", directory / "certificate.pem", directory / "key.pem")
    signing, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
    authority = _begun("authority", signing).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    shown = _begun("bucket", key).add_extension(alternative, critical=False)
    paths.authority.write_bytes(authority.sign(signing, SHA256()).public_bytes(Encoding.PEM))
    paths.shown.write_bytes(shown.sign(signing, SHA256()).public_bytes(Encoding.PEM))
    paths.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


def _begun(name: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("authority"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
