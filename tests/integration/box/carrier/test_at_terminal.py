"""A box that gives nothing but a terminal: what goes by it, what it may be like, and what is refused."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from demo.box import EmbeddedBox
from ssh_transport.box import Box, boxes, piped, shell
from ssh_transport.box.carrier import over_terminal
from ssh_transport.box.carrier.at_terminal.ways import CLEAN, TEXT
from ssh_transport.box.carrier.spare import Spare
from ssh_transport.errors import EndpointTooWeak
from tests.support.any_box import DATA, does_all, known
from tests.support.processes import until
from tests.support.terminals import behind_a_gateway, terminal_only
from tests.support.way import ON_ONE_CONNECTION, way

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssh_transport.box.carrier.resting import Resting
    from tests.support.person import Person
    from tests.support.sshd import Sshd

    Reached = Callable[[Sshd], Box]

BYTES = bytes(range(256)) * 300
SHELLS = ("bash -l", "bash --posix", "zsh -i", "dash -i", "busybox ash -i", "fish -i", "ksh -i", "tcsh")
# What a gateway may do to what goes over it.
GATEWAYS = {
    "keeps flow control and interrupts to itself, and seven bits": behind_a_gateway(b"\x13\x11\x03", strips=True),
    "doubles what telnet would": behind_a_gateway(doubles=b"\xff"),
    "takes no zeroes": behind_a_gateway(b"\0"),
}


@pytest.fixture
def reached(person: Person, monkeypatch: pytest.MonkeyPatch) -> Reached:
    """Lead the person to a server, and return the box that it is."""
    monkeypatch.setenv("HOME", str(person.home))
    monkeypatch.setattr(over_terminal, "_ways", {})

    def reach(server: Sshd) -> Box:
        (server.home / ".ssh" / "authorized_keys").write_text(person.makes_key())
        person.adds_alias("proj-1", server.port, server.user)
        return boxes(Context(Config(lazy=True)), "proj-1")[0]

    return reach


def carries(box: Box) -> str:
    """Run a script with its three streams, and one that takes bytes to their end; return which way they went."""
    told = shell.run(box, 'printf %s "$1"; echo "$2" >&2; exit 3', "it's\n$HOME!", "told", check=False)
    assert told == shell.Result("it's\n$HOME!", "told", 3)
    assert piped.run(box, "cat", data=BYTES, limit_bytes=len(BYTES), silence_s=60, timeout_s=60) == BYTES
    return over_terminal._ways[box.address]


@pytest.mark.parametrize("words", SHELLS)
def test_whatever_shell_is_at_the_terminal(words: str, tmp_path: Path, reached: Reached) -> None:
    with terminal_only(tmp_path / "box", words, says="echo Welcome") as server:
        server.home.joinpath(".zshrc").touch()
        with reached(server) as box:
            assert carries(box) == CLEAN


def test_the_session_that_was_tried_takes_the_first_script(
    tmp_path: Path, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To open another takes round trips."""
    tried: list[Resting] = []
    taken: list[Resting | None] = []
    have, take = Spare.have, Spare.take

    def noted_have(spare: Spare, session: Resting) -> None:
        tried.append(session)
        have(spare, session)

    def noted_take(spare: Spare) -> Resting | None:
        taken.append(take(spare))
        return taken[-1]

    monkeypatch.setattr(Spare, "have", noted_have)
    monkeypatch.setattr(Spare, "take", noted_take)
    with terminal_only(tmp_path / "box") as server, reached(server) as box:
        assert shell.run(box, "echo done").stdout == "done\n"

    assert len(tried) == 1
    assert tried[0] in taken


@pytest.mark.parametrize("words", GATEWAYS.values(), ids=GATEWAYS)
def test_what_a_gateway_eats_goes_as_text(
    words: str, tmp_path: Path, reached: Reached, capsys: pytest.CaptureFixture[str]
) -> None:
    """Which is said once, with the speed to expect."""
    with terminal_only(tmp_path / "box", words) as server:
        with reached(server) as box:
            assert carries(box) == TEXT
        with reached(server) as box:
            carries(box)

    assert capsys.readouterr().err.count("base64, at 5 MB/s at most") == 1


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("sh -c 'echo This pod is stopped; exit 1'", "This pod is stopped"),
        ("python3 -i", "IndentationError: unexpected indent"),
        ("bash -r", "exec: restricted"),
        (behind_a_gateway(b"A"), "plain text too"),
        (behind_a_gateway(echoes=True), "plain text too"),
    ],
    ids=["a farewell", "no shell", "a restricted shell", "letters get lost", "whatever is typed is shown"],
)
def test_a_terminal_that_carries_nothing_is_refused_with_the_reason(
    words: str, why: str, tmp_path: Path, reached: Reached
) -> None:
    with (
        terminal_only(tmp_path / "box", words) as server,
        reached(server) as box,
        pytest.raises(EndpointTooWeak) as caught,
    ):
        shell.run(box, "true")

    assert why in str(caught.value)
    assert "direct TCP endpoint" in caught.value.hint


def test_without_stty_it_is_refused(tmp_path: Path, reached: Reached) -> None:
    (tmp_path / "bin").mkdir()
    for tool in ("sh", "head", "tail", "cat"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    with (
        terminal_only(tmp_path / "box", "sh -i", path=str(tmp_path / "bin")) as server,
        reached(server) as box,
        pytest.raises(EndpointTooWeak, match="has no `stty`"),
    ):
        shell.run(box, "true")


def test_start_up_files_may_take_what_is_typed_too_early(tmp_path: Path, reached: Reached) -> None:
    says = 'printf "Press Enter: "; read _; echo thanks'
    with terminal_only(tmp_path / "box", says=says) as server, reached(server) as box:
        carries(box)


def test_a_command_may_have_its_output_not_block(tmp_path: Path, reached: Reached) -> None:
    """As rsync has it; its input comes from the same terminal, and has to be waited for."""
    script = "python3 -c 'import os; os.set_blocking(1, False)'; cat | sha256sum"
    data = os.urandom(1_000_000)
    with terminal_only(tmp_path / "box") as server, reached(server) as box:
        carries(box)
        said = piped.run(box, script, data=data, limit_bytes=100, silence_s=60, timeout_s=60)

    assert said.split()[0].decode() == hashlib.sha256(data).hexdigest()


def test_what_a_task_does_goes_by_it(tmp_path: Path, person: Person) -> None:
    """A person does not type anything else than on any other box."""
    with known(terminal_only(tmp_path / "box", says="echo Welcome to your pod; echo motd >&2"), person) as box:
        does_all(person, box)


def test_where_one_session_is_allowed_it_works(tmp_path: Path, person: Person) -> None:
    with known(terminal_only(tmp_path / "box", extra="MaxSessions 1"), person):
        said = person.types("fab", "-H", "proj-1", "keys.check", "transfer.pull", "--path=ck/", "--to=here")

    assert said.exit_code == 0, said.stderr
    assert said.stderr.count("runs commands at a terminal only") == 1
    assert [path.read_bytes() for path in (person.home / "here").iterdir()] == [DATA]


def test_a_copy_goes_over_several_terminals(tmp_path: Path, person: Person) -> None:
    with known(terminal_only(tmp_path / "box"), person) as box:
        (box.home / "ck" / "large").write_bytes(os.urandom(3_000_000))
        # So that it takes longer than the logins do.
        words = ("transfer.pull", "--path=ck/", "--to=here", "--streams=3", "--bwlimit=700")
        said = person.types("fab", "-H", "proj-1", *words)

        assert said.exit_code == 0, said.stderr
        assert "on 3 connections" in said.stdout
        assert (person.home / "here" / "large").read_bytes() == (box.home / "ck" / "large").read_bytes()


def test_a_proxy_that_cuts_costs_what_was_under_way(tmp_path: Path, person: Person) -> None:
    """A terminal that goes away takes its rsync with it; the next attempt goes on behind what came."""
    size = 6_000_000
    with known(terminal_only(tmp_path / "box"), person) as box, way(box, person, rate_bytes_s=6_000_000) as link:
        (box.home / "ck" / "large").write_bytes(os.urandom(size))
        link.cut_at(4_000_000)
        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here")

        assert said.exit_code == 0, said.stderr
        assert "attempt 2" in said.stderr
        assert (person.home / "here" / "large").read_bytes() == (box.home / "ck" / "large").read_bytes()
        assert link.bytes_down < 1.5 * size


def test_a_proxy_that_cuts_again_and_again_is_outlived(tmp_path: Path, person: Person) -> None:
    """As one that lets no connection live longer than a minute: each attempt goes on, and the screen says so."""
    size, lives_for = 6_000_000, 1_500_000
    with known(terminal_only(tmp_path / "box"), person) as box:
        # One attempt more may bring nothing new: those that bring some do not count.
        settings = ON_ONE_CONNECTION.replace("}", ", attempts: 2}")
        with way(box, person, rate_bytes_s=3_000_000, settings=settings) as link:
            (box.home / "ck" / "large").write_bytes(os.urandom(size))
            for number in range(1, 4):
                link.cut_at(number * lives_for)
            said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here", "--verify")

            assert said.exit_code == 0, said.stderr
            assert [f"attempt {number} in" in said.stderr for number in range(2, 6)] == [True, True, True, False]
            assert link.bytes_down < 1.5 * size
        assert (person.home / "here" / "large").read_bytes() == (box.home / "ck" / "large").read_bytes()


def test_what_runs_there_ends_with_us(tmp_path: Path, person: Person) -> None:
    """However we end: the terminal hangs up."""
    with known(terminal_only(tmp_path / "box"), person) as box:
        marker = box.home / "pid"
        code = (
            "from invoke import Context; from ssh_transport.box import boxes, shell\n"
            f"""shell.run(boxes(Context(), "proj-1")[0], 'echo $$ >{marker}; exec sleep 600')"""
        )
        with person.starts("python", "-c", code) as process:
            until(lambda: marker.exists() and marker.read_text().endswith("\n"))
            process.send_signal(signal.SIGKILL)

        until(lambda: not Path(f"/proc/{marker.read_text().strip()}").exists())


def test_a_profile_says_it_before_anything_is_tried(tmp_path: Path, person: Person) -> None:
    profiles = person.home / ".config" / "ssh-transport" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "generic.toml").write_text('[[endpoints]]\nname = "proxied"\ncapabilities = ["terminal"]\n')
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    with EmbeddedBox(home=tmp_path / "home", pty_required=True) as server:
        person.adds_alias("proj-1", server.port)
        said = person.types("inv", "keys.check", "--on=proj-1")

        assert said.exit_code == 0, said.stderr
        assert server.commands == []
