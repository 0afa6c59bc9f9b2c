"""The strings that consoles show: each leads to its platform, and to the kind of endpoint that it is."""

from __future__ import annotations

import pytest

from ssh_transport.platforms import endpoint, profiles
from tests.support.console_strings import HINT, HOST, NOTHING, PASTED, Pasted

pytestmark = pytest.mark.usefixtures("own_profiles")

# What looks like one of them, and is not; and what is, whoever logs in.
LOOKALIKES = [
    Pasted(
        "a key named as everyone's, another user",
        "ssh me@203.0.113.7 -p 2222 -i ~/.ssh/id_ed25519",
        *("generic", "direct", "me", "203.0.113.7", 2222, NOTHING),
    ),
    Pasted(
        "a key named as everyone's, the usual port",
        "ssh root@203.0.113.7 -i ~/.ssh/id_ed25519",
        *("generic", "direct", "root", "203.0.113.7", None, NOTHING),
    ),
    Pasted(
        "a key named as everyone's, a host with a name",
        "ssh root@gpu.example.org -p 2222 -i ~/.ssh/id_ed25519",
        *("generic", "direct", "root", "gpu.example.org", 2222, NOTHING),
    ),
    Pasted(
        "an Ubuntu box with a name",
        "ssh ubuntu@gpu.example.org",
        *("generic", "direct", "ubuntu", "gpu.example.org", None, NOTHING),
    ),
    Pasted(
        "an Ubuntu box with a port of its own",
        "ssh -p 2222 ubuntu@203.0.113.9",
        *("generic", "direct", "ubuntu", "203.0.113.9", 2222, NOTHING),
    ),
    Pasted(
        "a key named as everyone's beside Vast's tunnel",
        "ssh root@203.0.113.7 -p 2222 -i ~/.ssh/id_ed25519 -L 8080:localhost:8080",
        *("vastai", "direct", "root", "203.0.113.7", 2222, HINT),
    ),
    Pasted(
        "both RunPod's and Vast's hint",
        "ssh root@203.0.113.7 -p 2222 -i ~/.runpod/ssh/k -L 8080:localhost:8080",
        *("generic", "direct", "root", "203.0.113.7", 2222, NOTHING),
    ),
    Pasted(
        "root at an address, by a port of its own",
        "ssh root@203.0.113.7 -p 17958",
        *("generic", "direct", "root", "203.0.113.7", 17958, NOTHING),
    ),
    Pasted(
        "a platform's name in front of another domain",
        "root@connect.westb.seetacloud.com.example.org:12345",
        *("generic", "direct", "root", "connect.westb.seetacloud.com.example.org", 12345, NOTHING),
    ),
    Pasted(
        "a web site",
        "root@www.matpool.com:12345",
        *("generic", "direct", "root", "www.matpool.com", 12345, NOTHING),
    ),
    Pasted(
        "capitals",
        "root@Connect.WestB.SeetaCloud.com:12345",
        *("autodl", "gateway", "root", "Connect.WestB.SeetaCloud.com", 12345, HOST),
    ),
    Pasted(
        "another user on a gateway",
        "me@connect.westb.seetacloud.com:12345",
        *("autodl", "gateway", "me", "connect.westb.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "RunPod's proxy as its pages shorten it",
        "ssh pod-id@ssh.runpod.io",
        *("runpod", "proxied", "pod-id", "ssh.runpod.io", None, HOST),
    ),
    Pasted(
        "no user at all",
        "ssh ssh5.vast.ai -p 12345",
        *("vastai", "proxied", None, "ssh5.vast.ai", 12345, HOST),
    ),
]


@pytest.mark.parametrize("case", [*PASTED, *LOOKALIKES], ids=lambda case: case.test_id)
def test_a_pasted_string_leads_to_its_platform_and_kind(case: Pasted) -> None:
    """Platform, kind, user, host and port are those that its console means; the reason is said."""
    said = endpoint.parse(case.text)
    profile, why = profiles.recognise(said)
    kind = profiles.reach_of(profile, said.host, said.user).name

    assert (case.user, case.host, case.port) == (said.user, said.host, said.port)
    assert (case.platform, case.kind, case.why) == (profile.slug, kind, why)


@pytest.mark.parametrize("case", PASTED, ids=lambda case: case.test_id)
def test_a_pasted_string_is_of_one_platform_at_most(case: Pasted) -> None:
    """Hosts and hints of two platforms never meet in a string that a console shows."""
    said = endpoint.parse(case.text)
    known = profiles.all_profiles().values()
    hosts = [
        profile.slug
        for profile in known
        for reach in profile.endpoints
        if reach.has_own_host and reach.matches(said.host, said.user)
    ]
    hints = [profile.slug for profile in known if profile.is_hinted_by(said)]

    assert [case.platform] * (case.why == HOST) == hosts
    assert [case.platform] * (case.why == HINT) == hints
