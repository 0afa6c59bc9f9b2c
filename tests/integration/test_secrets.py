"""Secrets on a real box: pushed once, checked where they are, listed, and taken away again."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import shutil
import stat
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from invoke.config import Config
from invoke.context import Context

from demo.box import EmbeddedBox
from ssh_transport.box import Box, boxes
from ssh_transport.errors import (
    CommandFailed,
    Guarded,
    Incomplete,
    NoSpace,
    NoSuchPath,
    TaskError,
    ToolMissing,
    Unhealthy,
    Unreachable,
)
from ssh_transport.secret import held, known, register, scripts
from ssh_transport.secret.destination import Destination, chosen, launcher_line, piece, usual
from ssh_transport.secret.forget import forget, forget_all
from ssh_transport.secret.push import push
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret
from ssh_transport.secret.verify import verify
from tests.support.tools import only_has

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ssh_transport.change import Change
    from tests.support.person import Person
    from tests.support.sshd import Sshd

VALUE = "c4n4ry\\\"'$x-%41"
OTHERS = 'machine other.example login me password "two words"\n'


@pytest.fixture
def there(box: Sshd, person: Person, monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setenv("HOME", str(person.home))
    known.all_known.cache_clear()
    with boxes(Context(Config(lazy=True)), "proj-1")[0] as found:
        yield found


@pytest.fixture(params=["sftp", "shell"])
def way(request: pytest.FixtureRequest, box: Sshd) -> str:
    """Both ways into a file of a box."""
    if request.param == "shell":
        forced = box.home.parent / "forced_command"
        forced.write_text(forced.read_text().replace("internal-sftp*) exec ", "internal-sftp*) exit 1; "))
    return str(request.param)


def pushes(box: Box, name: str, value: str = VALUE, to: str = "", *, dry_run: bool = False) -> Change:
    place = chosen(name, to)
    return push(box, place, piece(place, Sourced(Secret(value.encode()))), dry_run=dry_run)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_a_secret_is_private_in_directories_that_are_and_a_second_push_changes_nothing(
    way: str, there: Box, box: Sshd
) -> None:
    first = pushes(there, "huggingface")
    target = box.home / ".cache" / "huggingface" / "token"
    before = target.stat()
    second = pushes(there, "huggingface")

    assert (first.made, second.made) == (True, False)
    assert target.read_text() == f"{VALUE}\n"
    assert (mode(target), mode(target.parent), mode(target.parent.parent)) == (0o600, 0o700, 0o700)
    assert target.stat() == before
    assert names(box.home) == {".cache/huggingface/token", ".ssh/authorized_keys"}
    assert pushes(there, "huggingface", "new").made
    assert target.read_text() == "new\n"


def test_a_stanza_is_merged_into_the_netrc_file_of_the_box(way: str, there: Box, box: Sshd) -> None:
    (box.home / ".netrc").write_text(OTHERS)
    (box.home / ".netrc").chmod(0o644)

    made = [
        pushes(there, "wandb", "a" * 40).made,
        pushes(there, "wandb", "b" * 40).made,
        pushes(there, "wandb", "b" * 40).made,
    ]

    stanza = f"machine api.wandb.ai\n  login user\n  password {'b' * 40}\n"
    assert made == [True, True, False]
    assert (box.home / ".netrc").read_text() == OTHERS + stanza
    assert mode(box.home / ".netrc") == 0o600
    assert names(box.home) == {".netrc", ".ssh/authorized_keys"}


def test_a_wide_mode_is_made_private_though_the_value_is_the_same(there: Box, box: Sshd) -> None:
    pushes(there, "mine")
    (box.home / ".mine_key").chmod(0o644)

    assert pushes(there, "mine").made
    assert mode(box.home / ".mine_key") == 0o600


def test_a_dry_run_says_what_would_be_and_makes_nothing(there: Box, box: Sshd) -> None:
    said = pushes(there, "mine", to="deep/er/key", dry_run=True)

    assert (str(said), said.made) == ("dry run: mine is in ~/deep/er/key", True)
    assert names(box.home) == {".ssh/authorized_keys"}


def test_what_a_killed_push_left_is_wiped_by_the_next(there: Box, box: Sshd) -> None:
    left = box.home / ".mine_key.x"
    left.write_text("another's")
    old = box.home / "..mine_key.secret-abcdefgh"
    old.write_text("half a sec")
    os.link(old, box.home / "seen")

    pushes(there, "mine")

    assert (box.home / "seen").read_bytes() == bytes(10)
    assert names(box.home) == {".mine_key", ".mine_key.x", "seen", ".ssh/authorized_keys"}


def test_a_link_to_a_private_file_stays_a_link(there: Box, box: Sshd) -> None:
    (box.home / "real").mkdir(mode=0o700)
    (box.home / "real" / "netrc").write_text(OTHERS)
    (box.home / ".netrc").symlink_to("real/netrc")

    pushes(there, "wandb", "a" * 40)

    assert (box.home / ".netrc").is_symlink()
    assert (box.home / "real" / "netrc").read_text().startswith(f"{OTHERS}machine api.wandb.ai\n")


def test_a_box_that_answers_nonsense_gets_nothing(there: Box, box: Sshd) -> None:
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("#!/bin/sh\n", "#!/bin/sh\nreadlink() { echo /etc; }\n", 1))
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "stat").write_text("#!/bin/sh\necho nonsense\n")
    (fakes / "stat").chmod(0o755)
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))

    with pytest.raises(Incomplete, match="does not tell what"):
        pushes(there, "mine")
    assert names(box.home) == {".ssh/authorized_keys"}


def test_where_a_secret_was_put_is_known_to_every_later_task(there: Box, box: Sshd) -> None:
    pushes(there, "mine", to="~/deep/er/key")
    assert register.place_of(there, "mine") == Destination("mine", "file", "~/deep/er/key")
    assert (
        verify(there, "mine", f"test \"$MINE_API_KEY\" = '{VALUE}'".replace(VALUE, VALUE.replace("'", "'\\''"))).outcome
        == "works"
    )
    assert launcher_line(register.place_of(there, "mine")) == 'export MINE_API_KEY="$(cat ~/deep/er/key)"'

    pushes(there, "mine")
    assert register.place_of(there, "mine") == usual("mine")
    assert forget(there, "mine").made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_two_runs_at_once_lose_no_line_of_the_register(there: Box, box: Sshd) -> None:
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "awk").write_text(f'#!/bin/sh\n{shutil.which("awk")} "$@"; sleep 0.2\n')
    (fakes / "awk").chmod(0o755)
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))
    places = [chosen(f"mine{number}", "~/deep/key") for number in range(4)]
    register.note(there, places[0])
    others = [there.another() for _ in places]
    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        list(pool.map(register.note, map(stack.enter_context, others), places))

    assert set(register.read(there)) == set(places)


def test_a_push_whose_link_breaks_leaves_nothing_half_sent(tmp_path: Path) -> None:
    """Nobody hears any more what its script says: SIGPIPE, before it can clean up."""
    place = usual("mine")
    with subprocess.Popen(
        ["sh", "-c", scripts.STORE, "sh", *place.words, str(tmp_path / ".mine_key"), "100", "nonce"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as script:
        assert script.stdin is not None
        assert script.stdout is not None
        assert script.stderr is not None
        script.stdout.close()
        script.stderr.close()
        script.stdin.write(b"half a secret")

    assert script.returncode != 0
    assert names(tmp_path) == set()


@pytest.mark.parametrize("to", ["", "~/deep/er/key"])
def test_what_a_cut_push_left_is_listed_and_forgotten(to: str, there: Box, box: Sshd) -> None:
    place = chosen("mine", to)
    register.expect(there, place)
    left = box.home / place.path[2:]
    left = left.with_name(f".{left.name}.secret-abcdefgh")
    left.parent.mkdir(parents=True, exist_ok=True)
    left.write_text("half a sec")

    (found,) = held.listing(there).held
    assert (found.name, found.path) == ("mine", f"~/{left.relative_to(box.home)}")
    assert "a push that was cut left this" in found.warnings[-1] + found.warnings[0]
    assert forget_all(there).made
    assert names(box.home) == {".ssh/authorized_keys"}


def test_the_rest_of_a_password_is_no_name(there: Box, box: Sshd) -> None:
    (box.home / ".git-credentials").write_text("https://me:first@c4n4ry@github.com\nhttps://me:x@gitlab.com\n")

    assert [one.entry for one in held.held(there)] == ["gitlab.com"]


def test_a_link_that_looks_like_ours_is_removed_and_its_target_stays(there: Box, box: Sshd) -> None:
    (box.home / "..mine_key.secret-abcdefgh").symlink_to(".ssh/authorized_keys")
    before = (box.home / ".ssh" / "authorized_keys").read_text()

    pushes(there, "mine")

    assert names(box.home) == {".mine_key", ".ssh/authorized_keys"}
    assert (box.home / ".ssh" / "authorized_keys").read_text() == before


@pytest.mark.parametrize("awk", ["mawk", "gawk", "busybox"])
def test_a_full_disk_keeps_the_logins_of_others_with_every_awk(awk: str, there: Box, box: Sshd) -> None:
    fakes = box.home.parent / "bin"
    fakes.mkdir()
    (fakes / "awk").symlink_to(shutil.which(awk) or "/missing")
    forced = box.home.parent / "forced_command"
    forced.write_text(forced.read_text().replace("export PATH=", f"export PATH={fakes}:", 1))
    small = box.home / "small"
    small.mkdir()
    (box.home / ".netrc").symlink_to("small/netrc")
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", small], check=True, timeout=20)
    try:
        full = OTHERS + "# \n" * 13000
        (small / "netrc").write_text(full)
        with pytest.raises(TaskError):
            pushes(there, "wandb", "a" * 40)
        assert (small / "netrc").read_text() == full
        assert names(small) == {"netrc"}
    finally:
        subprocess.run(["umount", small], check=True, timeout=20)


def test_a_register_that_was_tampered_with_names_no_place(there: Box, box: Sshd) -> None:
    file = box.home / ".config" / "ssh-transport" / "secrets"
    file.parent.mkdir(parents=True)
    file.write_text(
        "mine\tfile\t../../etc/x\n\x1b[2J\tfile\t~/a\nok\tfile\t~/a\nbad\tgit\t~/a\tmore\nx\n" + "y\tfile\t~/b\n" * 5000
    )

    assert {place.name for place in register.read(there)} == {"ok", "y"}


@pytest.mark.parametrize("name", ["mine", "wandb", "github"])
def test_the_line_for_a_launcher_gives_it_the_value(name: str, there: Box, box: Sshd) -> None:
    value = "t0ken-value" if name == "github" else "t0k en'\"v\\alue"
    pushes(there, name, value)

    line = launcher_line(register.place_of(there, name))
    script = f"{line}\nprintenv {known.known(name).variable}"
    environment = {"HOME": str(box.home), "PATH": os.environ["PATH"]}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=True)

    assert done.stdout == f"{value}\n"
    assert value not in line


class _Service(http.server.BaseHTTPRequestHandler):
    """Takes one token, in a header."""

    def do_GET(self) -> None:
        status = {"/busy": 503, "/moved": 302}.get(self.path, 200 if self.headers["X-Key"] == VALUE else 401)
        self.send_response(status)
        self.send_header("Location", "/")
        self.end_headers()
        self.wfile.write(b'{"name": "me", "you sent": ' + json.dumps(self.headers["X-Key"]).encode() + b"}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def service(person: Person) -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Service) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def asks(person: Person, url: str, shows: str = "me") -> None:
    own = person.home / ".config" / "ssh-transport" / "secrets.toml"
    own.parent.mkdir(parents=True, exist_ok=True)
    check = f'[mine.check]\nurl = "{url}"\nheader = "X-Key: {{secret}}"\nshows = "{shows}"\n'
    own.write_text(f'[mine]\nservice = "Mine"\nvariable = "MINE"\n{check}')
    known.all_known.cache_clear()


@pytest.mark.parametrize("tool", ["curl", "python3"])
def test_a_service_is_asked_from_the_box_and_its_answers_told_apart(
    tool: str, service: str, there: Box, box: Sshd, person: Person
) -> None:
    pushes(there, "mine")
    only_has(box, tool)

    asks(person, service)
    assert verify(there, "mine").outcome == "works"
    asks(person, f"{service}/busy")
    with pytest.raises(CommandFailed, match="neither took nor refused"):
        verify(there, "mine")
    asks(person, f"{service}/moved")
    with pytest.raises(CommandFailed, match="HTTP 302"):
        verify(there, "mine")
    asks(person, service, shows="not in it")
    with pytest.raises(Unhealthy):
        verify(there, "mine")
    asks(person, "http://127.0.0.1:9/")
    with pytest.raises(Unreachable, match="does not reach Mine"):
        verify(there, "mine")
    asks(person, service)
    pushes(there, "mine", "another")
    with pytest.raises(Unhealthy, match="Mine refuses the secret"):
        verify(there, "mine")
    only_has(box)
    with pytest.raises(ToolMissing, match="neither curl nor python3"):
        verify(there, "mine")


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("echo '401 Unauthorized'; exit 1", Unhealthy),
        ("echo 'Could not resolve host'; exit 1", Unreachable),
        ("no-such-tool", ToolMissing),
        ("exit 3", CommandFailed),
    ],
)
def test_a_command_of_ones_own_is_judged_by_what_it_says(command: str, error: type[TaskError], there: Box) -> None:
    pushes(there, "mine")
    assert verify(there, "mine", 'test -n "$MINE_API_KEY"').outcome == "works"
    with pytest.raises(error):
        verify(there, "mine", command)


def test_what_a_command_says_comes_back_masked(there: Box) -> None:
    pushes(there, "mine")
    with pytest.raises(CommandFailed) as caught:
        verify(there, "mine", 'echo "<$MINE_API_KEY$MINE_API_KEY>"; echo "$MINE_API_KEY" >&2; exit 3')
    assert "<****************>" in caught.value.cause
    assert "c4n4ry" not in str(caught.value)


def test_a_secret_that_is_not_there_can_not_be_verified(there: Box, box: Sshd) -> None:
    with pytest.raises(NoSuchPath, match=r"inv secrets\.push wandb"):
        verify(there, "wandb", "true")
    (box.home / ".netrc").write_text(OTHERS)
    with pytest.raises(NoSuchPath):
        verify(there, "wandb", "true")


def test_the_list_says_where_and_what_is_wrong_but_no_value(there: Box, box: Sshd) -> None:
    for name, to in (("mine", ""), ("wandb", ""), ("github", ""), ("far", "~/a b/key")):
        pushes(there, name, "c4n4ry", to)
    (box.home / ".wide_key").write_text("c4n4ry\n")
    (box.home / ".wide_key").chmod(0o644)
    os.utime(box.home / ".wide_key", (1, 1))
    (box.home / ".\x1b[2J_key").write_text("c4n4ry\n")

    (box.home / ".bash_history").write_text("ls\nexport HF_TOKEN=hf_aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6\n")

    found = held.listing(there)

    by_name = {one.name: one for one in found.held}
    assert set(by_name) == {"mine", "wandb", "github", "far", "wide"}
    assert (by_name["far"].path, by_name["wandb"].entry) == ("~/a b/key", "api.wandb.ai")
    assert by_name["wide"].mode == "0644"
    assert "chmod 600" in by_name["wide"].warnings[0]
    assert by_name["wide"].age_days > 10_000 > by_name["mine"].age_days == 0
    assert by_name["mine"].warnings == ()
    assert [one.line for one in found.exposures] == [2]
    assert f"{box.home}/.bash_history:2: " in str(found)
    assert "c4n4ry" not in str(found)
    assert "aB3dE6" not in str(found)


def test_a_forgotten_secret_is_overwritten_gone_and_gone_the_second_time(there: Box, box: Sshd) -> None:
    pushes(there, "mine")
    os.link(box.home / ".mine_key", box.home / "seen")

    assert forget(there, "mine", dry_run=True).made
    assert (box.home / ".mine_key").exists()
    assert forget(there, "mine").made
    assert not forget(there, "mine").made

    assert set((box.home / "seen").read_bytes()) == {0}
    assert names(box.home) == {"seen", ".ssh/authorized_keys"}


def test_one_stanza_is_forgotten_the_others_stay_and_the_old_file_is_overwritten(there: Box, box: Sshd) -> None:
    (box.home / ".netrc").write_text(OTHERS)
    pushes(there, "wandb", "c4n4ry")
    os.link(box.home / ".netrc", box.home / "seen")

    assert forget(there, "wandb").made
    assert not forget(there, "wandb").made

    assert (box.home / ".netrc").read_text() == OTHERS
    assert mode(box.home / ".netrc") == 0o600
    assert set((box.home / "seen").read_bytes()) == {0}


def test_everything_is_forgotten_at_once(there: Box, box: Sshd) -> None:
    for name, to in (("mine", ""), ("wandb", ""), ("github", ""), ("far", "~/deep/key"), ("huggingface", "")):
        pushes(there, name, "c4n4ry", to)

    assert forget_all(there, dry_run=True).made
    assert len(held.held(there)) == 5
    assert forget_all(there).made
    assert not forget_all(there).made

    assert names(box.home) == {".ssh/authorized_keys"}


def test_a_full_disk_keeps_the_old_value(way: str, there: Box, box: Sshd) -> None:
    small = box.home / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "none", small], check=True, timeout=20)
    try:
        pushes(there, "mine", "old", to="~/small/key")
        (small / "fill").write_bytes(bytes(48 << 10))
        place = chosen("mine", "~/small/key")
        with pytest.raises(TaskError) as caught:
            push(there, place, Secret(b"x" * (32 << 10)))
        assert isinstance(caught.value, NoSpace | Incomplete)
        assert (small / "key").read_text() == "old\n"
        assert names(small) == {"key", "fill"}
    finally:
        subprocess.run(["umount", small], check=True, timeout=20)


def test_a_shell_only_proxy_gets_no_secret(person: Person, tmp_path: Path) -> None:
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    (tmp_path / "home" / ".ssh" / "authorized_keys").write_text(person.makes_key())
    with EmbeddedBox(home=tmp_path / "home", sftp=False, pty_required=True) as server:
        person.adds_alias("proj-1", server.port)
        said = person.types("inv", "secrets.push", "mine", "--on=proj-1", "--trust-new", stdin="c4n4ry\n")

    assert said.exit_code == 16
    assert "copy the direct TCP endpoint" in said.stderr
    assert not (tmp_path / "home" / ".mine_key").exists()


def test_a_chain_pushes_verifies_and_forgets(box: Sshd, person: Person) -> None:
    """One word after the other, as in a runbook; the source is a variable that later tasks do not inherit."""
    said = person.types(
        "fab",
        "-H",
        "proj-1",
        "secrets.push",
        "wandb",
        "--env=WANDB_API_KEY",
        "secrets.verify",
        "wandb",
        '--with=test "$WANDB_API_KEY" = c4n4ry',
        "secrets.env",
        "wandb",
        "secrets.list",
        "--json",
        "secrets.forget",
        "--all",
        "--json",
        "secrets.forget",
        "wandb",
        env={"WANDB_API_KEY": "c4n4ry"},
    )

    assert said.exit_code == 0, said.stderr
    lines = said.stdout.splitlines()
    assert lines[0] == "wandb is in ~/.netrc (api.wandb.ai)"
    assert lines[1].startswith("wandb works")
    assert lines[2].startswith('export WANDB_API_KEY="$(python3 -c ')
    assert json.loads(lines[3])["held"][0]["name"] == "wandb"
    assert json.loads(lines[4]) == {"state": "forgot 1 secret: wandb", "made": True}
    assert lines[5] == "wandb is not on the box (no change)"
    assert names(box.home) == {".ssh/authorized_keys"}


def test_words_that_make_no_sense_are_refused_before_a_box_is_asked(person: Person) -> None:
    person.adds_alias("proj-1", 9)
    words = (
        ["forget"],
        ["forget", "wandb", "--all"],
        ["push", "a/b"],
        ["verify", "mine"],
        ["push", "mine", "--env=NO"],
    )

    codes = [person.types("fab", "-H", "proj-1", f"secrets.{task}", *more).exit_code for task, *more in words]

    assert codes == [1, 2, 2, 2, 2]


def test_nothing_is_sent_to_a_place_that_others_can_write(there: Box, box: Sshd) -> None:
    (box.home / "open").mkdir()
    (box.home / "open").chmod(0o777)
    with pytest.raises(Guarded, match="may be written by others"):
        pushes(there, "mine", to="~/open/deep/key")
    assert names(box.home) == {".ssh/authorized_keys"}
