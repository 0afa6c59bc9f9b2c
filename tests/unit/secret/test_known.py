"""Secrets by name: where they go, and how their services are asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ssh_transport.errors import SettingsError, UsageError
from ssh_transport.secret import known as module
from ssh_transport.secret.destination import content, default_destination, destination_for, export_line
from ssh_transport.secret.known import all_known, known
from ssh_transport.secret.sources import Sourced
from ssh_transport.secret.value import Secret


@pytest.fixture(autouse=True)
def _fresh() -> None:
    all_known.cache_clear()


def own(text: str) -> None:
    path = Path.home() / ".config" / "ssh-transport" / "secrets.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)


@pytest.mark.parametrize("name", [*all_known()])
def test_every_known_secret_has_a_place_and_a_line_for_a_launcher(name: str) -> None:
    place = default_destination(name)
    assert place.path.startswith("~/.")
    line = export_line(place)
    assert line.startswith((f"export {known(name).variable}=", "# "))
    subprocess.run(["sh", "-n", "-c", line], check=True)


@pytest.mark.parametrize(
    ("name", "path", "variable"),
    [
        ("mine", "~/.mine_key", "MINE_API_KEY"),
        ("my-x.y", "~/.my-x.y_key", "MY_X_Y_API_KEY"),
        ("2go", "~/.2go_key", "_2GO_API_KEY"),
    ],
)
def test_an_unknown_name_has_a_file_and_a_variable_of_its_own(name: str, path: str, variable: str) -> None:
    assert (default_destination(name).path, known(name).variable) == (path, variable)


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".a", "-a", "a b", "a\n", "a" * 65, "a;b", "\u00e4"])
def test_a_name_that_could_leave_its_directory_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name for a secret"):
        default_destination(name)


@pytest.mark.parametrize("typed", ["WANDB_API_KEY=hunter2", "wandb:hunter2", "/hunter2+", "hunter2 "])
def test_a_value_in_place_of_a_name_or_beside_it_is_not_repeated(typed: str) -> None:
    with pytest.raises(UsageError) as caught:
        default_destination(typed)

    assert "hunter2" not in str(caught.value)
    assert "revoke it" in caught.value.hint


def test_a_token_in_place_of_a_name_is_not_repeated() -> None:
    with pytest.raises(UsageError, match="revoke it") as caught:
        default_destination("hf_aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6aB3dE6")
    assert "aB3dE6" not in str(caught.value)


def test_a_persons_own_file_adds_names_and_replaces_a_check_whole() -> None:
    own(
        '[mine]\nservice = "Mine"\nvariable = "MINE"\npath = "~/.mine"\n'
        '[github]\nservice = "Our GitHub"\n[github.check]\nurl = "https://git.example/api"\nheader = "X: {secret}"\n'
    )
    assert default_destination("mine").path == "~/.mine"
    github = known("github")
    assert (github.service, github.entry) == ("Our GitHub", "github.com")
    assert github.check is not None
    assert (github.check.url, github.check.header) == ("https://git.example/api", "X: {secret}")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[mine\n", "is no TOML"),
        ("mine = 1\n", "is no table"),
        ("[mine]\n", "service"),
        ('[mine]\nservice = "a"\nvarible = "A"\n', "varible"),
        ('[mine]\nservice = "a"\nvariable = "A B"\n', "environment variable"),
        ('[mine]\nservice = "a"\nkind = "netrc"\n', "needs `path`, `entry` and `login`"),
        ('[mine]\nservice = "a"\n[mine.check]\nurl = "http://a.example"\nheader = "X: {secret}"\n', "needs https"),
        ('[mine]\nservice = "a"\n[mine.check]\nurl = "https://a.example"\nheader = "X"\n', "{secret} once"),
        ('[mine]\nservice = "a"\n[mine.check]\nshows = "x"\n', "either `url` or `command`"),
    ],
)
def test_a_wrong_file_of_a_person_is_named_with_what_is_wrong(text: str, says: str) -> None:
    own(text)
    with pytest.raises(SettingsError) as caught:
        known("mine")
    assert says in str(caught.value)
    assert "secrets.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("to", "path"), [("~/a/b", "~/a/b"), ("a/b", "~/a/b"), ("./a", "~/a"), ("/opt/a b", "/opt/a b")]
)
def test_a_path_means_what_it_means_after_a_login(to: str, path: str) -> None:
    assert destination_for("mine", to).path == path


@pytest.mark.parametrize("to", ["a/", "/", "~/", "~you/a", "a/../../b", "a\nb", "a\tb", "/etc/.."])
def test_a_path_that_names_no_file_is_refused(to: str) -> None:
    with pytest.raises(UsageError):
        destination_for("mine", to)


def test_a_machine_that_no_name_is_known_for_goes_into_the_netrc_file() -> None:
    place = destination_for("mine", machine="api.mine.example")
    assert (place.kind, place.path, place.entry) == ("netrc", "~/.netrc", "api.mine.example")
    text = content(place, Sourced(Secret(b"v"), login="me")).reveal()
    assert text == b"machine api.mine.example\n  login me\n  password v\n"
    assert destination_for("huggingface", machine="hf.example").kind == "file"


@pytest.mark.parametrize("machine", ["a b", "a\nb", "-a", "a'b", "x;y"])
def test_a_machine_that_is_no_name_is_refused(machine: str) -> None:
    with pytest.raises(UsageError):
        destination_for("mine", machine=machine)


def test_what_gits_file_could_not_hold_is_refused() -> None:
    with pytest.raises(UsageError, match="a file of its own"):
        content(default_destination("github"), Sourced(Secret(b"a@b/c")))
    with pytest.raises(UsageError, match="whole file"):
        content(default_destination("wandb"), Sourced(Secret(b"x"), is_whole=True))


def test_our_own_file_asks_every_service_over_tls() -> None:
    for name, found in all_known().items():
        if found.check and found.check.url:
            assert found.check.url.startswith("https://"), name


def test_a_check_without_a_tool_name_still_is_one() -> None:
    assert module.Check(command="true").tool == ""
