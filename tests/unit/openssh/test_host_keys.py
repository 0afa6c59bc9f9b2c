"""Which host keys are trusted is what OpenSSH would say, and only what was asked for is forgotten."""

from __future__ import annotations

import itertools
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import fabric
import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport import files
from ssh_transport.errors import HostKeyChanged, HostKeyUnknown
from ssh_transport.openssh import host_keys
from ssh_transport.openssh import known_hosts as known
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ssh_transport.box import Box

_KEYS = [paramiko.ECDSAKey.generate() for _ in range(3)]
_A, _B, _C = (f"{key.get_name()} {key.get_base64()}" for key in _KEYS)
_HASHED = paramiko.HostKeys.hash_host("web")


class Case(NamedTuple):
    lines: str
    expected: list[paramiko.ECDSAKey]
    resolved: dict[str, Any] = {}  # noqa: RUF012 - never changed


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(f"web {_A}\n", _KEYS[:1]), id="plain"),
        pytest.param(Case(f"x,WEB\t{_A} a comment", _KEYS[:1]), id="list, capitals, tab, no last newline"),
        pytest.param(Case(f"web {_B}\nweb {_A}\n", [_KEYS[1], _KEYS[0]]), id="oldest first"),
        pytest.param(Case(f"{_HASHED} {_A}\n{paramiko.HostKeys.hash_host('x')} {_B}", _KEYS[:1]), id="hashed"),
        pytest.param(Case(f"w*,?eb {_A}\n*x {_B}", _KEYS[:1]), id="wildcards"),
        pytest.param(Case(f"w*,!web {_A}\n!web,* {_B}\n!web {_C}", []), id="negated"),
        pytest.param(Case(f"web {_A}\n[web]:2222 {_B}", [_KEYS[1]], {"port": 2222}), id="port"),
        pytest.param(Case(f"[web]:2222 {_A}", []), id="another port"),
        pytest.param(Case(f"[w*]:* {_A}", _KEYS[:1], {"port": 2222}), id="wildcard port"),
        pytest.param(Case(f"b {_A}", []), id="brackets are no character class"),
        pytest.param(Case(f"web {_A}\npet {_B}", [_KEYS[1]], {"host_key_alias": "pet"}), id="HostKeyAlias"),
        pytest.param(
            Case(f"pet {_B}", [_KEYS[1]], {"host_key_alias": "pet", "port": 2222}), id="HostKeyAlias has no port"
        ),
        pytest.param(Case(f"web {_A}\n@revoked * {_A}\nweb {_B}", [_KEYS[1]]), id="revoked"),
        pytest.param(Case(f"web {_A}\n@revoked x {_A}", _KEYS[:1]), id="revoked elsewhere"),
        pytest.param(Case(f"@cert-authority * {_A}", []), id="cert-authority"),
        pytest.param(
            Case(f"# web {_B}\n\nweb\nweb ssh-ed25519\nweb ssh-ed25519 A\nweb {_A}", _KEYS[:1]), id="damaged lines"
        ),
        pytest.param(Case(f"web ssh-new AAAA\n\ufffd {_B}\nweb {_A}", _KEYS[:1]), id="unknown kind"),
    ],
)
def test_pinned_keys_are_those_that_ssh_accepts(case: Case, home: Path, make_box: Callable[..., Box]) -> None:
    """Names, patterns, hashes, ports, aliases and markers mean what `sshd(8)` says."""
    resolved = make_box("web", **{"host": "web", **case.resolved}).resolved
    (home / ".ssh" / "known_hosts").write_text(case.lines)

    assert case.expected == host_keys.pinned(resolved)


def test_every_file_of_known_hosts_counts(home: Path, make_box: Callable[..., Box]) -> None:
    """User files come first, then the global ones; a missing one and bytes that are no text do no harm."""
    files = [home / name for name in ("one", "missing", "two", "global")]
    files[0].write_bytes(f"web {_A}\n".encode() + b"\xff\xfe\n")
    files[2].write_text(f"web {_B}")
    files[3].write_text(f"web {_C}\n@revoked web {_A}\n")
    resolved = make_box(host="web", known_hosts=tuple(files[:3]), global_known_hosts=(files[3],)).resolved

    assert _KEYS[1:] == host_keys.pinned(resolved)


def policy(box: Box) -> tuple[paramiko.MissingHostKeyPolicy, list[str]]:
    """Return what decides on the keys of a connection to the box, and the list of first contacts."""
    connection = fabric.Connection(box.resolved.host, config=fabric.Config(lazy=True))
    pinned: list[str] = []
    host_keys.trust(
        connection, box.resolved, on_first=lambda key: pinned.append(key.fingerprint), refusal=HostKeyUnknown
    )
    return connection.client._policy, pinned


def show(box: Box, key: paramiko.PKey) -> list[str]:
    """Let the server of a box show a key; return the fingerprints that were pinned."""
    decide, pinned = policy(box)
    decide.missing_host_key(paramiko.SSHClient(), "ignored", key)
    return pinned


@pytest.mark.parametrize("before", ["", f"x {_B}\n", f"x {_B}"], ids=["empty", "ended", "cut short"])
def test_a_first_contact_is_pinned(before: str, home: Path, make_box: Callable[..., Box]) -> None:
    """The line is what `ssh` would write; a line that a crash cut short is ended first."""
    known_hosts = home / ".ssh" / "known_hosts"
    known_hosts.write_text(before)
    box = make_box(host="web", port=2222)
    first, second = show(box, _KEYS[0]), show(box, _KEYS[0])
    ended = before if before.endswith("\n") or not before else f"{before}\n"

    assert ([_KEYS[0].fingerprint], []) == (first, second)
    assert f"{ended}[web]:2222 {_A}\n" == known_hosts.read_text()


def test_a_new_known_hosts_file_is_private(home: Path, make_box: Callable[..., Box]) -> None:
    """Directory and file are made with the modes that OpenSSH uses."""
    place = home / "new" / "known_hosts"
    show(make_box(known_hosts=(place,)), _KEYS[0])

    assert (place.parent.stat().st_mode, place.stat().st_mode) == (0o40700, 0o100600)


def test_another_key_is_refused(home: Path, make_box: Callable[..., Box]) -> None:
    """Both fingerprints are shown, nothing is pinned, and the hint forgets this box alone."""
    known_hosts = home / ".ssh" / "known_hosts"
    known_hosts.write_text(f"pet {_A}\n")
    with pytest.raises(HostKeyChanged) as caught:
        show(make_box("web", host_key_alias="pet"), _KEYS[1])
    kind = _KEYS[0].get_name()

    assert f"pinned: {_KEYS[0].fingerprint} ({kind})\nnow:    {_KEYS[1].fingerprint} ({kind})" == caught.value.cause
    assert "ssh-transport config.forget web\n" in caught.value.hint
    assert known_hosts.read_text() == f"pet {_A}\n"


@pytest.mark.parametrize(
    "lines", [f"@revoked web {_A}\n", f"web {_A}\n@revoked * {_A}\n"], ids=["unknown", "also pinned"]
)
def test_a_revoked_key_is_refused(lines: str, home: Path, make_box: Callable[..., Box]) -> None:
    """A revoked key is no first contact."""
    known_hosts = home / ".ssh" / "known_hosts"
    known_hosts.write_text(lines)
    with pytest.raises(HostKeyChanged, match="marked as revoked"):
        show(make_box(host="web"), _KEYS[0])

    assert lines == known_hosts.read_text()


def test_forget_removes_the_name_alone(home: Path) -> None:
    """Plain and hashed lines of the name go, and the name in a list; all else stays as it was."""
    known_hosts, untouched = home / "known_hosts", home / "untouched"
    stay = [
        f"x,caf\udce9 {_A}\r\n",
        f"w* {_A}\n",
        f"@revoked web {_A}\n",
        f"# web {_A}\n",
        "\n",
        f"webs {_A}\n",
        f"[web]:2222 {_A}\n",
        "caf\xe9 \udcff\n",
        f"{paramiko.HostKeys.hash_host('other')} {_B}",
    ]
    named = f"x,web,caf\udce9 {_A}\r\n"
    text = "".join([named, f"web {_A}\n", *stay[1:4], f"{_HASHED} {_A}\r\n", f"WEB {_B}\n", *stay[4:]])
    known_hosts.write_bytes(text.encode("utf-8", "surrogateescape"))
    known_hosts.chmod(0o640)
    untouched.write_text(f"x {_A}")
    before = untouched.stat().st_ino
    known.forget([known_hosts, home / "missing", untouched], {"web"})

    assert "".join(stay).encode("utf-8", "surrogateescape") == known_hosts.read_bytes()
    assert known_hosts.stat().st_mode == 0o100640
    assert before == untouched.stat().st_ino


def asked(path: Path, name: str) -> list[str]:
    """Return the keys that `ssh-keygen` finds for a name, in order, without certificate authorities."""
    done = subprocess.run(["ssh-keygen", "-F", name, "-f", path], capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    found = [line.split() for above, line in itertools.pairwise(lines) if above.startswith("# Host")]
    return [words[2] for words in found if len(words) > 2 and not words[0].startswith("@")]


_NAMES = ["web", "[web]:2222", "10.0.0.7", "we"]
_PATTERNS = st.lists(
    st.sampled_from([*_NAMES, "w*", "?eb", "*", "!web", "!w*", "[web]:*", "[w?b]:2222", "10.0.0.?", "WEB", "[we]"]),
    min_size=1,
    max_size=3,
).map(",".join)
_ENTRIES = st.builds(
    lambda marker, names, key, comment: f"{marker}{names} {key}{comment}",
    st.sampled_from(["", "", "", "@cert-authority "]),
    st.one_of(_PATTERNS, st.sampled_from(_NAMES).map(paramiko.HostKeys.hash_host)),
    st.sampled_from([_A, _B, _C]),
    st.sampled_from(["", " me@laptop", "\tx"]),
)


@max_examples(25)
@given(lines=st.lists(st.one_of(_ENTRIES, st.sampled_from(["", "# web", "web", "web ssh-rsa"])), max_size=6))
def test_ssh_keygen_finds_the_same_keys(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    """For generated files the keys of every name are those of `ssh-keygen -F`, in its order."""
    path = tmp_path_factory.mktemp("known") / "known_hosts"
    path.write_text("\n".join(lines))
    mine = [
        [
            key.get_base64()
            for lines in known.read([path])
            for marker, names, key in lines.about(name)
            if not marker and _means(names, name)
        ]
        for name in _NAMES
    ]

    assert [asked(path, name) for name in _NAMES] == mine


def _means(names: list[str], name: str) -> bool:
    return known.matches(names, name)


@pytest.mark.parametrize(
    "damaged",
    [
        "web ssh-ed25519 AAAA",
        "web ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA",
        "web ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=",
        f"|1|xx|yy {_B}",
        f"|1| {_B}",
    ],
    ids=["ed25519", "rsa", "ecdsa", "salt", "no salt"],
)
def test_a_damaged_line_is_passed_over(damaged: str, home: Path, make_box: Callable[..., Box]) -> None:
    """One bad line of known_hosts does not stop every connection."""
    (home / ".ssh" / "known_hosts").write_text(f"{damaged}\nweb {_A}\n")

    assert _KEYS[:1] == host_keys.pinned(make_box(host="web").resolved)


def test_forgetting_passes_over_a_damaged_line(home: Path) -> None:
    """A bad hash does not keep a name from being forgotten."""
    known_hosts = home / "known_hosts"
    known_hosts.write_text(f"|1|xx|yy {_A}\nweb {_A}\n")
    known.forget([known_hosts], {"web"})

    assert f"|1|xx|yy {_A}\n" == known_hosts.read_text()


def test_several_names_are_forgotten_at_once(home: Path) -> None:
    """The alias and the bare address go together, hashed or not, and no name that merely begins alike."""
    known_hosts = home / "known_hosts"
    hashed = paramiko.HostKeys.hash_host("[10.0.0.7]:2222")
    known_hosts.write_text(f"web {_A}\n{hashed} {_A}\n10.0.0.7 {_B}\nweb-1 {_B}\n")
    known.forget([known_hosts], {"web", "[10.0.0.7]:2222"})

    assert known_hosts.read_text() == f"10.0.0.7 {_B}\nweb-1 {_B}\n"


def test_a_revoked_key_takes_no_other_pin_with_it(home: Path, make_box: Callable[..., Box]) -> None:
    """Beside a revoked key the pinned one is still let in, and a third is a changed one."""
    known_hosts = home / ".ssh" / "known_hosts"
    known_hosts.write_text(f"web {_A}\n@revoked web {_B}\n")
    box = make_box(host="web")
    with pytest.raises(HostKeyChanged, match="changed; nothing was sent") as caught:
        show(box, _KEYS[2])

    assert show(box, _KEYS[0]) == []
    assert _KEYS[1].fingerprint not in caught.value.cause


def test_a_key_after_a_revoked_one_is_a_first_contact(home: Path, make_box: Callable[..., Box]) -> None:
    """Where only revoked keys are known, another key is pinned below them."""
    known_hosts = home / ".ssh" / "known_hosts"
    known_hosts.write_text(f"@revoked web {_A}\n")

    assert [_KEYS[1].fingerprint] == show(make_box(host="web"), _KEYS[1])
    assert known_hosts.read_text() == f"@revoked web {_A}\nweb {_B}\n"


def test_a_key_replaced_after_its_revocation_is_no_first_contact(home: Path, make_box: Callable[..., Box]) -> None:
    """A name whose only pin was revoked later had a key before: another one is a change."""
    lines = f"web {_A}\n@revoked web {_A}\n"
    (home / ".ssh" / "known_hosts").write_text(lines)
    with pytest.raises(HostKeyChanged, match="changed; nothing was sent"):
        show(make_box(host="web"), _KEYS[1])

    assert (home / ".ssh" / "known_hosts").read_text() == lines


def test_a_revoked_line_of_another_name_means_nothing(home: Path, make_box: Callable[..., Box]) -> None:
    """The same key may be revoked elsewhere."""
    (home / ".ssh" / "known_hosts").write_text(f"@revoked other {_A}\n")

    assert [_KEYS[0].fingerprint] == show(make_box(host="web"), _KEYS[0])


def test_what_an_ssh_adds_while_a_name_is_taken_out_is_kept(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no lock, and writes to the file that is being replaced."""
    path = home / "known_hosts"
    path.write_text(f"web {_A}\nstays {_B}\n")
    write = files.write

    def beside(target: Path, data: bytes, *, mode: int) -> None:
        with path.open("a") as file:
            file.write(f"new {_C}\n")
        write(target, data, mode=mode)

    monkeypatch.setattr(files, "write", beside)
    known.forget([path], {"web"})

    assert path.read_text() == f"stays {_B}\nnew {_C}\n"
