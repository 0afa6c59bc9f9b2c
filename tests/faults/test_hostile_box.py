"""A box that means harm: what it sends stays below the target, and what its console shows stays one endpoint."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import AliasError, EndpointError
from ssh_transport.openssh.resolution import resolve
from ssh_transport.operations.alias import AliasSettings, ensure_alias
from ssh_transport.platforms.endpoint import Endpoint, parse
from ssh_transport.transfer.rsync import output
from tests.conftest import lets_in
from tests.support.sshd import Sshd
from tests.support.trees import described

if TYPE_CHECKING:
    from tests.support.person import Person, Said

LARGE_BYTES = 5_000_000
PARTIAL_DIRECTORIES = (".rsync-partial", ".sftp-partial")

# A sender that puts words of its own into the stream, as messages (tag 9, io.h) between the frames of the real one.
LYING_RSYNC = r"""#!{python}
import os, struct, subprocess, sys, threading

def up():
    while data := os.read(0, 65536):
        real.stdin.write(data)
        real.stdin.flush()
    real.stdin.close()

def is_whole(frames):
    place = 0
    while place + 4 <= len(frames):
        header = struct.unpack("<I", frames[place : place + 4])[0]
        if header >> 24 not in (7, 8, 9, 10, 12, 17, 29, 49, 93, 107, 109):
            return False
        place += 4 + (header & 0xFFFFFF)
    return place == len(frames)

if "--version" in sys.argv:
    os.execv("{rsync}", ["rsync", *sys.argv[1:]])
real = subprocess.Popen(["{rsync}", *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
threading.Thread(target=up, daemon=True).start()
chunks = told = 0
while data := os.read(real.stdout.fileno(), 65536):
    os.write(1, data)
    chunks += 1
    if not told and chunks > 2 and is_whole(data):
        for line in open("{lies}", "rb"):
            os.write(1, struct.pack("<I", (9 << 24) | len(line)) + line)
        told = 1
        open("{told}", "a").write("told\n")
sys.exit(real.wait())
"""


@pytest.fixture
def without_rsync(tmp_path: Path) -> dict[str, str]:
    """The environment of a person without rsync: copies go by SFTP."""
    (tmp_path / "bin").mkdir()
    for tool in ("ssh", "sh", "env"):
        (tmp_path / "bin" / tool).symlink_to(Path(shutil.which(tool) or tool))
    return {"PATH": str(tmp_path / "bin")}


@pytest.fixture
def precious(person: Person) -> Path:
    """A file of the person, outside every target, that no copy has any business with."""
    path = person.home / "evil" / "authorized_keys"
    path.parent.mkdir()
    path.write_text("mine\n")
    return path


def pull(person: Person, *words: str, env: dict[str, str] | None = None) -> Said:
    return person.types("fab", "-H", "proj-1", "transfer.pull", *words, env=env)


def test_a_root_that_is_a_link_leads_nowhere(
    box: Sshd, person: Person, precious: Path, without_rsync: dict[str, str]
) -> None:
    """By SFTP the link itself is pulled; nothing is written through it, and a trailing slash pulls the contents."""
    (box.home.parent / "evil").mkdir()
    (box.home.parent / "evil" / "authorized_keys").write_text("theirs\n")
    (box.home / "ckpt").symlink_to("../evil")

    link = pull(person, "--path=ckpt", "--to=dl/", env=without_rsync)
    again = pull(person, "--path=ckpt", "--to=dl/", env=without_rsync)
    contents = pull(person, "--path=ckpt/", "--to=contents/", env=without_rsync)

    assert [said.exit_code for said in (link, again, contents)] == [0, 0, 0]
    assert str((person.home / "dl" / "ckpt").readlink()) == "../evil"
    assert precious.read_text() == "mine\n"
    assert [precious] == list(precious.parent.iterdir())
    assert not (person.home / "contents").is_symlink()
    assert (person.home / "contents" / "authorized_keys").read_text() == "theirs\n"


@pytest.mark.parametrize("name", PARTIAL_DIRECTORIES)
def test_a_link_called_like_our_partial_directory_is_not_copied(
    name: str, box: Sshd, person: Person, precious: Path
) -> None:
    """Else the next pull of a large file would be written through it."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / name).symlink_to(precious.parent)
    (box.home / "ckpt" / "authorized_keys").write_text("theirs\n")
    first = pull(person, "--path=ckpt", "--to=dl/")
    (box.home / "ckpt" / "authorized_keys").write_bytes(os.urandom(LARGE_BYTES))

    second = pull(person, "--path=ckpt", "--to=dl/")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert os.listdir(person.home / "dl" / "ckpt") == ["authorized_keys"]  # noqa: PTH208 - the bare names
    assert precious.read_text() == "mine\n"
    assert [precious] == list(precious.parent.iterdir())


def test_a_local_partial_directory_that_is_a_link_is_refused(box: Sshd, person: Person, precious: Path) -> None:
    """However it came there."""
    (box.home / "authorized_keys").write_bytes(os.urandom(LARGE_BYTES))
    (person.home / "dl").mkdir()
    (person.home / "dl" / ".rsync-partial").symlink_to(precious.parent)

    said = pull(person, "--path=authorized_keys", "--to=dl/")

    assert said.exit_code == 30
    assert "holds or is a link" in said.stderr
    assert precious.read_text() == "mine\n"
    assert [precious] == list(precious.parent.iterdir())


def test_a_partial_is_not_sown_behind_a_link_that_becomes_a_directory(
    box: Sshd, person: Person, precious: Path
) -> None:
    """The first pull brings a link, the second a directory of its name with a large file in it."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").symlink_to(precious.parent)
    first = pull(person, "--path=ckpt", "--to=dl/")
    (box.home / "ckpt" / "a").unlink()
    (box.home / "ckpt" / "a").mkdir()
    (box.home / "ckpt" / "a" / "authorized_keys").write_bytes(os.urandom(LARGE_BYTES))

    second = pull(person, "--path=ckpt", "--to=dl/")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert described(box.home / "ckpt") == described(person.home / "dl" / "ckpt")
    assert precious.read_text() == "mine\n"
    assert [precious] == list(precious.parent.iterdir())


def test_a_directory_is_not_put_where_a_file_is(
    box: Sshd, person: Person, precious: Path, without_rsync: dict[str, str]
) -> None:
    """By SFTP too: the file stays, and the words say why."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")

    said = [
        pull(person, f"--path={path}", "--to=evil/authorized_keys", env=without_rsync) for path in ("ckpt", "ckpt/")
    ]

    assert [each.exit_code for each in said] == [2, 2]
    assert "`" + str(precious) + "` is no directory" in said[0].stderr
    assert precious.read_text() == "mine\n"


def test_a_target_that_is_a_link_to_a_directory_stays_one(
    box: Sshd, person: Person, without_rsync: dict[str, str]
) -> None:
    """A file and a directory's contents land in what it leads to."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")
    (person.home / "store").mkdir()
    (person.home / "there").symlink_to("store")

    said = [pull(person, f"--path={path}", "--to=there", env=without_rsync) for path in ("ckpt/a", "ckpt/", "ckpt")]

    assert [each.exit_code for each in said] == [0, 0, 0]
    assert str((person.home / "there").readlink()) == "store"
    assert {"a", "ckpt", "ckpt/a"} == set(described(person.home / "store"))


def test_words_of_the_box_are_no_plan(person: Person, tmp_path: Path, precious: Path) -> None:
    """A sender that announces files outside the target gets no partial file made, replaced or removed there."""
    lies, told, bin_ = tmp_path / "lies", tmp_path / "told", tmp_path / "bin"
    names = (str(precious), "../evil/new/x", "dl/../../evil/authorized_keys")
    lies.write_text("".join(f">f+++++++++ {LARGE_BYTES} {name}\n" for name in names))
    bin_.mkdir()
    paths = {"python": shutil.which("python3"), "rsync": shutil.which("rsync"), "lies": lies, "told": told}
    script = LYING_RSYNC
    for word, path in paths.items():
        script = script.replace(f"{{{word}}}", str(path))
    (bin_ / "rsync").write_text(script)
    (bin_ / "rsync").chmod(0o755)
    partial = precious.parent / ".rsync-partial" / "authorized_keys"
    partial.parent.mkdir()
    partial.write_text("three days of copying")
    with Sshd(tmp_path / "box", path=f"{bin_}:{os.environ['PATH']}") as server:
        lets_in(server, person)
        person.adds_alias("proj-1", server.port, server.user)
        (server.home / "ckpt").mkdir()
        (server.home / "ckpt" / "a").write_text("a")

        said = pull(person, "--path=ckpt", "--to=dl/", "--json")

    assert said.exit_code == 0, said.stderr
    assert told.exists()
    assert said.json["files"] == 1
    assert {"ckpt", "ckpt/a"} == set(described(person.home / "dl"))
    assert {"authorized_keys", ".rsync-partial", ".rsync-partial/authorized_keys"} == set(described(precious.parent))
    assert partial.read_text() == "three days of copying"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"secret >f+++++++++ 5 ckpt/a", "ckpt/a"),
        (b"secret >f+++++++++ 5 a..b", "a..b"),
        (b">f+++++++++ 5 ckpt/a", None),
        (b"guessed >f+++++++++ 5 ckpt/a", None),
        (b"secretly >f+++++++++ 5 ckpt/a", None),
        (b"secret >f+++++++++ 5 /etc/passwd", None),
        (b"secret >f+++++++++ 5 ../x", None),
        (b"secret >f+++++++++ 5 ckpt/../../x", None),
        (rb"secret >f+++++++++ 5 ckpt/\#056./../x", None),
    ],
)
def test_a_plan_line_needs_the_token_and_a_name_below_the_target(line: bytes, expected: str | None) -> None:
    """What names another place, or is not behind the token of this run, is nothing."""
    found = output.item(line + b"secret", "secret")

    assert expected == (found and found.name)


@pytest.mark.parametrize(
    "text",
    [
        "ssh -J 'x\nMatch exec \"touch pwned\"' root@203.0.113.7",
        "ssh -i 'x\nMatch exec \"touch pwned\"\nIdentityFile y' root@203.0.113.7",
        "ssh -i 'x\" ForwardAgent=\"yes' root@203.0.113.7",
        "ssh -J 'x ForwardAgent' root@203.0.113.7",
        "ssh -J 'x\"y' root@203.0.113.7",
        "ssh -o 'ProxyJump=x ForwardAgent' root@203.0.113.7",
        "ssh -l 'x y' 203.0.113.7",
        "ssh://root@203.0.113.7%0AMatch",
    ],
)
def test_a_pasted_string_holds_no_second_option(text: str) -> None:
    """What would end a line or a pair of quotes in ssh_config(5) can't be read at all."""
    with pytest.raises(EndpointError):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "ssh -i '/x\u2029ForwardAgent yes' root@203.0.113.7",
        "ssh -i '/x\tForwardAgent yes' root@203.0.113.7",
        "ssh -o 'IdentityFile /x\tForwardAgent' root@203.0.113.7",
    ],
)
def test_a_break_in_a_quoted_value_becomes_a_space(text: str, person: Person) -> None:
    """Mail programs make such breaks; the value stays one, and no other option comes of it."""
    style = AliasSettings(identity=str(person.identity), keepalive_s=60, keepalive_misses=120, platform="generic")
    ensure_alias(person.files, "proj", parse(text), style)
    resolved = resolve(person.files, "proj-1")

    assert resolved.options["forwardagent"] == "no"
    assert [path.name.split()[0] for path in resolved.identities] == ["x"]


@pytest.mark.parametrize("inside", ['x\nMatch exec "touch {pwned}"', "x\r  ForwardAgent yes", 'x" y', "x\vy"])
@pytest.mark.parametrize("field", ["identity", "jump"])
def test_an_option_adds_no_line_of_its_own(field: str, inside: str, person: Person) -> None:
    """Whatever was read: the block is not written, and no command in it is run by the trial of `ssh -G`."""
    pwned = person.home / "pwned"
    value = inside.replace("{pwned}", str(pwned))
    found = Endpoint(
        host="203.0.113.7",
        identity=value if field == "identity" else "",
        jump=value if field == "jump" else "",
    )
    style = AliasSettings(identity=str(person.identity), keepalive_s=60, keepalive_misses=120, platform="generic")

    with pytest.raises(AliasError):
        ensure_alias(person.files, "proj", found, style)

    assert not pwned.exists()
    assert not (person.ssh / "config").exists()
