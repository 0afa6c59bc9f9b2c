"""A secret is in its file on the box and in the hands of whom it is meant for: nowhere else, not for a moment."""

from __future__ import annotations

import base64
import contextlib
import http.server
import secrets
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from demo.link import Link
from tests.conftest import lets_in
from tests.support.at_a_terminal import answers
from tests.support.filesystems import small
from tests.support.leak_watch import LeakWatch, files_with, new_temporary_files_with
from tests.support.mounts import need_safe_places
from tests.support.person import Person, Said
from tests.support.sshd import Sshd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VARIABLE = "MINE_API_KEY"
# Of the shell's own words: a program that it started would have the variable too.
WITH = f'[ "${{#{VARIABLE}}}" = 40 ]'
SHOWS = f'echo "${VARIABLE}"; exit 3'
BIG = 10_000
CUT_AT_BYTES = 150_000
LEAST_SAMPLES = 500

BACKEND = """
import keyring.backend, pathlib

class Ring(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, username):
        return pathlib.Path(__file__).with_name("ring").read_text()

    set_password = None
"""
OWN = """
[asked]
service = "Asked"
check = {{url = "{url}", header = "X-Key: {{secret}}"}}
[basic]
service = "Basic"
check = {{url = "{url}", user = "me:{{secret}}"}}
"""


@pytest.fixture
def person(tmp_path: Path) -> Person:
    """One whose programs are processes of their own: a fork would show the words of another."""
    return Person(tmp_path / "you")


@pytest.fixture
def canary() -> str:
    return secrets.token_hex(20)


@pytest.fixture
def service(canary: str) -> Iterator[str]:
    """A service that takes the canary as a header or for a password, and says what it was sent to all others."""
    basic = "Basic " + base64.b64encode(f"me:{canary}".encode()).decode()

    class Service(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(
                200 if self.headers["X-Key"] == canary or self.headers["Authorization"] == basic else 401
            )
            self.end_headers()
            self.wfile.write(bytes(self.headers))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def both(person: Person, tmp_path: Path) -> Iterator[tuple[Sshd, Sshd]]:
    """Two boxes that log all they can: `sftp-1`, and `exec-1` without SFTP; `cut-1` and `cut-2` lead there too."""
    with contextlib.ExitStack() as stack:
        found = []
        for number, name in enumerate(("sftp-1", "exec-1"), 1):
            (tmp_path / name).mkdir()
            sshd = stack.enter_context(Sshd(tmp_path / name, extra="LogLevel DEBUG3"))
            lets_in(sshd, person)
            person.adds_alias(name, sshd.port)
            link = stack.enter_context(Link(sshd.port))
            link.cut_at(CUT_AT_BYTES)
            person.adds_alias(f"cut-{number}", link.port)
            with (person.ssh / "known_hosts").open("a") as file:
                file.write(f"{name},cut-{number} {sshd.host_key_line}\n")
            found.append(sshd)
        forced = found[1].home.parent / "forced_command"
        forced.write_text(forced.read_text().replace("internal-sftp*) exec ", "internal-sftp*) exit 1; "))
        yield found[0], found[1]


@pytest.fixture
def sources(person: Person, canary: str, service: str) -> dict[str, str]:
    """Every source but standard input holds the canary; the environment that leads to them."""
    config = person.home / ".config" / "ssh-transport" / "secrets.toml"
    config.parent.mkdir(parents=True)
    config.write_text(OWN.format(url=service))
    place = person.home / "sources"
    place.mkdir(mode=0o700)
    (place / "canary_ring.py").write_text(BACKEND)
    (place / "ring").write_text(canary)
    (place / "netrc").write_text(f"machine api.wandb.ai login user password {canary}\n")
    (place / "netrc").chmod(0o600)
    (place / "file").write_text(f"{canary}\n")
    (place / "big").write_text(f"{canary}\n" * BIG)
    return {
        "FROM_ENV": canary,
        "LATER": canary,
        "NETRC": str(place / "netrc"),
        "PYTHONPATH": str(place),
        "PYTHON_KEYRING_BACKEND": "canary_ring.Ring",
        "TMPDIR": str(person.home / "tmp"),
    }


def may_have(words: list[bytes]) -> bool:
    """Whether it is the program that was given the variable, or the one that a check runs with it."""
    return b"--env=FROM_ENV" in words or words[-2:] in ([b"-c", WITH.encode()], [b"-c", SHOWS.encode()])


def chained(person: Person, environment: dict[str, str]) -> Said:
    """Every source that is no standard input, every kind of file, and all that tells more than usual."""
    return person.types(
        "fab",
        "--debug",
        "--echo",
        "--hosts=sftp-1,exec-1",
        *("secrets.push", "mine", "--env=FROM_ENV"),
        *("secrets.verify", "mine", f"--with={WITH}"),
        *("secrets.push", "wandb", "--netrc=api.wandb.ai"),
        *("secrets.push", "github", "--file=sources/file"),
        *("secrets.push", "deep", "--file=sources/file", "--whole", "--to=~/deep/er/key"),
        *("secrets.push", "ring", "--keyring=service/me", "--json"),
        *("secrets.push", "later", "--env=LATER"),
        *("secrets.verify", "wandb", f"--with={WITH}", f"--variable={VARIABLE}", "--json"),
        *("secrets.list", "--json"),
        *("secrets.forget", "deep", "--json", "secrets.forget", "ring"),
        env=environment,
    )


def piped(person: Person, environment: dict[str, str], canary: str) -> Said:
    """By a pipe, to a service that takes it; then a command that shows it."""
    without = {name: value for name, value in environment.items() if value != canary}
    asked = ("secrets.push", "asked", "secrets.verify", "asked", "secrets.forget", "asked")
    shown = ("secrets.verify", "shown", f"--with={SHOWS}", f"--variable={VARIABLE}", "--json")
    return person.types(
        "fab",
        "--hosts=sftp-1,exec-1",
        *asked,
        *("secrets.push", "shown", "--file=sources/file", *shown),
        stdin=f"{canary}\n",
        env=without,
    )


def typed(person: Person, environment: dict[str, str], canary: str) -> Said:
    """At a prompt, with a terminal that shows what it does not hide."""
    words = ("fab", "--hosts=sftp-1,exec-1", "secrets.push", "basic", "secrets.verify", "basic")
    without = {name: value for name, value in environment.items() if value != canary}
    return answers(person, words, "basic: ", canary, env=person.environment | without)


def broken(person: Person, environment: dict[str, str], canary: str) -> list[Said]:
    """A link that breaks in the middle, and a disk that is full then."""
    without = {name: value for name, value in environment.items() if value != canary}
    big = ("secrets.push", "big", "--file=sources/big", "--whole", "--json")
    return [
        person.types("fab", "--debug", "--hosts=cut-1,cut-2", *big, "--to=~/big", env=without),
        person.types("fab", "--hosts=sftp-1,exec-1", *big, "--to=~/small/key", env=without),
    ]


@pytest.mark.mounts
def test_a_secret_leaves_no_trace(
    both: tuple[Sshd, Sshd], person: Person, sources: dict[str, str], canary: str, tmp_path: Path
) -> None:
    """Whatever its source, its way and its end; what a broken push left is found by the next command."""
    need_safe_places()
    value, start_s = canary.encode(), time.time()
    (person.home / "tmp").mkdir()
    with contextlib.ExitStack() as stack:
        for sshd in both:
            stack.enter_context(small(sshd.home / "small", options="size=64k,mode=700"))
        with LeakWatch(value, may_have) as watch, ThreadPoolExecutor(4) as pool:
            runs = [
                pool.submit(chained, person, sources),
                pool.submit(piped, person, sources, canary),
                pool.submit(typed, person, sources, canary),
            ]
            failing = pool.submit(broken, person, sources, canary)
            said = [*(run.result() for run in runs), *failing.result()]
            last = person.types("fab", "--hosts=sftp-1,exec-1", "secrets.forget", "--all", "--json")

        own = set((person.home / "sources").iterdir())
        found = [*files_with(value, tmp_path, own), *new_temporary_files_with(value, start_s, tmp_path)]
    texts = [*said, last]
    shown = [str(text) for text in texts if LeakWatch(value).finds(f"{text.stdout}\0{text.stderr}".encode())]
    sys.stdout.write(f"{watch.samples} samples of {len(watch.processes)} processes, {len(watch.findings)} findings\n")

    assert [text.exit_code for text in texts] == [0, 20, 0, 15, 25, 0], texts
    assert "debug1: Authenticating to " in said[0].stderr
    assert "********" in said[1].stderr
    assert watch.samples > LEAST_SAMPLES
    assert sorted(watch.findings) == []
    assert found == []
    assert shown == []


@pytest.mark.parametrize(
    "form",
    [
        str,
        lambda text: text[::-1],
        lambda text: text.encode().hex(),
        lambda text: f"x{quote(text)}x",
        lambda text: base64.b64encode(f"x:{text}!".encode()).decode(),
        lambda text: base64.b64encode(f"xy:{text}".encode()).decode(),
        lambda text: base64.b64encode(f"xyz:{text}".encode()).decode(),
        lambda text: text[:20],
    ],
)
def test_planted_leaks_are_found(form: Callable[[str], str], canary: str, tmp_path: Path) -> None:
    """In words, in the environment, in a file and in its name; else nothing found would mean nothing."""
    leak = form(canary)
    lasts = [sys.executable, "-S", "-c", "import time; time.sleep(0.2)"]
    with LeakWatch(canary.encode()) as watch:
        programs = [subprocess.Popen([*lasts, leak]), subprocess.Popen(lasts, env={"X": leak})]
        for program in programs:
            program.wait()
    (tmp_path / "in").write_text(f"x{leak}")
    (tmp_path / leak).touch()

    assert {finding.split()[1] for finding in watch.findings} == {"words:", "environment:"}
    assert len(files_with(canary.encode(), tmp_path)) == 2
