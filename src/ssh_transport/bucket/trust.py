"""Whether a bucket may be used: nobody reads it without a signature, and its clock agrees with ours."""

from __future__ import annotations

import contextlib
import datetime as dt
import email.utils
import os
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from uuid import uuid4

from ssh_transport.errors import Guarded, SettingsError, Unreachable

if TYPE_CHECKING:
    from .store import Store

_TIMEOUT_S = 20
_MOST_SECONDS_OFF = 300
_WORKS = 200
_CANARY_BYTES = 32


def check(store: Store) -> None:
    """
    Put a canary into the bucket, ask for it without a signature, and take it away.

    :raises Guarded: anyone may read it.
    :raises Unreachable: the bucket does not answer.
    :raises SettingsError: the clock of this machine is off by more than five minutes.
    """
    key = f"{uuid4().hex}.canary"
    url = store.signed("GET", [key], valid_s=_TIMEOUT_S)[0].partition("?")[0]
    # First, as a service refuses what was signed by a wrong clock, and says so in other words.
    _check_clock(_asked(url, store.relay.name)[1])
    store.put(key, os.urandom(_CANARY_BYTES))
    try:
        status, _ = _asked(url, store.relay.name)
    finally:
        store.delete([key])
    if status == _WORKS:
        raise Guarded(
            f"anyone can read the relay `{store.relay.name}` without a key; nothing was sent",
            hint="make the bucket private, with whoever provides it",
        )


def _asked(url: str, relay: str) -> tuple[int, str]:
    """Return the status of an unsigned GET, and what the server says is now."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - of the relay, which is http(s)
            return answer.status, answer.headers.get("Date") or ""
    except urllib.error.HTTPError as error:
        with contextlib.closing(error):
            return error.code, error.headers.get("Date") or ""
    except OSError as exc:
        mute = Unreachable(f"the relay `{relay}` does not answer", cause=type(exc).__name__)
        mute.is_permanent = True
        raise mute from None


def _check_clock(date: str) -> None:
    try:
        theirs = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return
    off_s = abs((dt.datetime.now(dt.UTC) - theirs).total_seconds())
    if off_s > _MOST_SECONDS_OFF:
        raise SettingsError(
            f"the clock of this machine is off by {off_s / 60:.0f} minutes, and what it signs is refused",
            hint="set it: timedatectl set-ntp true",
        )
