"""A relay is named in the settings, or refused with what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from invoke import Config, Context

from ssh_transport.bucket.relay import Relay, named
from ssh_transport.errors import SettingsError, UsageError


def context(**relays: Any) -> Context:
    return Context(Config(overrides={"relays": relays}))


def test_a_relay_is_what_the_settings_say() -> None:
    lab = {"url": "s3://runs/of/mine/", "endpoint": "http://127.0.0.1:9000", "region": "auto", "private": True}

    relay = named(context(lab=lab), "lab")

    assert relay == Relay("lab", lab["url"], lab["endpoint"], "auto", private=True)  # type: ignore[arg-type]
    assert (relay.bucket, relay.prefix) == ("runs", "of/mine")


def test_an_unknown_relay_is_named_with_its_neighbour() -> None:
    with pytest.raises(UsageError, match="there is no relay `lob`") as caught:
        named(context(lab={"url": "s3://b"}), "lob")

    assert caught.value.hint == "did you mean lab?"


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ("s3://b", "not a section"),
        ({}, "no url"),
        ({"url": "b/prefix"}, "names no bucket"),
        ({"url": "ftp://b"}, "names no bucket"),
        ({"url": "s3://b", "endpiont": "https://x"}, "unknown setting"),
        ({"url": "s3://b", "private": "yes"}, "not of type bool"),
        ({"url": "s3://b", "endpoint": "http://store.example"}, "endpoint"),
        ({"url": "s3://b", "endpoint": "store.example"}, "endpoint"),
    ],
)
def test_what_is_wrong_is_said(given: Any, word: str) -> None:
    with pytest.raises(SettingsError, match=word):
        named(context(lab=given), "lab")
