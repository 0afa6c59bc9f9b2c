"""What opens a relay comes from the source that it names, or from the environment, which loses it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ssh_transport.bucket.keys import keys_of
from ssh_transport.bucket.relay import Relay
from ssh_transport.errors import LocalFileError, SettingsError
from ssh_transport.terminal import kept_back

if TYPE_CHECKING:
    from pathlib import Path

CREDENTIALS = """[default]
aws_access_key_id = AKIDDEFAULT
aws_secret_access_key = secret%of-default
[team]
aws_access_key_id = AKIDTEAM
aws_secret_access_key = secret-of-team
aws_session_token = token-of-team
[half]
aws_access_key_id = AKIDHALF
"""


@pytest.fixture(autouse=True)
def _credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_back, "_taken", {})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text(CREDENTIALS)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def relay(profile: str = "") -> Relay:
    return Relay("lab", "s3://runs", profile=profile)


def test_the_environment_comes_first_and_loses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDENV")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-env")

    for _ in range(2):
        keys = keys_of(relay())
        assert (keys.access_key_id, keys.secret_access_key.reveal()) == ("AKIDENV", b"secret-of-env")
    assert not {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} & set(os.environ)
    assert keys_of(relay("team")).access_key_id == "AKIDTEAM"
    assert "secret-of-env" not in repr(keys)


def test_without_it_the_profile_counts() -> None:
    default, team = keys_of(relay()), keys_of(relay("team"))

    assert default.secret_access_key.reveal() == b"secret%of-default"
    assert default.session_token is None
    assert team.session_token
    assert team.session_token.reveal() == b"token-of-team"


@pytest.mark.parametrize("profile", ["half", "none"])
def test_a_profile_without_a_key_is_told(profile: str) -> None:
    with pytest.raises(SettingsError, match="nothing opens the relay `lab`") as caught:
        keys_of(relay(profile))

    assert f"no profile `{profile}`" in caught.value.cause


def test_a_file_that_is_none_is_told_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("secret-of-nobody\n")

    with pytest.raises(LocalFileError) as caught:
        keys_of(relay())

    assert "secret-of-nobody" not in str(caught.value)
