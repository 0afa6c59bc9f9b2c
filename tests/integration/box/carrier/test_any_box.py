"""Whatever shell, start-up file or server a box has: it works, or what can't work is told before anything is copied."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import signal
import socket
import subprocess
from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.any_box import DATA, DELAY_S, does_all, known
from tests.support.mounts import apart
from tests.support.processes import until
from tests.support.sshd import Sshd, openssh_sftp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.person import Person

SHELLS = ("sh", "bash", "dash", "zsh", "tcsh", "csh", "ksh", "fish", "busybox sh")
# As a bash does that sshd has started.
READS_A_FILE = """bash -c '. ./.start; eval "$2"' bash"""
START_UP = {
    "says something": "echo Welcome to your box; echo motd >&2",
    "goes elsewhere": "cd /tmp",
    "complains": "echo 'ls: /x: No such file or directory' >&2",
    "becomes another shell": "exec zsh",
    "says a prompt without an end": "printf 'user@box:~$ '",
}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_login_shell_passes_our_scripts_on(shell: str, tmp_path: Path, person: Person) -> None:
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", login_shell=shell), person, DELAY_S) as box:
        does_all(person, box)


@pytest.mark.parametrize("start_up", START_UP.values(), ids=START_UP)
def test_what_a_start_up_file_does_is_not_ours(start_up: str, tmp_path: Path, person: Person) -> None:
    """A server's program is started by the login shell, too; not by one that has become another."""
    (tmp_path / "box").mkdir()
    server = [] if start_up.startswith("exec") else ["sh", "-c", f". ./.start; exec {openssh_sftp()}"]
    with known(Sshd(tmp_path / "box", login_shell=READS_A_FILE, sftp_server=server), person, DELAY_S) as box:
        (box.home / ".start").write_text(f"{start_up}\n")
        does_all(person, box)


@pytest.mark.parametrize("start_up", ["exec fish", "echo Welcome; exec fish"])
def test_a_shell_in_the_place_of_every_command_is_told(start_up: str, tmp_path: Path, person: Person) -> None:
    """`ssh proj-1 true` runs nothing, as fish reads its input to the end first; a terminal does."""
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", login_shell=READS_A_FILE), person) as box:
        (box.home / ".start").write_text(f"{start_up}\n")
        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here")

    assert said.exit_code == 0, said.stderr
    assert said.stderr.count("[[ $- == *i* ]] || return") == 1
    assert "so ours go by one" in said.stderr
    assert [file.read_bytes() for file in (person.home / "here").iterdir()] == [DATA]


@pytest.mark.parametrize("program", ["ssh", "no ssh"])
@pytest.mark.parametrize("then", ["", "exec zsh"])
def test_a_start_up_file_that_takes_its_time_is_waited_for(
    then: str, program: str, tmp_path: Path, person: Person
) -> None:
    (tmp_path / "box").mkdir()
    (tmp_path / "bin").mkdir()
    env = {} if program == "ssh" else {"PATH": str(tmp_path / "bin")}
    with known(Sshd(tmp_path / "box", login_shell=READS_A_FILE), person) as box:
        # The second one is there at once, as on a disk that has been asked before.
        (box.home / ".start").write_text(f"[ -e .seen ] || {{ : >.seen; sleep 6; }}\n{then}\n")
        said = person.types("fab", "-H", "proj-1", "hygiene.stop", "no-such-program", env=env)

    assert said.exit_code == 0, said.stderr
    assert "place of" not in said.stderr


def test_one_session_at_a_time_is_enough(tmp_path: Path, person: Person) -> None:
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", extra="MaxSessions 1\n"), person, DELAY_S) as box:
        does_all(person, box)


def test_a_server_without_sftp_is_copied_from_by_rsync(tmp_path: Path, person: Person) -> None:
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", sftp_server=["false"]), person):
        pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here", "--verify")
        secret = person.types("fab", "-H", "proj-1", "secrets.push", "K", "--to=~/.k_key", stdin="s3cret\n")
        push = ("fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up")
        pushed = [person.types(*push, *more) for more in ((), ("--delete",), ("--delete", "--dry-run"))]

    assert (pulled.exit_code, secret.exit_code) == (0, 0), pulled.stderr + secret.stderr
    assert [said.exit_code for said in pushed] == [0] * 3, pushed[0].stderr + pushed[1].stderr


@pytest.mark.parametrize("task", ["transfer.pull", "keys.check"])
def test_an_account_for_files_only_says_before_the_copy_what_it_can_not_do(
    task: str, tmp_path: Path, person: Person
) -> None:
    words = ["--path=ck/", "--to=here", "--verify"] if task == "transfer.pull" else []
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", extra="ForceCommand internal-sftp\n"), person) as box:
        path = str(box.home / "ck") + "/"
        asked = person.types("fab", "-H", "proj-1", task, *(word.replace("ck/", path) for word in words))
        copied = person.types("fab", "-H", "proj-1", "transfer.pull", f"--path={path}", "--to=there")

    assert (asked.exit_code, copied.exit_code) == (16, 0), asked.stderr + copied.stderr
    assert not (person.home / "here").exists()
    assert (person.home / "there" / "it's $HOME!").read_bytes() == DATA


def test_a_box_that_wants_another_user_is_no_proxy(tmp_path: Path, person: Person) -> None:
    says = """ForceCommand echo 'Please login as the user "ubuntu" rather than the user "root".'; sleep 1; exit 142\n"""
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box", extra=says), person):
        said = person.types("fab", "-H", "proj-1", "keys.check")

    assert said.exit_code == 13
    assert "wants another user" in said.stderr
    assert "ubuntu@" in said.stderr


def test_a_refused_first_contact_shows_the_fingerprint_and_pins_nothing(tmp_path: Path, person: Person) -> None:
    (tmp_path / "box").mkdir()
    with known(Sshd(tmp_path / "box"), person) as box:
        (person.ssh / "known_hosts").unlink()
        with (person.ssh / "config").open("a") as file:
            file.write("\nHost *\n    StrictHostKeyChecking yes\n")
        said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/")

    assert said.exit_code == 17
    assert box.host_key_fingerprint in said.stderr
    assert not (person.ssh / "known_hosts").exists()


def test_a_key_that_an_authority_has_signed_is_known(tmp_path: Path, person: Person) -> None:
    """And one that is revoked is not, whatever else is said of it."""
    (tmp_path / "box").mkdir()
    authority = tmp_path / "authority"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority], check=True)
    extra = f'HostCertificate "{tmp_path}/box/host_key-cert.pub"\n'
    with known(Sshd(tmp_path / "box"), person) as box:
        box.stop()
        public = tmp_path / "box" / "host_key.pub"
        public.write_text(f"{box.host_key_line}\n")
        sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "box", "-h", "-n", "proj-1", str(public)]
        subprocess.run(sign, check=True)
        config = tmp_path / "box" / "sshd_config"
        config.write_text(extra + config.read_text())
        box.start()
        trusted = (tmp_path / "authority.pub").read_text()
        (person.ssh / "known_hosts").write_text(f"@cert-authority * {trusted}")
        signed = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here")
        (person.ssh / "known_hosts").write_text(f"@revoked * {trusted}@cert-authority * {trusted}")
        revoked = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=again")

    assert signed.exit_code == 0, signed.stderr
    assert "first contact" not in signed.stderr
    assert revoked.exit_code == 14, revoked.stderr


# The namespace is dropbear's alone: in it the home of whoever runs the tests is another directory.
_ELSEWHERE = """
mount --bind "$1" "$2" || exit
[ -z "$3" ] || mount --bind /dev/null "$3" || exit
shift 3
exec $BACK "$@"
"""


@contextlib.contextmanager
def dropbear(place: Path, *, sftp_server: str) -> Iterator[tuple[Path, int, str]]:
    """Run one on a free port of loopback; yield the home that it shows, the port and the host key."""
    home, key = place / "home", str(place / "host_key")
    (home / ".ssh").mkdir(mode=0o700, parents=True)
    home.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    subprocess.run(["dropbearkey", "-t", "ed25519", "-f", key], check=True, capture_output=True)
    told = subprocess.run(["dropbearkey", "-y", "-f", key], check=True, capture_output=True, text=True).stdout
    (host_key,) = [" ".join(line.split()[:2]) for line in told.splitlines() if line.startswith("ssh-ed25519")]
    words = ["dropbear", "-F", "-E", "-r", key, "-p", f"127.0.0.1:{port}", "-P", str(place / "pid")]
    own_home = pwd.getpwuid(os.getuid()).pw_dir
    argv = apart(_ELSEWHERE, str(home), own_home, sftp_server, *words)
    with (place / "log").open("wb") as log, subprocess.Popen(argv, stderr=log) as program:
        until(lambda: (place / "pid").exists() or program.poll() is not None)
        assert program.poll() is None, (place / "log").read_text()
        try:
            yield home, port, host_key
        finally:
            program.send_signal(signal.SIGTERM)


@pytest.mark.parametrize("has_sftp", [True, False])
@pytest.mark.mounts
def test_dropbear_is_a_box_like_any_other(has_sftp: bool, tmp_path: Path, person: Person) -> None:
    """It takes no command line of more than 9,000 bytes, and has no SFTP of its own."""
    server = "" if has_sftp else "/usr/lib/openssh/sftp-server"
    with dropbear(tmp_path, sftp_server=server) as (home, port, host_key), Link(port, delay_s=DELAY_S) as link:
        (home / ".ssh" / "authorized_keys").write_text(person.makes_key() + "\n")
        person.adds_alias("proj-1", link.port, getpass.getuser())
        (person.ssh / "known_hosts").write_text(f"proj-1 {host_key}\n")
        (home / "ck").mkdir()
        (home / "ck" / "w").write_bytes(DATA)
        checked = person.types("fab", "-H", "proj-1", "keys.check")
        pulled = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=ck/", "--to=here", "--verify")
        pushed = person.types("fab", "-H", "proj-1", "transfer.push", "--path=here/", "--to=up", "--engine=sftp")

    assert (checked.exit_code, pulled.exit_code) == (0, 0), checked.stderr + pulled.stderr
    assert pushed.exit_code == (0 if has_sftp else 16), pushed.stderr
    assert ("no --engine=sftp" in pushed.stderr) != has_sftp
    assert (person.home / "here" / "w").read_bytes() == DATA
    assert (home / "up").exists() == has_sftp
