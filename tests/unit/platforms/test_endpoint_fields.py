"""Ports of an API answer, and what a pasted string says of trust."""

from __future__ import annotations

import pytest

from ssh_transport.errors import EndpointError
from ssh_transport.platforms.endpoint import Endpoint, parse, read

MAPPED = '{{"public_ipaddr": "203.0.113.9", "ports": {{"22/tcp": [{{"HostPort": {}}}]}}}}'
FIELDS = '{{"ssh_host": "203.0.113.9", "ssh_port": {}}}'
NAMED = '{{"host": "203.0.113.9", "user": "root", "port": {}}}'


@pytest.mark.parametrize("shape", [MAPPED, FIELDS, NAMED])
@pytest.mark.parametrize("value", ["41234", "41234.0", '"41234"', '" 41234"'])
def test_a_port_of_an_answer_is_read_however_it_is_written(shape: str, value: str) -> None:
    """Programs write whole numbers with a point, too."""
    assert parse(shape.format(value)) == Endpoint(host="203.0.113.9", user="root", port=41234)


@pytest.mark.parametrize("shape", [MAPPED, FIELDS, NAMED])
@pytest.mark.parametrize("value", ['"22 -oProxyCommand=x"', "41234.5", "true", "false", "99999", "0", "1e400", '"x"'])
def test_what_is_no_port_in_an_answer_never_becomes_another(shape: str, value: str) -> None:
    """It would lead to port 22, where another machine may answer."""
    with pytest.raises(EndpointError, match=r"can't read") as caught:
        parse(shape.format(value))

    assert caught.value.cause == "the port is no number from 1 to 65535"


@pytest.mark.parametrize("shape", [MAPPED, NAMED])
def test_a_port_that_is_not_there_is_none(shape: str) -> None:
    """As before a box is ready."""
    assert parse(shape.format("null")).port is None


def test_a_field_of_ssh_goes_before_the_others() -> None:
    """The others may be those of a notebook."""
    text = '{"ip": "203.0.113.9", "host": "203.0.113.8", "port": 8888, "ssh_port": 2222, "sshIp": "203.0.113.7"}'

    assert parse(text) == Endpoint(host="203.0.113.7", port=2222)


LEFT_OUT = "left out: {}; host keys are always checked, and pinned for each alias"


@pytest.mark.parametrize(
    ("words", "kept", "left_out"),
    [
        ("-o StrictHostKeyChecking=yes", {"StrictHostKeyChecking": "yes"}, ""),
        ("-o StrictHostKeyChecking=ask", {}, ""),
        ("-o StrictHostKeyChecking=accept-new", {}, "StrictHostKeyChecking"),
        ("-o StrictHostKeyChecking=off", {}, "StrictHostKeyChecking"),
        (
            "-o StrictHostKeyChecking=no -oUserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/x",
            {},
            "StrictHostKeyChecking, UserKnownHostsFile, GlobalKnownHostsFile",
        ),
        ("-o UserKnownHostsFile=/etc/passwd", {}, "UserKnownHostsFile"),
        ("-o CertificateFile=/etc/passwd -oCertificateFile=/x", {"CertificateFile": "/etc/passwd"}, ""),
        ("-o CertificateFile=none", {}, ""),
    ],
)
def test_what_is_said_of_trust_is_kept_if_stricter_and_told_if_not(
    words: str, kept: dict[str, str], left_out: str
) -> None:
    """Consoles show the ones that turn the check off, and companies the others."""
    found = read(f"ssh {words} root@h.example.com")

    assert dict(found.endpoint.options) == kept
    assert found.told == ((LEFT_OUT.format(left_out),) if left_out else ())


def test_what_a_block_says_of_trust_is_treated_alike() -> None:
    """It is the same option, in another place."""
    found = read(
        "Host x\n HostName h.example.com\n StrictHostKeyChecking no\n CertificateFile ~/.ssh/none\n"
        "Host y\n HostName i.example.com\n StrictHostKeyChecking yes"
    )

    assert found.endpoint.options == (("CertificateFile", "~/.ssh/none"),)
    assert found.told == ("the certificate `~/.ssh/none` is not there", LEFT_OUT.format("StrictHostKeyChecking"))
    assert found.others[0].options == (("StrictHostKeyChecking", "yes"),)
