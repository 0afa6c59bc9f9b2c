"""Where a plain `ssh ALIAS` gets in, every task does: whatever the person's config, agent and jumps are."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conftest import lets_in
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.person import Person

DATA = b"weights" * 10_000


class Way:
    """A person, and a box with something to fetch."""

    def __init__(self, place: Path, person: Person, *, extra: str = "") -> None:
        self.place = place
        self.person = person
        (place / "box").mkdir()
        self.box = Sshd(place / "box", extra=extra)
        lets_in(self.box, person)
        (self.box.home / "ck").mkdir()
        (self.box.home / "ck" / "w").write_bytes(DATA)
        person.adds_alias("proj-1", self.box.port, self.box.user)
        (person.ssh / "known_hosts").write_text(f"proj-1 {self.box.host_key_line}\n")
        self.env: dict[str, str] = {}

    def config(self, lines: str, *, first: bool = True) -> None:
        """Add to the config file, before all else or behind it."""
        file = self.person.ssh / "config"
        old = file.read_text()
        file.write_text(f"Host *\n{lines}\nMatch all\n{old}" if first else f"{old}{lines}\n")

    def without(self, option: str) -> None:
        """Take an option out of our own block."""
        file = self.person.ssh / "config"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if line.split()[:1] != [option]))

    def gets_in(self) -> bool:
        """Whether `ssh` does."""
        argv = ["ssh", "-F", str(self.person.ssh / "config"), "-o", "BatchMode=yes", "proj-1", "true"]
        environment = self.person.environment | self.env
        done = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return done.returncode == 0


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    """The socket of an agent that is empty."""
    path = str(tmp_path / "agent")
    with subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL) as program:
        while not Path(path).exists():
            assert program.poll() is None
        yield path
        program.send_signal(signal.SIGTERM)


def holds(agent: str, key: Path) -> None:
    """Have the agent hold a key."""
    subprocess.run(["ssh-add", "-q", str(key)], env=os.environ | {"SSH_AUTH_SOCK": agent}, check=True)


def key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return path


def final(way: Way, _: str) -> None:
    way.config("Match final all\n    ServerAliveInterval 7", first=False)


def of_others(way: Way, _: str) -> None:
    way.config("Match host=elsewhere\n    User nobody", first=False)


def many_keys(way: Way, agent: str) -> None:
    for number in range(8):
        holds(agent, key(way.place / f"foreign{number}"))
    way.env["SSH_AUTH_SOCK"] = agent


def public_half(way: Way, agent: str) -> None:
    holds(agent, way.person.identity)
    way.person.identity.unlink()
    way.without("IdentityFile")
    way.config(f"    IdentityFile {way.person.identity}.pub")
    way.env["SSH_AUTH_SOCK"] = agent


def agent_named(way: Way, agent: str) -> None:
    holds(agent, way.person.identity)
    way.person.identity.rename(way.place / "away")
    way.config(f"    IdentityAgent {agent}")


def no_agent(way: Way, agent: str) -> None:
    for number in range(8):
        holds(agent, key(way.place / f"foreign{number}"))
    way.env["SSH_AUTH_SOCK"] = agent
    way.without("IdentitiesOnly")
    way.config("    IdentityAgent none")


def variable(way: Way, _: str) -> None:
    way.without("IdentityFile")
    way.config("    IdentityFile ${HOME}/.ssh/id_ed25519")


def certificate(way: Way, _: str) -> None:
    authority = key(way.place / "authority")
    trusted = authority.with_suffix(".pub").read_text()
    (way.box.home / ".ssh" / "authorized_keys").write_text(f"cert-authority {trusted}")
    signed = way.place / "k"
    shutil.copy(f"{way.person.identity}.pub", f"{signed}.pub")
    subprocess.run(["ssh-keygen", "-q", "-s", authority, "-I", "me", "-n", way.box.user, f"{signed}.pub"], check=True)
    way.config(f"    CertificateFile {signed}-cert.pub")


def no_session(way: Way, _: str) -> None:
    way.config("    StdinNull yes")


def own_master(way: Way, _: str) -> None:
    way.config(f"    ControlMaster auto\n    ControlPath {way.place}/m\n    ControlPersist 30")


def stale_master(way: Way, _: str) -> None:
    (way.place / "m").touch()
    way.config(f"    ControlMaster auto\n    ControlPath {way.place}/m")


def own_habits(way: Way, _: str) -> None:
    forwards = "    LocalForward 127.0.0.1:1 127.0.0.1:9\n"
    commands = "    PermitLocalCommand yes\n    LocalCommand echo hello"
    way.config(f"    RequestTTY force\n{forwards}{commands}")


def crlf(way: Way, _: str) -> None:
    file = way.person.ssh / "config"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))


def through(way: Way, _: str, *, hops: int) -> None:
    """The box itself is the jump: it has a name for each hop, all of them known."""
    names = [f"jump-{number + 1}" for number in range(hops)]
    for name in names:
        way.person.adds_alias(name, way.box.port, way.box.user)
    with (way.person.ssh / "known_hosts").open("a") as file:
        file.writelines(f"{name} {way.box.host_key_line}\n" for name in names)
    way.config(f"Host proj-1\n    ProxyJump {','.join(names)}", first=False)


def one_hop(way: Way, agent: str) -> None:
    through(way, agent, hops=1)


def two_hops(way: Way, agent: str) -> None:
    through(way, agent, hops=2)


# ssh_config(5): it gets a connection and passes it on through its standard output, a socket.
CONNECTS = """\
import array, socket, sys
there = socket.create_connection((sys.argv[1], int(sys.argv[2])))
socket.socket(fileno=1).sendmsg([b"\\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [there.fileno()]))])
"""


def passed_on(way: Way, _: str) -> None:
    program = way.place / "connects.py"
    program.write_text(CONNECTS)
    way.config(f"    ProxyCommand {sys.executable} {program} %h %p\n    ProxyUseFdpass yes")


CASES: list[Callable[[Way, str], None]] = [
    final, of_others, many_keys, public_half, agent_named, no_agent, variable, certificate, no_session,
    own_master, stale_master, own_habits, crlf, one_hop, two_hops, passed_on,
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_where_ssh_gets_in_every_task_does(
    case: Callable[[Way, str], None], tmp_path: Path, person: Person, agent: str
) -> None:
    way = Way(tmp_path, person, extra="MaxAuthTries 3\n")
    with way.box:
        case(way, agent)
        plain = way.gets_in()
        try:
            tasks(way)
        finally:
            # The person's own master, where the case has one.
            end = ["ssh", "-F", str(person.ssh / "config"), "-O", "exit", "proj-1"]
            subprocess.run(end, capture_output=True, check=False)
    assert plain


@pytest.mark.parametrize("option", ["SessionType none", "SessionType subsystem", "ForkAfterAuthentication yes"])
def test_an_alias_that_is_made_for_tunnels_only_carries_every_task_too(
    option: str, tmp_path: Path, person: Person
) -> None:
    way = Way(tmp_path, person)
    way.config(f"    {option}")
    with way.box:
        tasks(way)
        logins = way.box.log.read_text().count("Accepted publickey")

    assert logins == 3


ALGORITHMS = {
    "only sntrup761": "KexAlgorithms sntrup761x25519-sha512@openssh.com\n",
    "only chacha20": "Ciphers chacha20-poly1305@openssh.com\n",
    "only umac": "MACs umac-128-etm@openssh.com\nCiphers aes256-ctr\n",
    "only old ones": "KexAlgorithms diffie-hellman-group14-sha1\nCiphers aes128-cbc\nMACs hmac-sha1\n",
}


@pytest.mark.parametrize("offer", ALGORITHMS.values(), ids=ALGORITHMS)
def test_whatever_ssh_can_speak_with_a_server_we_can(offer: str, tmp_path: Path, person: Person) -> None:
    way = Way(tmp_path, person, extra=offer)
    way.config("    KexAlgorithms +diffie-hellman-group14-sha1\n    Ciphers +aes128-cbc\n    MACs +hmac-sha1")
    with way.box:
        assert way.gets_in()
        tasks(way)


def test_where_nothing_is_shared_it_is_said_once_and_not_tried_again(tmp_path: Path, person: Person) -> None:
    way = Way(tmp_path, person, extra="KexAlgorithms diffie-hellman-group1-sha1\n")
    with way.box:
        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/")

    assert said.exit_code == 16
    assert "`proj-1` and this machine's ssh share no algorithm" in said.stderr
    assert "diffie-hellman-group1-sha1" in said.stderr
    assert "attempt" not in said.stderr


def tasks(way: Way) -> None:
    """Do a bit of everything."""
    person = way.person
    checked = person.types("fab", "-H", "proj-1", "keys.check", env=way.env)
    pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here", "--verify", env=way.env)
    pushed = person.types(
        "fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up", "--engine=sftp", env=way.env
    )

    assert [said.exit_code for said in (checked, pulled, pushed)] == [0, 0, 0], pulled.stderr + pushed.stderr
    assert (person.home / "here" / "w").read_bytes() == DATA
    assert (way.box.home / "up" / "w").read_bytes() == DATA
