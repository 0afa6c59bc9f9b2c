"""What opens a bucket: read once, on this machine, and given to nobody."""

from __future__ import annotations

import configparser
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ssh_transport.errors import LocalFileError, SettingsError
from ssh_transport.secret import sources
from ssh_transport.secret.value import Secret, one_line
from ssh_transport.terminal import kept_back

from .relay import AZURE, GOOGLE

if TYPE_CHECKING:
    from .relay import Relay

_ID, _SECRET, _TOKEN = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
# As the command lines of Azure and Google have them; the second names a file.
_ACCOUNT, _ACCOUNT_KEY = "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_KEY"
_KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"


@dataclass(frozen=True)
class Keys:
    """
    What opens a bucket; a box never gets it.

    For Azure the name and the key of an account, for Google the mail address and the file of a service account.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None


def keys_of(relay: Relay) -> Keys:
    """
    Return what opens a relay: from its keyring entry or its profile, if it names one; else from the environment, which
    loses it, so that no program that we start has it; else from the profile ``default``.

    :raises SettingsError: there is nothing.
    """
    take_from_environment()
    if relay.keyring:
        found = sources.read(relay.name, keyring=relay.keyring)
        return Keys(relay.account or found.login, found.secret)
    if relay.scheme == AZURE:
        return _of_azure(relay)
    if relay.scheme == GOOGLE:
        return _of_google(relay)
    if not relay.profile and (access_key_id := kept_back.value_of(_ID)) and (secret := kept_back.value_of(_SECRET)):
        token = kept_back.value_of(_TOKEN)
        kept = one_line(token, f"the variable `{_TOKEN}`") if token else None
        return Keys(access_key_id, one_line(secret, f"the variable `{_SECRET}`"), kept)
    return _of_profile(relay)


def take_from_environment() -> None:
    """Take what may open a relay out of the environment, so that no program that we start has it."""
    kept_back.take(_ID, _SECRET, _TOKEN, _ACCOUNT_KEY)


def _of_azure(relay: Relay) -> Keys:
    account, key = relay.account or os.environ.get(_ACCOUNT), kept_back.value_of(_ACCOUNT_KEY)
    if not account or not key:
        hint = (
            f"export {_ACCOUNT_KEY}, and {_ACCOUNT} or relays.{relay.name}.account; or name relays.{relay.name}.keyring"
        )
        cause = f"`{_ACCOUNT if key else _ACCOUNT_KEY}` is not set"
        raise SettingsError(f"nothing opens the relay `{relay.name}`", cause=cause, hint=hint)
    return Keys(account, one_line(key, f"the variable `{_ACCOUNT_KEY}`"))


def _of_google(relay: Relay) -> Keys:
    """Return what the file of a service account has: no other login can sign addresses."""
    path = relay.profile or os.environ.get(_KEY_FILE)
    if not path:
        hint = f"export {_KEY_FILE}, or name relays.{relay.name}.profile or relays.{relay.name}.keyring"
        raise SettingsError(f"nothing opens the relay `{relay.name}`", cause=f"`{_KEY_FILE}` is not set", hint=hint)
    try:
        text = Path(path).expanduser().read_bytes()
        found = json.loads(text)
        is_fit = {"private_key", "client_email"} <= found.keys()
    except (OSError, ValueError, AttributeError) as exc:
        raise LocalFileError(f"`{path}` can't be read", cause=type(exc).__name__) from None
    if not is_fit:
        hint = "a file of a service account has one: gcloud iam service-accounts keys create"
        raise SettingsError(f"`{path}` has no key that could sign an address", hint=hint)
    return Keys(str(found["client_email"]), Secret(text))


def _of_profile(relay: Relay) -> Keys:
    """Return what the file of the AWS command line has."""
    path = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").expanduser()
    profile = relay.profile or "default"
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read(path)
    except (configparser.Error, UnicodeDecodeError, OSError) as exc:
        # The message of the exception is not printed: it may contain a key.
        raise LocalFileError(f"`{path}` can't be read", cause=type(exc).__name__) from None
    section = parser[profile] if parser.has_section(profile) else {}
    access_key_id, secret = section.get(_ID.lower()), section.get(_SECRET.lower())
    if not access_key_id or not secret:
        where = f"`{path}` has no profile `{profile}` with an access key"
        cause = where if relay.profile else f"`{_ID}` and `{_SECRET}` are not set, and {where}"
        hint = f"export both, or name a source: relays.{relay.name}.profile or relays.{relay.name}.keyring"
        raise SettingsError(f"nothing opens the relay `{relay.name}`", cause=cause, hint=hint)
    source, token = f"`{path}`", section.get(_TOKEN.lower())
    return Keys(access_key_id, one_line(secret, source), one_line(token, source) if token else None)
