"""Three doors, one behaviour: `fab -H`, `inv --on`, and Python."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.person import Person
    from tests.support.sshd import Sshd

CALL = """
import sys
from fabric import Connection
from ssh_transport.errors import TaskError
from ssh_transport.tasks import transfer
try:
    result = transfer.pull(Connection("proj-1"), path=sys.argv[1], to="here/", json=True)
except TaskError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
assert result.files == 1
"""

DOORS = {
    "fab": ("fab", "-H", "proj-1", "transfer.pull", "--to=here/", "--json", "--path"),
    "inv": ("inv", "transfer.pull", "--on=proj-1", "--to=here/", "--json", "--path"),
    "own binary": ("ssh-transport", "-H", "proj-1", "transfer.pull", "--to=here/", "--json", "--path"),
    "python": ("python", "-c", CALL),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_pulls_and_reports_the_same(door: tuple[str, ...], person: Person, box: Sshd) -> None:
    """The file arrives, the result is on standard output as JSON, the exit code is 0."""
    source = box.home / "model.bin"
    source.write_text("weights")

    said = person.types(*door, str(source))

    assert said.exit_code == 0, said.stderr
    assert (person.home / "here" / "model.bin").read_text() == "weights"
    assert {"box": "proj-1", "files": 1, "bytes": 7, "engine": "rsync", "attempts": 1}.items() <= said.json.items()


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_every_door_fails_with_the_same_code_and_words(door: tuple[str, ...], person: Person, box: Sshd) -> None:
    """A path that does not exist is error 21, whoever asks."""
    said = person.types(*door, "/no/such/path")

    assert said.exit_code == 21
    assert said.stderr == (
        "error: there is no `/no/such/path` on `proj-1`\n\nhint: look around: ssh proj-1 ls -la /no/such\n"
    )
    assert said.document["tasks"][0]["task"] == "transfer.pull"
    assert said.json["class"] == "NoSuchPath"


def test_a_chain_runs_in_order(person: Person, box: Sshd) -> None:
    """Keys, then a pull, then a push of what was pulled."""
    (box.home / "ckpt").mkdir()
    (box.home / "ckpt" / "a").write_text("a")

    said = person.types(
        "fab", "-H", "proj-1", "keys.push", "transfer.pull", "--path=ckpt", "transfer.push", "--path=proj-1/ckpt",
        f"--to={box.home}/again/",
    )  # fmt: skip

    assert said.exit_code == 0, said.stderr
    assert (box.home / "again" / "ckpt" / "a").read_text() == "a"
    assert [line.split()[0] for line in said.stdout.splitlines()] == [
        next(word for word in said.stdout.split() if word.startswith("SHA256:")),
        "proj-1:ckpt",
        str(person.home / "proj-1" / "ckpt"),
    ]


def test_a_chain_stops_at_the_first_failure(person: Person, box: Sshd) -> None:
    """What stands behind the failed task does not run."""
    said = person.types("fab", "-H", "proj-1", "transfer.pull", "--path=nothing", "transfer.push", "--path=.", "--to=x")

    assert said.exit_code == 21
    assert not (box.home / "x").exists()


@pytest.mark.parametrize(
    "words",
    [("fab", "-H", "proj-1,proj-9,proj-2", "keys.check"), ("inv", "keys.check", "--on", "proj-1,proj-9,proj-2")],
    ids=["fab", "inv"],
)
def test_every_box_is_tried_and_the_worst_code_wins(words: tuple[str, ...], person: Person, box: Sshd) -> None:
    """A dead box in the middle keeps nobody from the one behind it."""
    person.adds_alias("proj-2", box.port, box.user)
    person.adds_alias("proj-9", 1)

    said = person.types(*words)

    assert said.exit_code == 11
    lines = said.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["proj-1", "proj-9", "proj-2"]
    assert "lets the key in" in lines[0]
    assert lines[1] == "proj-9: failed (11): could not connect to `proj-9`"
    assert "lets the key in" in lines[2]
    assert "cause: Connection refused" in said.stderr


def test_a_glob_means_the_aliases_that_match(person: Person, box: Sshd) -> None:
    """`proj-*` is every alias of the project, and no other host."""
    person.adds_alias("proj-2", box.port, box.user)
    person.adds_alias("other-1", 1)

    said = person.types("fab", "-H", "proj-*", "keys.check")

    assert said.exit_code == 0, said.stderr
    assert {line.split(":")[0] for line in said.stdout.splitlines()} == {"proj-1", "proj-2"}


@pytest.mark.parametrize(("program", "file"), [("fab", "fabric.yaml"), ("inv", "invoke.yaml")])
def test_settings_name_the_default_boxes(program: str, file: str, person: Person, box: Sshd) -> None:
    """With `boxes:` a bare command knows where to go."""
    (person.home / file).write_text("boxes: [proj-1]\n")

    said = person.types(program, "keys.check")

    assert said.exit_code == 0, said.stderr
    assert "lets the key in" in said.stdout


def test_a_setting_yields_to_a_flag_and_wins_over_the_default(person: Person, box: Sshd) -> None:
    """Argument, then setting, then default."""
    (person.home / "fabric.yaml").write_text("boxes: proj-1\nssh_keys: {identity: from-settings}\n")

    setting = person.types("fab", "keys.generate")
    flag = person.types("fab", "keys.generate", "--path=from-flag")

    assert setting.stdout.startswith("made from-settings")
    assert flag.stdout.startswith("made from-flag")


def test_no_target_lists_the_known_aliases(person: Person) -> None:
    """The message says what could have been typed."""
    person.adds_alias("proj-1", 22)
    person.adds_alias("proj-2", 22)

    said = person.types("inv", "keys.check")

    assert said.exit_code == 3
    assert said.stderr == (
        "error: no box was named\n"
        "  cause: known aliases: proj-1, proj-2\n"
        "\n"
        "hint: name one: inv TASK --on ALIAS; or by `boxes:` in fabric.yaml or invoke.yaml\n"
    )


def test_boxes_named_twice_are_refused(person: Person) -> None:
    """`-H` and `--on` together could mean either."""
    said = person.types("fab", "-H", "a", "keys.check", "--on=b")

    assert said.exit_code == 2
    assert said.stderr.startswith("error: boxes are named twice\n")


def test_two_boxes_never_pull_into_one_place(person: Person) -> None:
    """A named target needs the box in it."""
    person.adds_alias("proj-1", 1)
    person.adds_alias("proj-2", 1)

    said = person.types("fab", "-H", "proj-1,proj-2", "transfer.pull", "--path=x", "--to=here")

    assert said.exit_code == 2
    assert "hint: --to='here/{box}'" in said.stderr


def test_a_team_task_still_runs_once_per_host(person: Person, box: Sshd) -> None:
    """A task without `on` is none of ours."""
    (person.home / "fabfile.py").write_text(
        "from fabric import task\nfrom ssh_transport.tasks import ns\n\n"
        "@task\ndef where(c):\n    print(f'<{c.original_host}>')\n\nns.add_task(where)\n"
    )

    said = person.types("fab", "-H", "proj-1,proj-2", "where")

    assert said.stdout == "<proj-1>\n<proj-2>\n"


def test_a_fabric_connection_keeps_its_own_user_and_port(person: Person, box: Sshd) -> None:
    """What the caller said of a host that no alias knows is used."""
    code = (
        "from fabric import Connection; from ssh_transport.tasks import keys\n"
        f"print(keys.check(Connection('127.0.0.1', user={box.user!r}, port={box.port})))\n"
    )

    said = person.types("python", "-c", code)

    assert said.exit_code == 0, said.stderr
    assert f"{box.user}@127.0.0.1:{box.port} lets the key in" in said.stdout


CONNECTION = """
import sys
from fabric import Connection
from ssh_transport.errors import TaskError
from ssh_transport.tasks import transfer
port, key, gateway = sys.argv[1:]
try:
    transfer.pull(
        Connection(
            "127.0.0.1",
            user="root",
            port=int(port),
            gateway=Connection(gateway) if gateway else None,
            connect_kwargs={"key_filename": key},
        ),
        path="x",
        to="here/",
    )
except TaskError as error:
    print(type(error).__name__, error, file=sys.stderr)
    sys.exit(error.exit_code)
"""


def test_a_connections_own_key_opens_the_door_for_both_engines(person: Person, box: Sshd) -> None:
    """What a runbook gives to `Connection` counts for `ssh` as well, where no key is at its usual place."""
    (box.home / "x").write_text("x")
    key = person.home / "elsewhere"
    person.identity.rename(key)
    person.identity.with_suffix(".pub").unlink()

    said = person.types("python", "-c", CONNECTION, str(box.port), str(key), "")

    assert said.exit_code == 0, said.stderr
    assert "(rsync)" in said.stderr
    assert (person.home / "here" / "x").read_text() == "x"


def test_a_gateway_in_python_is_refused_not_passed_over(person: Person, box: Sshd) -> None:
    """`ssh` knows nothing of it: the copy would go past the gateway."""
    (box.home / "x").write_text("x")

    said = person.types("python", "-c", CONNECTION, str(box.port), str(person.identity), "nosuch.invalid")

    assert said.exit_code == 2
    assert said.stderr.startswith("UsageError error: a gateway of Fabric's leads only Fabric, not `ssh`")
    assert not (person.home / "here").exists()


def test_a_reader_that_goes_away_is_no_fault_of_the_link(person: Person, box: Sshd) -> None:
    """The result of a copy in a pipe to `head -c0`: the copy is done, and nobody speaks of a connection."""
    (box.home / "x").write_text("x")
    fab = shlex.join(person.argv("fab", "-H", "proj-1", "transfer.pull", "--path=x", "--to=here/"))

    said = subprocess.run(
        ["bash", "-c", f"{fab} | head -c0; exit ${{PIPESTATUS[0]}}"],
        cwd=person.home,
        env=person.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (said.returncode, said.stdout) == (0, "")
    assert "error" not in said.stderr
    assert "Traceback" not in said.stderr
    assert (person.home / "here" / "x").exists()
