"""Pasted connection strings lead where `ssh` would go, or are refused without being shown."""

from __future__ import annotations

import contextlib
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.errors import EndpointError
from ssh_transport.openssh import resolution
from ssh_transport.platforms.endpoint import Endpoint, parse, port, target
from tests.support.examples import max_examples

if TYPE_CHECKING:
    import ipaddress

_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9](\.[a-z0-9]{1,6}[a-z]){0,2}", fullmatch=True)
_HOSTS = st.one_of(_NAMES, st.ip_addresses().filter(lambda address: not address.is_unspecified).map(str))
_USERS = st.from_regex(r"[a-z_][a-zA-Z0-9._@+-]{0,12}", fullmatch=True)
_PORTS = st.integers(1, 65535)


def to(host: str, user: str | None = None, number: int | None = None, identity: str = "", **more: Any) -> Endpoint:
    return Endpoint(host=host, user=user, port=number, identity=identity, **more)


class Accepted(NamedTuple):
    text: str
    endpoint: Endpoint


@pytest.mark.parametrize(
    "case",
    [
        Accepted("ssh -p 38076 root@region-1.autodl.com", to("region-1.autodl.com", "root", 38076)),
        Accepted("ssh root@203.0.113.12 -p 17445 -i ~/.k", to("203.0.113.12", "root", 17445, "~/.k")),
        Accepted("ssh -p17445 root@web", to("web", "root", 17445)),
        Accepted("ssh -l root -p 22 web", to("web", "root", 22)),
        Accepted("ssh -i '~/keys/my key.pem' ubuntu@web", to("web", "ubuntu", None, "~/keys/my key.pem")),
        Accepted(
            'ssh -i "a b" -J me@jump:2222 web', to("web", identity=str(Path("a b").absolute()), jump="me@jump:2222")
        ),
        Accepted('ssh -i /o"\'"brien/k web', to("web", identity="/o'brien/k")),
        Accepted("ssh -CNg -L 6006:h:6006 root@web -p 1", to("web", "root", 1, tunnels=("6006:h:6006",))),
        Accepted(
            "ssh -p 1234 root@198.51.100.3 -L 80:h:80 -L 50:h:50 -R 1:h:2 -D 1080",
            to("198.51.100.3", "root", 1234, tunnels=("80:h:80", "50:h:50")),
        ),
        Accepted("ssh -o StrictHostKeyChecking=no -A -t root@web", to("web", "root")),
        Accepted(
            "ssh -o Port=2222 -oUser=me -o 'IdentityFile /k' -oProxyJump=j web", to("web", "me", 2222, "/k", jump="j")
        ),
        Accepted("ssh -- root@web", to("web", "root")),
        Accepted("ssh root@web ls -la -p 5", to("web", "root")),
        Accepted("ssh -l root -p 1 me@web", to("web", "root", 1)),
        Accepted("ssh ab12-6441103b@ssh.runpod.io -i /k", to("ssh.runpod.io", "ab12-6441103b", None, "/k")),
        Accepted("ssh://root@203.0.113.7:41234", to("203.0.113.7", "root", 41234)),
        Accepted("ssh ssh://root@[2001:db8::7]:41234/", to("2001:db8::7", "root", 41234)),
        Accepted("scp://root@203.0.113.7:41234/x", to("203.0.113.7", "root", 41234)),
        Accepted("scp -rP 35394 a b root@web:/x", to("web", "root", 35394)),
        Accepted("scp -i /k root@[2001:db8::7]:/x .", to("2001:db8::7", "root", None, "/k")),
        Accepted("scp ./a:b root@web:", to("web", "root")),
        Accepted("scp -p -l 800 a me@web:x", to("web", "me")),
        Accepted("sftp -P 22 root@web:/x", to("web", "root", 22)),
        Accepted("203.0.113.39:13007 -> :22", to("203.0.113.39", "root", 13007)),
        Accepted("1.2.3.4:1 -> 8081/tcp\n1.2.3.4:2 -> 22/tcp", to("1.2.3.4", "root", 2)),
        Accepted("[2001:db8::7]:5 -> 22/tcp", to("2001:db8::7", "root", 5)),
        Accepted("登录指令: ssh -p 6666 root@web\n密码: x", to("web", "root", 6666)),
        Accepted("password: a@b\nroot@web:7\n", to("web", "root", 7)),
        Accepted("Connect with the following command:ssh paperspace@203.0.113.5", to("203.0.113.5", "paperspace")),
        Accepted("ssh\u3000\uff0dp\u3000\uff12\uff12 root\uff20web", to("web", "root", 22)),
        Accepted("ssh \u2013p\u00a022 \u201croot@web\u201d\u200b", to("web", "root", 22)),
        Accepted("root@web:\uff12\uff12", to("web", "root", 22)),
        Accepted("root@web:12345", to("web", "root", 12345)),
        Accepted("  root@web -p 12345\n", to("web", "root", 12345)),
        Accepted("my box:\nroot@web:1", to("web", "root", 1)),
        Accepted("web", to("web")),
        Accepted("web:65535", to("web", None, 65535)),
        Accepted("2001:db8::7", to("2001:db8::7")),
        Accepted("root@2001:db8::7", to("2001:db8::7", "root")),
        Accepted("root@fe80::1%eth0", to("fe80::1%eth0", "root")),
        Accepted("[2001:db8::7]", to("2001:db8::7")),
        Accepted("root@[2001:db8::7]:22", to("2001:db8::7", "root", 22)),
        Accepted("me@corp.example@web:22", to("web", "me@corp.example", 22)),
    ],
    ids=lambda case: case.text,
)
def test_a_pasted_string_is_read(case: Accepted) -> None:
    """What platforms show and people type leads to user, host, port, key, jump and tunnels."""
    assert case.endpoint == parse(case.text)


@pytest.mark.parametrize("name", ["a100", "dead", "3f2a", "10"])
def test_a_host_of_hexadecimal_letters_may_have_a_port(name: str) -> None:
    """`a100:2222` is a host and a port, not an IPv6 address."""
    assert to(name, None, 2222) == parse(f"{name}:2222")


@pytest.mark.parametrize("text", ["ssh -p 1 root@web -p 2", "ssh -l root -l me web -p 1", "ssh root@web -l me -p 1"])
def test_the_first_of_several_values_counts(text: str) -> None:
    """`ssh` takes the first user and the first port that a command line says."""
    assert to("web", "root", 1) == parse(text)


def test_the_order_of_options_does_not_depend_on_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`POSIXLY_CORRECT` makes `getopt` stop at the first operand, `ssh` goes on."""
    monkeypatch.setenv("POSIXLY_CORRECT", "1")

    assert to("web", "root", 22) == parse("ssh root@web -p 22")


class Refused(NamedTuple):
    text: str
    cause: str


@pytest.mark.parametrize(
    "case",
    [
        Refused("", "it is empty"),
        Refused(" \n\u3000\n", "it is empty"),
        Refused("密码: x", "it is empty"),
        Refused("ssh -p 22", "no host is in it"),
        Refused("ssh -i 'k root@web", "quotes: no closing quotation"),
        Refused("ssh -p", "an option of ssh: -p"),
        Refused("ssh -Z root@web", "an option of ssh: -Z"),
        Refused("scp -p 22 a b", "no side of the copy"),
        Refused("scp -Z a b", "an option of scp: -Z"),
        Refused("1.2.3.4:1 -> 8081/tcp", "no port mapping to 22"),
        Refused("1.2.3.4:1 -> 2222/tcp", "no port mapping to 22"),
        Refused("ssh web ls -la", "2 words too many after the host"),
        Refused("ssh root@a root@b root@c", "2 words too many after the host"),
        Refused("ssh -p 0 root@web", "the port is no number"),
        Refused("ssh -p 65536 root@web", "the port is no number"),
        Refused("root@web:", "the port is no number"),
        Refused("root@web:22x", "the port is no number"),
        Refused("root@web:" + "1" * 5000, "the port is no number"),
        Refused("root@web:\u0662\u0662", "the port is no number"),
        Refused("root@-oProxyCommand=x", "by which way to go"),
        Refused("root@-oPort=x", "the host is no name or address"),
        Refused("root@web..", "the host is no name or address"),
        Refused("root@$(id)", "the host is no name or address"),
        Refused("ssh -l -x web", "the user is no login name"),
        Refused("$(id)@web", "the user is no login name"),
        Refused("me$(id)@web", "the user is no login name"),
        Refused("ssh -l 'me -x' web", "the user is no login name"),
        Refused("@web", "not of the form"),
        Refused("root@[::1", "not of the form"),
        Refused("root@[::1]]:22", "not of the form"),
        Refused("root@web:22:33", "the host is no name or address"),
        Refused("ssh -J 'a b' web", "the jump host"),
        Refused("ssh -i '' web", "the identity file"),
        Refused("ssh -i '/a\"b' web", "the identity file"),
        Refused("ssh -i '/a\x07' web", "the identity file"),
        Refused("ssh -L '\x1b' web", "a tunnel"),
    ],
    ids=lambda case: case.text[:20] or "nothing",
)
def test_an_unreadable_string_is_refused(case: Refused) -> None:
    """The cause says which part can't be read, and the hint shows a string that can."""
    with pytest.raises(EndpointError) as caught:
        parse(case.text)

    assert case.cause in caught.value.cause
    assert to("connect.westb.seetacloud.com", "root", 38076) == parse(caught.value.hint.split("'")[1])


@pytest.mark.parametrize(
    "text",
    [
        "ssh://root:hunter2@web:22",
        "password:hunter2",
        "ssh -p\n--hunter2",
        "ssh root@web --hunter2",
        "密码\uff1ahunter2",
        "ssh web -p hunter2",
        "ssh web hunter2",
        "root@web:hunter2",
        "hunter2@hunter2@",
        "ssh -l hunter2! web",
        "ssh -J 'hunter2 x' web",
        "ssh -i '\x07hunter2' web",
        "scp hunter2 x",
        "登录指令: ssh -p 0 root@i-1.gpushare.com\n密码: hunter2",
    ],
)
def test_the_error_repeats_nothing_of_a_pasted_text(text: str) -> None:
    """A password in a URL, on a line of its own or in a wrong place is not shown."""
    with pytest.raises(EndpointError) as caught:
        parse(text)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("option", ["-i", "-J", "-L", "-l"])
def test_a_pasted_value_is_one_line(option: str) -> None:
    """A newline in a key or a jump would become a line of its own in the config file."""
    with contextlib.suppress(EndpointError):
        assert "\n" not in repr(parse(f"ssh {option} 'x\nLocalCommand y' root@web"))


@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(
            st.one_of(
                st.sampled_from(
                    ["ssh", "scp", "-p", "-p22", "-i", "-l", "root@web", "--", "--x", "[::1]:1", "-> 22", "://", "\n"]
                ),
                st.text(),
            ),
            max_size=6,
        ).map(" ".join),
    )
)
def test_no_text_is_too_strange(text: str) -> None:
    """Any text is read or refused."""
    for reader in (parse, target):
        with contextlib.suppress(EndpointError):
            assert reader(text).host
    with contextlib.suppress(EndpointError):
        assert 0 < port(text) < 65536


@given(host=_HOSTS, user=_USERS, number=_PORTS)
def test_what_is_rendered_reads_back(host: str, user: str, number: int) -> None:
    """A command, a URL, a mapping and a target all lead to the endpoint they were made from."""
    bracketed = f"[{host}]" if ":" in host else host
    expected = to(host, user, number)

    assert expected == parse(f"ssh -p {number} {user}@{host}")
    assert expected == parse(f"scp -P {number} x {user}@{bracketed}:")
    assert expected == parse(f"{user}@{bracketed}:{number}")
    assert expected == parse(f"ssh://{user}@{bracketed}:{number}")
    assert expected == target(f"{user}@{bracketed}:{number}")
    assert to(host, "root", number) == parse(f"{bracketed}:{number} -> 22/tcp")


_ENDPOINTS = st.builds(
    Endpoint,
    host=_HOSTS,
    user=st.none() | _USERS,
    port=st.none() | _PORTS,
    identity=st.sampled_from(["", "~/k", "/my key", "/o'brien/k"]),
    jump=st.sampled_from(["", "j", "me@[::1]:2,k"]),
    tunnels=st.lists(st.sampled_from(["80:h:80", "/a b:h:1"]), max_size=2).map(tuple),
)


@given(_ENDPOINTS)
def test_an_endpoint_is_shown_as_a_command_that_leads_there(endpoint: Endpoint) -> None:
    """The text of an endpoint reads back as the same endpoint."""
    assert endpoint == parse(str(endpoint))


@max_examples(25)
@given(
    host=st.one_of(_NAMES, st.ip_addresses(v=4).map(str), st.just("2001:db8::7")),
    user=_USERS,
    number=_PORTS,
    data=st.data(),
)
def test_ssh_itself_goes_to_the_same_place(host: str, user: str, number: int, data: st.DataObject) -> None:
    """Options in any order, glued or not, before or after the host: `ssh -G` agrees on user, host and port."""
    options = [
        data.draw(st.sampled_from([["-p", str(number)], [f"-p{number}"], [f"-Cp{number}"], [f"-oPort={number}"]])),
        data.draw(st.sampled_from([["-L", "80:localhost:80"], ["-N"], ["-4A"], ["-oBatchMode=yes"]])),
        data.draw(st.sampled_from([["-i", "a b"], ["-J", "jump:22"]])),
    ]
    who = data.draw(st.sampled_from([[["-l", user], [host]], [[f"{user}@{host}"]]]))
    words = [word for option in data.draw(st.permutations([*options, *who])) for word in option]
    said = parse(shlex.join(["ssh", *words]))
    known = resolution.query(None, "ignored", ["-F", "none", *words, "-T"])

    assert (said.host, said.user, str(said.port)) == (known["hostname"][0], known["user"][0], known["port"][0])


@given(st.ip_addresses(v=6))
def test_a_bare_address_is_never_split(address: ipaddress.IPv6Address) -> None:
    """The last group of an IPv6 address is not taken for a port."""
    assert to(str(address)) == target(str(address))
    assert to(address.exploded, "root") == target(f"root@{address.exploded}")


def test_a_list_of_ports_without_22_is_no_string() -> None:
    """Vast's list may lack SSH; its other ports are none."""
    with pytest.raises(EndpointError):
        parse("198.51.100.74:33526 -> 8081/tcp")
