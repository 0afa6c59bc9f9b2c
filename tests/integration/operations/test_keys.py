"""Keys: made once, let in once, proved by a login."""

from __future__ import annotations

import stat
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from demo.box import EmbeddedBox
from ssh_transport.openssh.public_key import public_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

PASSWORD = "correct horse"


@pytest.fixture(params=[False, True], ids=["password", "keyboard-interactive"])
def locked_box(request: pytest.FixtureRequest, home: Path, person: Person) -> Iterator[EmbeddedBox]:
    """A box that asks for a password until a key is in."""
    with EmbeddedBox(home=home, password=PASSWORD, keyboard_interactive_only=request.param) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)
        yield server


def test_a_generated_key_is_ed25519_and_private(person: Person) -> None:
    """`ssh-keygen` reads it, nobody else can, and the comment is ours."""
    said = person.types("inv", "keys.generate", "--comment=me@here")

    shown = subprocess.run(["ssh-keygen", "-lf", person.identity], capture_output=True, text=True, check=True).stdout
    derived = subprocess.run(["ssh-keygen", "-yf", person.identity], capture_output=True, text=True, check=True).stdout
    assert said.exit_code == 0
    assert "me@here (ED25519)" in shown
    assert stat.S_IMODE(person.identity.stat().st_mode) == 0o600
    assert derived.split()[1] == person.identity.with_suffix(".pub").read_text().split()[1]


def test_an_existing_key_is_never_overwritten(person: Person) -> None:
    """The second run says so and changes nothing, whatever the file holds."""
    person.ssh.mkdir()
    person.identity.write_text("precious")

    said = person.types("inv", "keys.generate")

    assert said.stdout == f"{person.identity} exists (no change)\n"
    assert person.identity.read_text() == "precious"
    assert not person.identity.with_suffix(".pub").exists()


def test_a_password_is_asked_once_and_then_never_again(locked_box: EmbeddedBox, person: Person) -> None:
    """The first push logs in with the password and proves the key; the second changes nothing and asks nothing."""
    first = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")
    logins = list(locked_box.logins)
    second = person.types("inv", "keys.push", "--on=proj-1")
    check = person.types("inv", "keys.check", "--on=proj-1")

    assert first.exit_code == 0, first.stderr
    assert first.stdout.endswith(" may log in\n")
    assert logins[0] in {"password", "keyboard-interactive"}
    assert logins[1:] == ["publickey"]
    assert second.stdout.endswith(" may log in (no change)\n")
    assert check.exit_code == 0
    assert PASSWORD not in first.stdout + first.stderr


def test_fab_hands_over_the_password_it_asked_for(locked_box: EmbeddedBox, person: Person) -> None:
    """Fabric's own flag works; here its prompt reads from standard input."""
    said = person.types(
        "fab", "--prompt-for-login-password", "-H", "proj-1", "keys.push", stdin=f"{PASSWORD}\n",
        env={"PYTHONWARNINGS": "ignore"},
    )  # fmt: skip

    assert said.exit_code == 0, said.stderr
    assert locked_box.logins[-1] == "publickey"


def test_a_wrong_password_is_an_error_of_the_login(locked_box: EmbeddedBox, person: Person, home: Path) -> None:
    """Nothing is written on the box."""
    said = person.types("inv", "keys.push", "--on=proj-1", stdin="wrong\n")

    assert said.exit_code == 13
    assert said.stderr.splitlines()[-1].startswith("hint: ")
    assert not (home / ".ssh").exists()


def test_no_password_at_all_says_how_to_give_one(locked_box: EmbeddedBox, person: Person) -> None:
    """Standard input at its end is no empty password."""
    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 13
    assert "`proj-1` wants a password, and none was given" in said.stderr


def test_check_never_falls_back_to_a_password(home: Path, person: Person) -> None:
    """A box that would take a password is not let in without a key."""
    with EmbeddedBox(home=home, password=PASSWORD) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.check", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 13
    assert said.stderr.endswith("hint: push the key first: inv keys.push --on proj-1\n")


def test_a_key_gets_to_where_commands_are_run_at_a_terminal_only(home: Path, person: Person) -> None:
    """It is typed there, and lets in afterwards."""
    with EmbeddedBox(home=home, password=PASSWORD, pty_required=True) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

        assert said.exit_code == 0, said.stderr
        assert (home / ".ssh" / "authorized_keys").read_text().endswith(f"{public_key(person.identity).line}\n")
        assert person.types("inv", "keys.check", "--on=proj-1").exit_code == 0


def test_what_gives_a_person_no_shell_is_refused_with_the_way_out(home: Path, person: Person) -> None:
    with EmbeddedBox(home=home, password=PASSWORD, pty_required=True, at_terminal=("/bin/echo", "stopped")) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 16
    assert "it shows:\n         stopped\n" in said.stderr
    assert "copy the direct TCP endpoint" in said.stderr


def test_a_public_half_alone_is_not_overwritten(person: Person) -> None:
    """Its private half may be on a hardware token."""
    person.ssh.mkdir()
    public = person.identity.with_suffix(".pub")
    public.write_text("ssh-ed25519 AAAAmine token\n")

    said = person.types("inv", "keys.generate")

    assert said.stdout == f"{public} exists (no change)\n"
    assert public.read_text() == "ssh-ed25519 AAAAmine token\n"
    assert [public] == list(person.ssh.iterdir())


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment that leads to an `ssh-agent` of the test's own."""
    # A socket's whole path has room for 107 bytes.
    with tempfile.TemporaryDirectory(prefix="agent-") as place:
        socket = Path(place) / "socket"
        process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while not socket.exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield {"SSH_AUTH_SOCK": str(socket)}
        process.terminate()
        process.wait()


def test_an_encrypted_key_that_the_agent_holds_opens_the_door(box: Sshd, person: Person, agent: dict[str, str]) -> None:
    """With ``IdentitiesOnly`` too, which lets only this key of the agent's in: the file can't be opened without it."""
    config = person.ssh / "config"
    config.write_text("IdentitiesOnly yes\n" + config.read_text())
    environment = person.environment | agent
    stranger = person.ssh / "stranger"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", stranger], check=True)
    subprocess.run(["ssh-add", "-q", stranger, person.identity], env=environment, check=True, capture_output=True)
    subprocess.run(["ssh-keygen", "-qp", "-P", "", "-N", "secret phrase", "-f", person.identity], check=True)
    (box.home / "x").write_text("x")

    alone = person.types("inv", "keys.check", "--on=proj-1")
    check = person.types("inv", "keys.check", "--on=proj-1", env=agent)
    pull = person.types("inv", "transfer.pull", "--on=proj-1", "--path=x", "--to=here/", env=agent)

    assert alone.exit_code == 13
    assert check.exit_code == 0, check.stderr
    assert pull.exit_code == 0, pull.stderr
    assert "(rsync)" in pull.stderr


def test_a_key_whose_private_half_an_agent_holds_is_the_alias_s_own(
    box: Sshd, person: Person, agent: dict[str, str]
) -> None:
    """A token has it, or another machine: its public half says which key it is."""
    env = {**person.environment, **agent}
    subprocess.run(["ssh-add", "-q", person.identity], env=env, check=True, capture_output=True)
    public = person.identity.with_suffix(".pub").rename(person.ssh / "work.pub")
    person.identity.unlink()
    config = person.ssh / "config"
    config.write_text(config.read_text().replace(str(person.identity), str(person.ssh / "work")))
    person.types("inv", "keys.generate")

    said = person.types("inv", "keys.push", "--on=proj-1", env=agent)

    assert said.exit_code == 0, said.stderr
    assert public_key(public).fingerprint in said.stdout


def test_a_locked_key_that_another_one_hides_is_not_blamed_on_the_box(box: Sshd, person: Person) -> None:
    other = person.ssh / "other"
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "a passphrase", "-f", other], check=True)

    said = person.types("inv", "keys.push", "--on=proj-1", f"--identity={other}")

    assert said.exit_code == 0, said.stderr
    assert "not tried, as it has a passphrase that nobody was asked for" in said.stdout
