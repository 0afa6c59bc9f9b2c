"""Credentials of known programs among the files of a push are found, and refused unless they are named."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from ssh_transport.errors import Guarded
from ssh_transport.transfer.guard import credentials
from ssh_transport.transfer.guard.credentials import Found
from tests.support.guarded import PEM, found

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "hf_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3h"

CREDENTIALS = {
    ".netrc": "machine huggingface.co login me password abc",
    "sub/_netrc": "machine h\nlogin me\npassword abc",
    ".git-credentials": "https://me:abc@github.com",
    ".config/git/credentials": "https://me:abc@github.com",
    ".pgpass": "h:5432:db:me:abc",
    ".pypirc": "[pypi]\npassword = abc",
    ".npmrc": "//registry.npmjs.org/:_authToken=abc",
    ".aws/credentials": "[default]",
    ".AWS/Credentials": "[default]",
    ".config/gcloud/application_default_credentials.json": "{}",
    ".config/gcloud/credentials.db": "x",
    ".config/gcloud/access_tokens.db": "x",
    ".azure/accessTokens.json": "[]",
    ".azure/msal_token_cache.json": "{}",
    ".kube/config": "clusters:",
    ".docker/config.json": '{"auths": {"ghcr.io": {"auth": "bWU6YWJj"}}}',
    ".cache/huggingface/token": "abc",
    ".cache/huggingface/stored_tokens": "[me]",
    ".kaggle/kaggle.json": '{"username":"me","key":"0123456789abcdef0123456789abcdef"}',
    ".modelscope/credentials/git_token": "abc",
    ".config/rclone/rclone.conf": "[s3]\nsecret_access_key = abc",
    ".config/wandb/settings": "[default]\napi_key = abc",
    ".vast_api_key": "abc",
    ".config/vastai/vast_api_key": "abc",
    ".runpod/config.toml": "[default]\napi_key = 'abc'",
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_the_files_of_known_programs_are_found_at_any_depth(name: str, tmp_path: Path) -> None:
    """By the end of the path, and by what a file of that name holds."""
    path = tmp_path / "deep" / "er" / name
    path.parent.mkdir(parents=True)
    path.write_text(CREDENTIALS[name])

    assert found(tmp_path, [f"deep/er/{name}"]) == [f"deep/er/{name}"]
    assert found(path.parent, [path.name]) == [path.name]


@pytest.mark.parametrize(
    ("name", "line", "secret"),
    [
        (".env", f"HF={TOKEN}", True),
        (".env", "export OPENAI_API_KEY='k3y-8f7a6b5c4d3e2f1a'", True),
        (".env.production", "DB_PASSWORD=correct-horse", True),
        ("prod.env", "TOKEN: 9f8e7d6c5b4a # of the bot", True),
        (".env", "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7ABCDEFG", True),
        (".env", "SLACK=xoxb-123456789012-abcdefGHIJK", True),
        (".env", "S=ghp_0123456789abcdefABCDEF0123456789abcd", True),
        (".env.example", f"HF_TOKEN={TOKEN}", True),
        (".env.example", "DB_PASSWORD=correct-horse", False),
        (".env", "HF_TOKEN=hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", False),
        (".env", "API_KEY=<your key here>", False),
        (".env", "API_KEY=your-key-here", False),
        (".env", "API_KEY=${VAULT_KEY}", False),
        (".env", "API_KEY=\nDEBUG_CHANNEL=1-2-3-4-5-6-7-8", False),
        (".env", "API_KEY=changeme", False),
        (".env", "API_KEY=xxxxxxxxxxxx", False),
        (".env", 'PASSWORD=""', False),
        (".env", "TOKENIZERS_PARALLELISM=false-or-true-0", False),
        (".env", "MAX_TOKENS=1048576000", False),
        (".env", "SSH_KEY_PATH=/root/key/of/mine", False),
        (".env", "KEY_FILE=somewhere-else.pem", False),
        (".env", "DATA_DIR=/workspace/data-2026", False),
    ],
)
def test_an_environment_file_counts_if_a_value_looks_like_a_secret(
    name: str, line: str, secret: bool, tmp_path: Path
) -> None:
    """Placeholders, references, paths and switches do not; in an example only a real token does."""
    (tmp_path / name).write_text(f"# settings\nMODE=train\n{line}\n")

    assert found(tmp_path, [name]) == ([name] if secret else [])


def test_links_carry_nothing_unless_they_are_followed(tmp_path: Path) -> None:
    """With `copy_links` a link counts as what it leads to, under both names."""
    (tmp_path / "home" / ".aws").mkdir(parents=True)
    (tmp_path / "home" / ".aws" / "credentials").write_text("[default]")
    (tmp_path / "home" / ".ssh").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "settings").symlink_to("../home/.aws/credentials")
    (tmp_path / "tree" / "more").symlink_to("../home/.ssh")
    (tmp_path / "tree" / "nowhere").symlink_to("nothing")
    names = ["settings", "more", "nowhere", "gone"]

    assert found(tmp_path / "tree", names) == []
    assert found(tmp_path / "tree", names, copy_links=True) == ["settings", "more"]


def test_an_ssh_directory_is_one_finding_and_no_wildcard_lets_it_through(tmp_path: Path) -> None:
    """Only its name does, and what is in it is still looked at."""
    (tmp_path / "a" / ".ssh").mkdir(parents=True)
    (tmp_path / "a" / ".ssh" / "config").write_text("Host x")
    (tmp_path / "a" / ".ssh" / "id").write_bytes(PEM)
    names = ["a/", "a/.ssh/", "a/.ssh/config", "a/.ssh/id"]

    assert credentials.found(f"{tmp_path}/", names, ["*"]) == [Found("a/.ssh", "an ssh directory")]
    assert found(tmp_path, names, ".ssh") == ["a/.ssh/id"]
    assert found(tmp_path, names, "a/.ssh", "id") == []
    assert found(tmp_path, ["a/.ssh/config"]) == ["a/.ssh"]


def test_a_named_file_is_let_through_and_no_other(tmp_path: Path) -> None:
    """By its relative path, its last component, or a pattern over either."""
    (tmp_path / "tests").mkdir()
    for name in ("tests/a.pem", "tests/b.pem", "c[1].pem"):
        (tmp_path / name).write_bytes(PEM)
    names = ["tests/a.pem", "tests/b.pem", "c[1].pem"]

    assert found(tmp_path, names, "tests/a.pem") == ["tests/b.pem", "c[1].pem"]
    assert found(tmp_path, names, "a.pem", "c[1].pem") == ["tests/b.pem"]
    assert found(tmp_path, names, "tests/*") == ["c[1].pem"]
    assert found(tmp_path, names, "TESTS/*") == names


def test_the_refusal_names_paths_and_kinds_and_shows_no_content(tmp_path: Path) -> None:
    """Ten of them, how many more, and what can be typed; a name is one line."""
    (tmp_path / "new\nline*").write_bytes(PEM)
    names = ["new\nline*", *(f"{number}.env" for number in range(12))]
    for name in names[1:]:
        (tmp_path / name).write_text(f"TOKEN={TOKEN}")

    with pytest.raises(Guarded) as caught:
        credentials.check(f"{tmp_path}/", names)

    message = str(caught.value)
    assert message.startswith("error: 13 paths would carry credentials to the box; nothing was sent\n")
    assert (
        "  cause: `new\\nline*` is a private key\n         `0.env` is environment variables with secrets\n" in message
    )
    assert "`8.env`" in message
    assert "`9.env`" not in message
    assert "and 3 more" in message
    assert "ssh-transport -H ALIAS secrets.push" in message
    assert "--allow='new\\nline[*]'" in message
    assert TOKEN not in message
    assert PEM.decode()[40:60] not in message
    assert caught.value.code == 7


def test_what_can_not_be_read_or_has_no_end_is_passed_over(tmp_path: Path) -> None:
    """A pipe does not hold the push up, a file that vanished is no failure of ours."""
    os.mkfifo(tmp_path / ".netrc")

    assert found(tmp_path, [".netrc", "gone/.netrc", "n" * 300, "\udcff"]) == []


def test_a_hundred_thousand_files_take_seconds(tmp_path: Path) -> None:
    """Measured on a tenth, in time of the processor; a large file is not read to its end."""
    for number in range(1000):
        (tmp_path / f"{number}.json").write_bytes(b"{}\n" * (number * 7919 % 9000))
    with (tmp_path / "large").open("wb") as file:
        file.truncate(1 << 36)
    names = ["large", *(f"{number}.json" for number in range(1000))] * 10

    start_s = time.process_time()
    nothing = found(tmp_path, names)

    assert nothing == []
    assert time.process_time() - start_s < 2
