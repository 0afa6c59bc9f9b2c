"""The profiles: pasted strings lead to the right platform, messages to the right trap, and mistakes are named."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import platformdirs
import pytest

from ssh_transport import endpoint, platforms
from ssh_transport.errors import EndpointError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from ssh_transport.profile import Gotcha, Profile

HOST = "by its host name"
HINT = "by what the string says besides the host"
NOTHING = "nothing in it tells; `--profile` would"

PLATFORMS = {
    "autodl",
    "featurize",
    "generic",
    "gpushare",
    "lambda",
    "lanrui",
    "matpool",
    "paperspace",
    "runpod",
    "vastai",
}


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A person without profiles of their own, and the directory where they would put them."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    directory = platformdirs.user_config_path("ssh-transport") / "profiles"
    directory.mkdir(parents=True)
    platforms.all_profiles.cache_clear()
    yield directory
    platforms.all_profiles.cache_clear()


class Pasted(NamedTuple):
    """What a person pastes, and where it leads."""

    test_id: str
    text: str
    platform: str
    kind: str
    user: str | None
    host: str
    port: int | None
    why: str


# The numbers are those of the list of strings that consoles, mails and tools were seen to show.
PASTED = [
    Pasted(
        "1 older AutoDL region",
        "ssh -p 38076 root@region-1.autodl.com",
        *("autodl", "gateway", "root", "region-1.autodl.com", 38076, HOST),
    ),
    Pasted(
        "1 AutoDL's private region",
        "ssh -p 38076 root@region-41.autodl.pro",
        *("autodl", "gateway", "root", "region-41.autodl.pro", 38076, HOST),
    ),
    Pasted(
        "1 an AutoDL region under the newer domain",
        "ssh -p 38076 root@region-3.seetacloud.com",
        *("autodl", "gateway", "root", "region-3.seetacloud.com", 38076, HOST),
    ),
    Pasted(
        "2 AutoDL",
        "ssh -p 12345 root@connect.westd.seetacloud.com",
        *("autodl", "gateway", "root", "connect.westd.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "3 AutoDL's scp",
        "scp -rP 35394 <local> root@region-1.autodl.com:/root/autodl-tmp",
        *("autodl", "gateway", "root", "region-1.autodl.com", 35394, HOST),
    ),
    Pasted(
        "4 AutoDL's tunnel",
        "ssh -CNg -L 6006:127.0.0.1:6006 root@connect.nmb1.seetacloud.com -p 12345",
        *("autodl", "gateway", "root", "connect.nmb1.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "5 GPUHub",
        "ssh -p 12345 root@connect.westc.gpuhub.com",
        *("autodl", "gateway", "root", "connect.westc.gpuhub.com", 12345, HOST),
    ),
    Pasted(
        "6 RunPod's proxy",
        "ssh 8y5rumuyb50m78-6441103b@ssh.runpod.io -i ~/.ssh/id_ed25519",
        *("runpod", "proxied", "8y5rumuyb50m78-6441103b", "ssh.runpod.io", None, HOST),
    ),
    Pasted(
        "7 RunPod's exposed TCP",
        "ssh root@203.0.113.12 -p 17445 -i ~/.ssh/id_ed25519",
        *("runpod", "direct", "root", "203.0.113.12", 17445, HINT),
    ),
    Pasted(
        "8 RunPod's port line",
        "TCP port 203.0.113.39:13007 -> :22",
        *("generic", "direct", "root", "203.0.113.39", 13007, NOTHING),
    ),
    Pasted(
        "8 with two arrows",
        "TCP port ->  203.0.113.6:25634 -> :22",
        *("generic", "direct", "root", "203.0.113.6", 25634, NOTHING),
    ),
    Pasted(
        "9 runpodctl",
        "ssh -i /home/u/.runpod/ssh/runpodctl-ssh-key root@203.0.113.7 -p 12345",
        *("runpod", "direct", "root", "203.0.113.7", 12345, HINT),
    ),
    Pasted(
        "9 runpodctl's older key",
        "ssh -i ~/.runpod/ssh/RunPod-Key-Go root@203.0.113.7 -p 12345",
        *("runpod", "direct", "root", "203.0.113.7", 12345, HINT),
    ),
    Pasted(
        "10 Vast's proxy",
        "ssh -p 12345 root@ssh5.vast.ai -L 8080:localhost:8080",
        *("vastai", "proxied", "root", "ssh5.vast.ai", 12345, HOST),
    ),
    Pasted(
        "11 Vast's direct port",
        "ssh -p 20544 root@198.51.100.187 -L 8080:localhost:8080",
        *("vastai", "direct", "root", "198.51.100.187", 20544, HINT),
    ),
    Pasted(
        "12 several tunnels",
        "ssh -p 1234 root@198.51.100.123 -L 8080:localhost:8080 -L 5000:localhost:5000",
        *("vastai", "direct", "root", "198.51.100.123", 1234, HINT),
    ),
    Pasted(
        "13 vastai ssh-url",
        "ssh://root@203.0.113.7:41234",
        *("generic", "direct", "root", "203.0.113.7", 41234, NOTHING),
    ),
    Pasted(
        "13 vastai scp-url",
        "scp://root@203.0.113.7:41234",
        *("generic", "direct", "root", "203.0.113.7", 41234, NOTHING),
    ),
    Pasted(
        "13 vastai ssh-url of a proxy",
        "ssh://root@ssh5.vast.ai:41234",
        *("vastai", "proxied", "root", "ssh5.vast.ai", 41234, HOST),
    ),
    Pasted(
        "14 Vast's list of ports",
        "198.51.100.74:33526 -> 8081/tcp\n198.51.100.74:33527 -> 22/tcp",
        *("generic", "direct", "root", "198.51.100.74", 33527, NOTHING),
    ),
    Pasted(
        "15 Lambda",
        "ssh ubuntu@203.0.113.9",
        *("lambda", "direct", "ubuntu", "203.0.113.9", None, HINT),
    ),
    Pasted(
        "15 Lambda with a key",
        "ssh -i '~/keys/my key.pem' ubuntu@203.0.113.9",
        *("lambda", "direct", "ubuntu", "203.0.113.9", None, HINT),
    ),
    Pasted(
        "16 Paperspace's mail",
        "Your temporary password is:\nxxxxxxxx\nConnect with the following command:ssh paperspace@203.0.113.5",
        *("paperspace", "direct", "paperspace", "203.0.113.5", None, HINT),
    ),
    Pasted(
        "17 Gpushare's clipboard",
        "登录指令：ssh -p 6666 root@i-1.gpushare.com\n密码：xxxxxxxx",  # noqa: RUF001 - as the console has it
        *("gpushare", "gateway", "root", "i-1.gpushare.com", 6666, HOST),
    ),
    Pasted(
        "18 Featurize",
        "ssh featurize@workspace.featurize.cn -p 12345",
        *("featurize", "gateway", "featurize", "workspace.featurize.cn", 12345, HOST),
    ),
    Pasted(
        "19 Featurize with a tunnel",
        "ssh -L 1455:localhost:1455 featurize@workspace.featurize.cn -p 12345",
        *("featurize", "gateway", "featurize", "workspace.featurize.cn", 12345, HOST),
    ),
    Pasted(
        "20 LanRui",
        "ssh user@ssh.rde-ws.lanrui-ai.com -p 12345 -i ~/.ssh/id_rsa",
        *("lanrui", "gateway", "user", "ssh.rde-ws.lanrui-ai.com", 12345, HOST),
    ),
    Pasted(
        "20 LanRui's new domain",
        "ssh user@ssh.zone.lanrui.co -p 12345",
        *("lanrui", "gateway", "user", "ssh.zone.lanrui.co", 12345, HOST),
    ),
    Pasted(
        "21 Matpool",
        "ssh -p 12345 root@hz-4.matpool.com",
        *("matpool", "gateway", "root", "hz-4.matpool.com", 12345, HOST),
    ),
    Pasted(
        "21 another Matpool",
        "ssh -p 12345 root@px1-jcy.matpool.com",
        *("matpool", "gateway", "root", "px1-jcy.matpool.com", 12345, HOST),
    ),
    Pasted(
        "21 Matpool without a number",
        "ssh -p 12345 root@hz.matpool.com",
        *("matpool", "gateway", "root", "hz.matpool.com", 12345, HOST),
    ),
    Pasted(
        "22 no ssh in front",
        "root@connect.bjb1.seetacloud.com -p 12345",
        *("autodl", "gateway", "root", "connect.bjb1.seetacloud.com", 12345, HOST),
    ),
    Pasted(
        "22 bare",
        "root@203.0.113.8:12345",
        *("generic", "direct", "root", "203.0.113.8", 12345, NOTHING),
    ),
    Pasted(
        "22 from a chat",
        "ssh　－p　12345 root@connect.bjb1.seetacloud.com",  # noqa: RUF001 - as a chat has it
        *("autodl", "gateway", "root", "connect.bjb1.seetacloud.com", 12345, HOST),
    ),
]

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
        "both RunPod's and Vast's hint",
        "ssh root@203.0.113.7 -p 2222 -i ~/.ssh/id_ed25519 -L 8080:localhost:8080",
        *("generic", "direct", "root", "203.0.113.7", 2222, NOTHING),
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


class Said(NamedTuple):
    """What `ssh`, rsync, bash, Paramiko or we say, and the trap that it means on its platform."""

    gotcha: str
    text: str


_CHANGED = [
    "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @",
    "Host key verification failed.",
    "Host key for [connect.westb.seetacloud.com]:38076 has changed and you have requested strict checking.",
    "Host key for server 'proj-1' does not match: got 'AAAAC3', expected 'AAAAB3'",
    "the host key of `proj-1` changed; nothing was sent",
]
_REFUSED = ["root@203.0.113.7: Permission denied (publickey,password).", "`proj-1` refused the login"]
SAID = [
    *(Said(gotcha, text) for gotcha in ("A1", "R7", "L1", "T6") for text in _CHANGED),
    *(Said(gotcha, text) for gotcha in ("R3", "V2") for text in _REFUSED),
    Said("A2", 'rsync: [receiver] mkstemp "/root/autodl-fs/ckpt/.x.1" failed: No space left on device (28)'),
    Said("A2", 'rsync: [receiver] write failed on "/autodl-fs/data/x": Disk quota exceeded (122)'),
    Said("A5", "bash: line 1: python3: command not found"),
    Said("A5", "sh: 1: python: not found"),
    Said("A5", "zsh:1: command not found: python3"),
    Said("A5", "/usr/bin/env: ‘python3’: No such file or directory"),  # noqa: RUF001 - as coreutils prints it
    Said("A6", "could not connect to `proj-1`\nError reading SSH protocol banner"),
    Said("A6", "Connection timed out during banner exchange\nConnection to 203.0.113.7 port 38076 timed out"),
    Said("A6", "ssh: connect to host 198.18.0.17 port 38076: Connection refused"),
    Said("A8", 'rsync: [receiver] write failed on "/root/autodl-tmp/x.pt": No space left on device (28)'),
    Said("R1", "Error: Your SSH client doesn't support PTY"),
    Said("R2", "ssh: connect to host 203.0.113.7 port 17445: Connection refused"),
    Said("R2", "could not connect to `pod-1`\nConnection refused"),
    Said("R3", "8y5rumuyb50m78-6441103b@ssh.runpod.io: Permission denied (publickey)."),
    Said("R5", 'rsync: [receiver] chown "/workspace/.x.pt.AbC123" failed: Invalid argument (22)'),
    Said("R5", 'rsync: [generator] chgrp "/workspace/dir" failed: Operation not permitted (1)'),
    Said("R6", "bash: line 1: rsync: command not found"),
    Said("R6", "sh: 1: rsync: not found"),
    Said("R6", "zsh:1: command not found: rsync"),
    Said("L2", 'Please login as the user "ubuntu" rather than the user "root".'),
    Said("L2", "root@203.0.113.9: Permission denied (publickey)."),
    Said("L5", "ubuntu@203.0.113.9: Permission denied (publickey)."),
    Said("C1", "root@i-1.gpushare.com: Permission denied (publickey,password)."),
    Said("C1", "`proj-1` refused the login"),
    Said("C2", 'rsync: [Receiver] mkdir "/hy-netdisk/run" failed: No such file or directory (2)'),
    Said("C2", "ls: cannot access '/hy-netdisk': No such file or directory"),
    Said("C9", "ssh: Could not resolve hostname ssh.rde-ws.lanrui-ai.com: Name or service not known"),
    Said("C9", "ssh: connect to host ssh.rde-ws.lanrui-ai.com port 12345: Connection timed out"),
    Said("T2", "Read from remote host 203.0.113.7: Connection reset by peer"),
    Said("T5", 'scp: dest open "/root/x/": Failure'),
    Said("T5", 'rsync: [Receiver] mkdir "/root/no/where" failed: No such file or directory (2)'),
    Said("S8", "run.sh: line 4: $'\\r': command not found"),
    Said("S8", "run.sh: line 2: set: -\r: invalid option"),
    Said("S8", "/usr/bin/env: ‘bash\\r’: No such file or directory"),  # noqa: RUF001 - as coreutils prints it
    Said("S8", "bash: ./run.sh: /bin/bash^M: bad interpreter: No such file or directory"),
    Said("S8", "run.sh: line 6: syntax error near unexpected token `$'do\\r''"),
    Said("S8", "run.sh: line 5: cd: $'/tmp\\r': No such file or directory"),
    Said("S9", "subsystem request failed on channel 0\nscp: Connection closed"),
]

# A platform's own trap goes before the general one that its message means as well.
OVERRIDDEN = {("A1", "T6"), ("R7", "T6"), ("L1", "T6"), ("C2", "T5")}

UNRELATED = [
    "Warning: Permanently added '[127.0.0.1]:36185' (ED25519) to the list of known hosts.",
    "Welcome to vast.ai. If authentication fails, try again after a few seconds, and double check your ssh key.",
    "Connection to 203.0.113.7 closed by remote host.",
    "client_loop: send disconnect: Broken pipe",
    "ssh: connect to host 203.0.113.7 port 17445: Connection timed out",
    "ssh: Could not resolve hostname proj-1: Name or service not known",
    "git@github.com: Permission denied (publickey).",
    "curl: (7) Failed to connect to 127.0.0.1 port 6006: Connection refused",
    "bash: line 1: nvidia-smi: command not found",
    "bash: line 1: python3.12: command not found",
    "python3: can't open file '/root/train.py': [Errno 2] No such file or directory",
    "rsync: connection unexpectedly closed (0 bytes received so far) [sender]",
    'rsync: [sender] change_dir "/root/nope" failed: No such file or directory (2)',
    'rsync: [sender] link_stat "/hy-netdisk/nope" failed: No such file or directory (2)',
    'rsync: [sender] send_files failed to open "/root/.x": Permission denied (13)',
    'rsync: [receiver] write failed on "/home/me/x.pt": No space left on device (28)',
    "no space is left on this machine",
    "bash: line 1: set: -z: invalid option",
    "`proj-1` refused the sudo password",
    "the host key of `proj-1` is marked as revoked; nothing was sent",
    "`pod-1` is a proxied endpoint of RunPod, which has no exec",
]


def test_every_platform_has_a_profile_that_loads() -> None:
    """All of them are there, and ``generic`` comes last."""
    profiles = platforms.all_profiles()

    assert set(profiles) == PLATFORMS
    assert list(profiles)[-1] == platforms.GENERIC


def test_a_gotcha_is_known_by_its_id_alone() -> None:
    """No id is used twice, in whatever files."""
    ids = Counter(gotcha.id for gotcha in _gotchas())

    assert [name for name, count in ids.items() if count > 1] == []


@pytest.mark.parametrize("case", [*PASTED, *LOOKALIKES], ids=lambda case: case.test_id)
def test_a_pasted_string_leads_to_its_platform_and_kind(case: Pasted) -> None:
    """Platform, kind, user, host and port are those that its console means; the reason is said."""
    said = endpoint.parse(case.text)
    profile, why = platforms.recognise(said)
    kind = platforms.reach_of(profile, said.host, said.user).name

    assert (case.user, case.host, case.port) == (said.user, said.host, said.port)
    assert (case.platform, case.kind, case.why) == (profile.slug, kind, why)


def test_a_list_of_ports_without_22_is_no_string() -> None:
    """Vast's list may lack SSH; its other ports are none."""
    with pytest.raises(EndpointError):
        endpoint.parse("198.51.100.74:33526 -> 8081/tcp")


@pytest.mark.parametrize("case", PASTED, ids=lambda case: case.test_id)
def test_a_pasted_string_is_of_one_platform_at_most(case: Pasted) -> None:
    """Hosts and hints of two platforms never meet in a string that a console shows."""
    said = endpoint.parse(case.text)
    profiles = platforms.all_profiles().values()
    hosts = [
        profile.slug
        for profile in profiles
        for reach in profile.endpoints
        if reach.has_own_host and reach.means(said.host, said.user)
    ]
    hints = [profile.slug for profile in profiles if profile.is_hinted_by(said)]

    assert [case.platform] * (case.why == HOST) == hosts
    assert [case.platform] * (case.why == HINT) == hints


def test_the_weak_kinds_say_how_to_get_a_better_one() -> None:
    """RunPod's proxy can do nothing, Vast's is slow; every other kind does all at full speed."""
    kinds = {(profile.slug, reach.name): reach for profile in _profiles() for reach in profile.endpoints}
    weak = {name for name, reach in kinds.items() if len(reach.capabilities) < 3 or reach.slow_over_bytes}

    assert {("runpod", "proxied"), ("vastai", "proxied")} == weak
    assert kinds["runpod", "proxied"].capabilities == ()
    assert "SSH over exposed TCP" in kinds["runpod", "proxied"].better
    assert kinds["vastai", "proxied"].slow_over_bytes == 1_000_000_000
    assert "vastai ssh-url" in kinds["vastai", "proxied"].better


@pytest.mark.parametrize("slug", sorted(PLATFORMS))
def test_a_secret_never_goes_where_others_see_it(slug: str) -> None:
    """Every shared mount, under each of its names, is outside what is allowed or inside what is denied."""
    profile = platforms.all_profiles()[slug]
    shared = [path for mount in profile.shared_mounts for path in (mount.path, *mount.aliases)]

    assert _within(profile.directories.home, profile.secrets.allow)
    assert not _within(profile.directories.home, profile.secrets.deny)
    assert [path for path in shared if not _within(path, profile.secrets.deny)] == []


def test_each_pattern_of_a_gotcha_has_a_genuine_message() -> None:
    """A pattern that nothing says could be wrong for years."""
    said: dict[str, list[str]] = {}
    for case in SAID:
        said.setdefault(case.gotcha, []).append(case.text)
    idle = [
        (gotcha.id, pattern)
        for gotcha in _gotchas()
        for pattern in gotcha.seen
        if not any(re.search(pattern, text) for text in said.get(gotcha.id, []))
    ]

    assert idle == []
    assert {gotcha.id for gotcha in _gotchas() if gotcha.seen} == set(said)


@pytest.mark.parametrize("case", SAID, ids=lambda case: f"{case.gotcha}: {case.text[:30]!r}")
def test_a_message_means_one_gotcha_of_its_platform(case: Said) -> None:
    """The platform's own alone is meant, and the general one only where it is known to be overridden."""
    profile = next(one for one in _profiles() if any(gotcha.id == case.gotcha for gotcha in one.gotchas))
    own_ids = _meant(profile.gotchas, case.text)
    general = _meant(platforms.all_profiles()[platforms.GENERIC].gotchas, case.text)

    assert [case.gotcha] == own_ids
    assert {(case.gotcha, other) for other in general if other != case.gotcha} <= OVERRIDDEN


def test_each_override_is_one() -> None:
    """The list of overridden traps has nothing that is not overridden."""
    general = platforms.all_profiles()[platforms.GENERIC].gotchas
    found = {(case.gotcha, other) for case in SAID for other in _meant(general, case.text) if other != case.gotcha}

    assert found == OVERRIDDEN


@pytest.mark.parametrize("text", UNRELATED)
def test_an_unrelated_message_means_no_gotcha(text: str) -> None:
    """Nothing is better than a wrong explanation, on whatever platform."""
    assert _meant(_gotchas(), text) == []


def test_a_profile_of_the_users_extends_lists_and_overrides_keys(own: Path) -> None:
    """What the user says of a platform of ours goes first in lists and replaces single values; the rest stays."""
    ours = platforms.all_profiles()["vastai"]
    (own / "vastai.toml").write_text(
        r"""
        display_name = "Vast at work"
        secrets.deny = ["/work"]
        tools.python = ["/opt/python"]
        [[endpoints]]
        name = "jump"
        host = 'vast\.example\.org'
        capabilities = ["exec"]
        better = "ask the team"
        [[gotchas]]
        id = "W1"
        symptom = "s"
        cause = "c"
        fix = "f"
        """
    )
    platforms.all_profiles.cache_clear()

    merged = platforms.all_profiles()["vastai"]
    profile, why = platforms.recognise(endpoint.parse("me@vast.example.org"))

    assert merged.display_name == "Vast at work"
    assert merged.console == ours.console
    assert merged.secrets.allow == ours.secrets.allow
    assert merged.secrets.deny == ("/work", *ours.secrets.deny)
    assert merged.tools.python == ("/opt/python", *ours.tools.python)
    assert merged.tools.install_rsync == ours.tools.install_rsync
    assert [reach.name for reach in merged.endpoints] == ["jump", "proxied", "direct"]
    assert [gotcha.id for gotcha in merged.gotchas] == ["W1", *(gotcha.id for gotcha in ours.gotchas)]
    assert (profile.slug, why) == ("vastai", HOST)


MINE = {
    "display_name": '"Mine"',
    "console": '"ask the team"',
    "first_login": '"key"',
    "endpoints": r"""[{ name = "direct", host = 'gpu\d+\.example\.org', capabilities = ["exec", "sftp"] }]""",
    "directories": '{ home = "/home/me" }',
    "secrets": '{ allow = ["/home/me"] }',
}


def test_a_platform_of_the_users_is_recognised(own: Path) -> None:
    """A new file is a new platform, named for the file."""
    _write(own, MINE)

    profile, why = platforms.recognise(endpoint.parse("me@gpu7.example.org"))

    assert (profile.slug, profile.display_name, why) == ("mine", "Mine", HOST)


class Broken(NamedTuple):
    """A key that is wrong, and what the error says of it."""

    test_id: str
    key: str
    value: str | None
    says: tuple[str, ...]


@pytest.mark.parametrize(
    "case",
    [
        Broken("a word for a list", "endpoints", '"direct"', ("Expected `array`, got `str`", "`endpoints`")),
        Broken("a number for a word", "console", "7", ("Expected `str`, got `int`", "`console`")),
        Broken("a number in a list", "secrets", "{ allow = [7] }", ("Expected `str`", "`secrets.allow[0]`")),
        Broken("no endpoint", "endpoints", "[]", ("`endpoints` needs at least one table",)),
        Broken("an unknown key", "colour", '"red"', ("unknown field `colour`",)),
        Broken("an unknown key in a table", "tools", '{ pyton = ["x"] }', ("unknown field `pyton`", "`tools`")),
        Broken("no console", "console", None, ("missing required field `console`",)),
        Broken("no home", "directories", "{}", ("missing required field `home`", "`directories`")),
        Broken("a word that is not one of them", "first_login", '"luck"', ("'luck'", "`first_login`")),
        Broken(
            "a bad host pattern",
            "endpoints",
            """[{ name = "direct", host = '(', capabilities = [] }]""",
            ("`host` needs a regular expression, `(` is none", "`endpoints[0]`"),
        ),
        Broken("a bad hint", "hints", "{ tunnel = '*' }", ("`tunnel` needs a regular expression", "`hints`")),
        Broken(
            "a bad pattern of a gotcha",
            "gotchas",
            """[{ id = "M1", symptom = "s", cause = "c", fix = "f", seen = ['ok', '[']}]""",
            ("`seen` needs a regular expression, `[` is none", "`gotchas[0]`"),
        ),
        Broken("no TOML", "console", "ask the team", ("is no TOML", "line 2")),
    ],
    ids=lambda case: case.test_id,
)
def test_a_broken_profile_names_file_key_and_expectation(case: Broken, own: Path) -> None:
    """Whoever wrote it finds the place, and knows what belongs there."""
    _write(own, {**MINE, case.key: case.value})

    with pytest.raises(SettingsError) as caught:
        platforms.all_profiles()

    assert [part for part in (str(own / "mine.toml"), *case.says) if part not in str(caught.value)] == []


def test_a_broken_addition_to_ours_names_the_users_file(own: Path) -> None:
    """Ours was right before; the fault is in the file that was added."""
    (own / "runpod.toml").write_text("tools.rsync = 'perhaps'\n")
    platforms.all_profiles.cache_clear()

    with pytest.raises(SettingsError, match=re.escape(str(own / "runpod.toml"))) as caught:
        platforms.all_profiles()

    assert "`tools.rsync`" in str(caught.value)


def _write(own: Path, values: Mapping[str, str | None]) -> None:
    lines = [f"{key} = {value}\n" for key, value in values.items() if value is not None]
    (own / "mine.toml").write_text("".join(lines))
    platforms.all_profiles.cache_clear()


def _profiles() -> list[Profile]:
    return list(platforms.all_profiles().values())


def _gotchas() -> list[Gotcha]:
    return [gotcha for profile in _profiles() for gotcha in profile.gotchas]


def _meant(gotchas: Iterable[Gotcha], text: str) -> list[str]:
    return [gotcha.id for gotcha in gotchas if any(re.search(pattern, text) for pattern in gotcha.seen)]


def _within(path: str, directories: Iterable[str]) -> bool:
    return any(path == directory or path.startswith(f"{directory}/") for directory in directories)
