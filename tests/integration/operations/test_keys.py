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


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


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


def test_a_last_line_without_newline_is_not_glued(box: Sshd, person: Person) -> None:
    """The key before keeps working, and the new one too."""
    file = box.home / ".ssh" / "authorized_keys"
    mine = file.read_text()
    file.write_text(mine + "ssh-ed25519 AAAAsomebodyelse with a comment and no newline")
    (person.ssh / "other").write_bytes(person.identity.read_bytes())
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", person.ssh / "new"], check=True)

    said = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")

    assert said.exit_code == 0, said.stderr
    assert file.read_text().splitlines()[:2] == [
        mine.strip(),
        "ssh-ed25519 AAAAsomebodyelse with a comment and no newline",
    ]
    assert file.read_text().endswith((person.ssh / "new.pub").read_text())


def test_a_key_behind_options_counts_as_there(box: Sshd, person: Person) -> None:
    """Idempotence goes by key material; a commented line does not count."""
    file = box.home / ".ssh" / "authorized_keys"
    line = file.read_text().strip()
    file.write_text(f'# {line}\nno-pty,environment="A=b c" {line}\n')

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 0, said.stderr
    assert said.stdout.endswith("(no change)\n")


def test_a_line_that_restricts_the_key_is_told(box: Sshd, person: Person) -> None:
    """It stays, as a second line would change nothing: sshd takes the first."""
    file = box.home / ".ssh" / "authorized_keys"
    restricted = f'no-agent-forwarding,environment="A=secret" {file.read_text().strip()}\n'
    file.write_text(restricted)

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 0, said.stderr
    assert 'within what line 1 of ~/.ssh/authorized_keys allows: no-agent-forwarding,environment="A=..."' in said.stdout
    assert file.read_text() == restricted


def test_a_key_that_is_let_in_from_elsewhere_gets_a_line_of_its_own(box: Sshd, person: Person) -> None:
    """So does one that stands in the line of another, where two were joined."""
    file = box.home / ".ssh" / "authorized_keys"
    mine = file.read_text().strip()
    (person.ssh / "new").unlink(missing_ok=True)
    subprocess.run(["ssh-keygen", "-qt", "ed25519", "-N", "", "-f", person.ssh / "new"], check=True)
    new = (person.ssh / "new.pub").read_text()
    before = f'from="203.0.113.7" {new}{mine}{new}'
    file.write_text(before)

    first = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")
    second = person.types("inv", "keys.push", "--on=proj-1", f"--identity={person.ssh / 'new'}")

    assert first.exit_code == 0, first.stderr
    assert file.read_text() == before + new
    assert second.stdout.endswith("(no change)\n")


def test_wide_modes_are_narrowed(box: Sshd, person: Person) -> None:
    """Sshd refuses what others can write."""
    (box.home / ".ssh").chmod(0o775)
    (box.home / ".ssh" / "authorized_keys").chmod(0o664)

    first = person.types("inv", "keys.push", "--on=proj-1")
    second = person.types("inv", "keys.push", "--on=proj-1")

    assert not first.stdout.endswith("(no change)\n")
    assert second.stdout.endswith("(no change)\n")
    assert stat.S_IMODE((box.home / ".ssh").stat().st_mode) == 0o700
    assert stat.S_IMODE((box.home / ".ssh" / "authorized_keys").stat().st_mode) == 0o600


@pytest.mark.parametrize("volume_is_wiped", [False, True])
def test_a_symlinked_ssh_directory_stays_a_symlink(
    volume_is_wiped: bool, home: Path, person: Person, tmp_path: Path
) -> None:
    """Some images link `~/.ssh` into a volume, which may be empty."""
    volume = tmp_path / "volume"
    volume.mkdir()
    if not volume_is_wiped:
        (volume / "ssh").mkdir()
    (home / ".ssh").symlink_to(volume / "ssh")
    with EmbeddedBox(home=home, password=PASSWORD) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 0, said.stderr
    assert (home / ".ssh").is_symlink()
    assert (volume / "ssh" / "authorized_keys").read_text().split()[0] == "ssh-ed25519"


def test_a_read_only_ssh_directory_is_made_writable(home: Path, person: Person) -> None:
    """Its owner may, and 0700 is the mode it must have anyway."""
    (home / ".ssh").mkdir(mode=0o500)
    with EmbeddedBox(home=home, password=PASSWORD) as server:
        person.makes_key()
        person.adds_alias("proj-1", server.port)

        said = person.types("inv", "keys.push", "--on=proj-1", stdin=f"{PASSWORD}\n")

    assert said.exit_code == 0, said.stderr
    assert stat.S_IMODE((home / ".ssh").stat().st_mode) == 0o700


def test_a_private_key_is_never_pushed(box: Sshd, person: Person) -> None:
    """A `.pub` file that holds the other half is refused, and not shown."""
    pub = person.identity.with_suffix(".pub")
    pub.write_bytes(person.identity.read_bytes())

    said = person.types("inv", "keys.push", "--on=proj-1")

    assert said.exit_code == 30
    assert "holds no single public key" in said.stderr
    assert "OPENSSH PRIVATE" not in said.stderr + (box.home / ".ssh" / "authorized_keys").read_text()


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
