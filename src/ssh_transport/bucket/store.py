"""The one door to a bucket: objects are put, read, listed, deleted and signed for; errors are told in our words."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from typing import TYPE_CHECKING, Literal

from ssh_transport.errors import (
    CommandFailed,
    LoginRefused,
    NoSuchPath,
    PermissionRefused,
    TaskError,
    ToolMissing,
    Unreachable,
)
from ssh_transport.text import one_line

from .relay import AZURE, GOOGLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from obstore.store import AzureConfig, AzureStore, ClientConfig, GCSConfig, GCSStore, RetryConfig, S3Config, S3Store

    from .keys import Keys
    from .relay import Relay

# Of one request: enough for a part by a slow line.
_TIMEOUT, _CONNECT_TIMEOUT = "300s", "20s"
_PARTS_AT_ONCE, _BLOCK_BYTES = 3, 1 << 20
_CAUSE_LONGEST = 300
# What signs an address, and what an error of the service may repeat.
_SIGNED = re.compile(
    r"(?i)((?:X-Amz-(?:Signature|Credential|Security-Token)|sig|Signature|GoogleAccessId|AWSAccessKeyId)=)[^&\s\"'<>]+"
)
_CODE, _MESSAGE = re.compile(r"<Code>(\w{1,80})</Code>"), re.compile(r"<Message>([^<]*)</Message>")
_DETAILS = "Debug source:"
_KEY_ELEMENTS = re.compile(
    r"(?is)<(AWSAccessKeyId|StringToSign|CanonicalRequest|SignatureProvided|StringToSignBytes)>.*?</\1>"
)


class Store:
    """
    A bucket, below the prefix of its relay; keys are relative to it.

    :param within_s: how long an answer may take, which is not asked for again then; `None` for what a part may take.
    :raises ToolMissing: the library that talks to it is not installed.
    """

    def __init__(self, relay: Relay, keys: Keys, *, within_s: float | None = None) -> None:
        self.relay = relay
        self._store = _opened(relay, keys, within_s)

    def put(self, key: str, data: bytes) -> None:
        """Write an object, whole or not at all, over what is there."""
        import obstore

        with self._told(f"write `{key}` to"):
            obstore.put(self._store, key, data, use_multipart=False)

    def put_file(self, key: str, path: Path, part_bytes: int) -> None:
        """Write a file as an object, in parts where it is longer than one; whole or not at all."""
        import obstore

        with self._told(f"write `{key}` to"):
            obstore.put(self._store, key, path, chunk_size=part_bytes, max_concurrency=_PARTS_AT_ONCE)

    def blocks(self, key: str) -> Iterator[bytes]:
        """Yield an object; after a cut the library goes on where it was."""
        import obstore

        with self._told(f"read `{key}` from"):
            for block in obstore.get(self._store, key).stream(_BLOCK_BYTES):
                yield bytes(block)

    def look(self, key: str) -> tuple[int, str] | None:
        """Return how long an object is, and its entity tag without quotes, if it has one; `None` if there is none."""
        import obstore

        with contextlib.suppress(NoSuchPath), self._told(f"look at `{key}` in"):
            found = obstore.head(self._store, key)
            return found["size"], (found["e_tag"] or "").strip('"')
        return None

    def sizes(self, prefix: str) -> dict[str, int]:
        """Return the length of every object whose key begins with a prefix, which ends in a slash."""
        import obstore

        with self._told("list"):
            found = [one for page in obstore.list(self._store, prefix=prefix.rstrip("/")) for one in page]
        return {one["path"]: one["size"] for one in found}

    def holds(self, prefix: str) -> bool:
        """Whether any key begins with a prefix, which ends in a slash; no more is listed than it takes."""
        import obstore

        with self._told("list"):
            return any(obstore.list(self._store, prefix=prefix.rstrip("/"), chunk_size=1))

    def found(self) -> dict[str, tuple[int, dt.datetime]]:
        """Return how long each object is, and when it was written."""
        import obstore

        with self._told("list"):
            pages = obstore.list(self._store)
            return {one["path"]: (one["size"], one["last_modified"]) for page in pages for one in page}

    def delete(self, keys: Sequence[str]) -> None:
        """Delete objects, one request each: not every service knows another; what is gone already is no error."""
        import obstore

        for key in keys:
            with self._told(f"delete `{key}` from"), contextlib.suppress(FileNotFoundError):
                obstore.delete(self._store, key)

    def signed(self, method: Literal["GET", "PUT"], keys: Sequence[str], *, valid_s: int) -> list[str]:
        """Return an address for each object, with which anyone may do that one thing for so long."""
        import obstore

        with self._told("sign for"):
            return list(obstore.sign(self._store, method, list(keys), dt.timedelta(seconds=valid_s)))

    @contextlib.contextmanager
    def _told(self, what: str) -> Iterator[None]:
        """Turn what the library raises into an error of ours; no key or signature is in its words."""
        from obstore import exceptions

        try:
            yield
        except (FileNotFoundError, exceptions.NotFoundError) as exc:
            raise self._error(NoSuchPath, what, exc) from None
        except exceptions.UnauthenticatedError as exc:
            raise self._error(LoginRefused, what, exc) from None
        except exceptions.PermissionDeniedError as exc:
            raise self._error(PermissionRefused, what, exc) from None
        except (exceptions.BaseError, ValueError, OSError) as exc:
            is_far = re.search(r"error sending request|timed out|connect|dns", str(exc), re.IGNORECASE)
            raise self._error(Unreachable if is_far else CommandFailed, what, exc) from None

    def _error(self, kind: type[TaskError], what: str, exc: Exception) -> TaskError:
        hint = f"look at `relays.{self.relay.name}` in the settings, and at its credentials"
        error = kind(f"could not {what} the relay `{self.relay.name}`", cause=masked(str(exc)), hint=hint)
        # The library has tried it again, for minutes.
        error.is_permanent = True
        return error


def masked(text: str) -> str:
    """Return the reason in what a service said, in one line, without what signs an address."""
    if code := _CODE.search(text):
        message = _MESSAGE.search(text)
        text = f"{code[1]}: {message[1]}" if message else code[1]
    plain = _KEY_ELEMENTS.sub(r"<\1>********</\1>", _SIGNED.sub(r"\1********", text.partition(_DETAILS)[0]))
    return one_line(" ".join(plain.split()))[:_CAUSE_LONGEST]


def _opened(relay: Relay, keys: Keys, within_s: float | None) -> AzureStore | GCSStore | S3Store:
    try:
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError:
        what = "copies by way of a relay need the package `obstore`"
        raise ToolMissing(what, hint="pip install 'ssh-transport[relay]'") from None

    prefix, secret = relay.prefix or None, keys.secret_access_key.reveal().decode()
    # Plain http is for loopback alone: see `relay`.
    is_plain = relay.endpoint.startswith("http:")
    client: ClientConfig = {"timeout": _TIMEOUT, "connect_timeout": _CONNECT_TIMEOUT, "allow_http": is_plain}
    again: RetryConfig | None = None
    if within_s is not None:
        client |= {"timeout": f"{within_s:g}s", "connect_timeout": f"{within_s:g}s"}
        again = {"max_retries": 0}
    if relay.scheme == AZURE:
        azure: AzureConfig = {"account_name": keys.access_key_id, "account_key": secret}
        if relay.endpoint:
            azure["endpoint"] = relay.endpoint
        return AzureStore(relay.bucket, prefix=prefix, config=azure, client_options=client, retry_config=again)
    if relay.scheme == GOOGLE:
        google: GCSConfig = {"service_account_key": secret}
        return GCSStore(relay.bucket, prefix=prefix, config=google, client_options=client, retry_config=again)
    config: S3Config = {
        "region": relay.region or "us-east-1",
        "access_key_id": keys.access_key_id,
        "secret_access_key": secret,
    }
    if relay.endpoint:
        config["endpoint"] = relay.endpoint
    if keys.session_token:
        config["session_token"] = keys.session_token.reveal().decode()
    return S3Store(relay.bucket, prefix=prefix, config=config, client_options=client, retry_config=again)
