"""What the audit finds on a box, by the real script in the home of a test; never a value of what it found."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from ssh_transport.audit import examine_box, examine_here
from ssh_transport.errors import TaskError
from ssh_transport.errors.commands import typed
from ssh_transport.facts import search
from ssh_transport.facts.leaked_secrets import DUMP, LeakedSecret, leaked_secrets
from ssh_transport.openssh.public_key import fingerprint
from ssh_transport.platforms import profiles
from ssh_transport.text import one_line, shown
from tests.support.tokens import API_KEY, HF_TOKEN, PRIVATE_KEY

if TYPE_CHECKING:
    from ssh_transport.openssh.resolution import SshFiles
    from tests.support.audited import Audited

NETRC = f"machine api.wandb.ai login user password {API_KEY}\n"
ENVIRONMENT = f"HOME=/root\nPATH=/bin\nLANG=C\nTERM=xterm\nWANDB_API_KEY={API_KEY}\nPWD=/root\n"
KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIEhlbGxvSGVsbG9IZWxsb0hlbGxvSGVsbG9IZWxsb0hl"
OLD = (1_600_000_000, 1_600_000_000)


@pytest.mark.parametrize(
    ("path", "text", "mode", "expected"),
    [
        (".ssh/id_x", PRIVATE_KEY, 0o600, ("failure", "home/.ssh/id_x", "a private key")),
        (".ssh/id_x", PRIVATE_KEY, 0o640, ("failure", "home/.ssh/id_x", "a private key, mode 0640")),
        ("notes.txt", PRIVATE_KEY, 0o600, ("failure", "home/notes.txt", "a private key")),
        ("proj/a/b.pem", PRIVATE_KEY, 0o600, ("failure", "home/proj/a/b.pem", "a private key")),
        (".ssh/known_hosts", "x", 0o666, ("failure", "home/.ssh/known_hosts", "mode 0666")),
        (".ssh/notes", "x", 0o644, ("warning", "home/.ssh/notes", "mode 0644")),
        (".bash_history", f"ls\nexport A_TOKEN={API_KEY}\n", 0o600,
         ("warning", "home/.bash_history:2", "the value of a secret variable")),
        (".bashrc", f"export A_TOKEN={API_KEY}\n\nX={HF_TOKEN}\n", 0o644,
         ("failure", "home/.bashrc:1,3", "a token, the value of a secret variable")),
        (".python_history", b"\x00\xff\n" + HF_TOKEN.encode(), 0o600, ("warning", "home/.python_history:2", "a token")),
        (".netrc", NETRC, 0o640, ("failure", "home/.netrc", "a netrc file with passwords, mode 0640")),
        (".wandb_key", API_KEY, 0o644, ("failure", "home/.wandb_key", "a secret in a file of its own, mode 0644")),
        (".cache/huggingface/token", HF_TOKEN, 0o644,
         ("failure", "home/.cache/huggingface/token", "a Hugging Face token, mode 0644")),
        ("../shared/x/.netrc", NETRC, 0o600, ("failure", "shared/x/.netrc", "a netrc file with passwords")),
        ("../shared/env.txt", ENVIRONMENT, 0o600, ("failure", "shared/env.txt", DUMP)),
        ("../shared/.ssh/k", PRIVATE_KEY, 0o600, ("failure", "shared/.ssh/k", "a private key")),
        (".ssh/config", "Host *\n\tStrictHostKeyChecking=no\n", 0o600,
         ("warning", "home/.ssh/config:2", "StrictHostKeyChecking is off")),
    ],
)  # fmt: skip
def test_a_thing_that_should_not_be_there_is_found(
    path: str, text: str | bytes, mode: int, expected: tuple[str, str, str], audited: Audited
) -> None:
    """By what it is, where it is and who may read it; in two round trips."""
    audited.put(path, text, mode)

    assert audited.told() == [expected]
    assert len(audited.shell.said) == 2


@pytest.mark.parametrize(
    ("path", "text", "mode"),
    [
        (".ssh/config", "Host *\n  StrictHostKeyChecking yes\n# StrictHostKeyChecking no\n", 0o644),
        (".ssh/id_x.pub", f"ssh-ed25519 {KEY} a", 0o644),
        (".bashrc", 'export HF_TOKEN="$(cat ~/.hf_key)"\n', 0o644),
        (".hf_key", HF_TOKEN, 0o600),
        (".netrc", NETRC, 0o600),
        ("../shared/README", "API_KEY=your-key-here\n" * 9, 0o644),
        ("../shared/node_modules/x/test.pem", PRIVATE_KEY, 0o600),
        ("../shared/a/b/c/d/deep.pem", PRIVATE_KEY, 0o600),
        ("../shared/weights.bin", b"PRIVATE KEY" + bytes(70_000), 0o644),
    ],
)
def test_what_is_in_its_place_is_not_told(path: str, text: str | bytes, mode: int, audited: Audited) -> None:
    """A private file in the home, a placeholder, a tree of packages, what is too deep or too large."""
    audited.put(path, text, mode)

    assert audited.told() == []


def test_a_private_name_that_leads_to_a_shared_disk_is_shared(audited: Audited) -> None:
    """It is told once, under the place where it is."""
    audited.put("../shared/.netrc", NETRC)
    (audited.home / ".netrc").symlink_to(audited.shared / ".netrc")
    audited.put("../shared/history", f"X={HF_TOKEN}\n")
    (audited.home / ".bash_history").symlink_to(audited.shared / "history")

    assert sorted(audited.told()) == [
        ("failure", "shared/.netrc", "a netrc file with passwords"),
        ("failure", "shared/history:1", "a token"),
    ]
    assert leaked_secrets(audited.box) == (LeakedSecret(str(audited.shared / "history"), 1, "a token", on_shared=True),)


def test_keys_that_are_not_the_persons_own_are_named(audited: Audited) -> None:
    """By fingerprint, comment, options without their values, and the age of the file."""
    line = f'from="10.0.0.1",environment="T={API_KEY}" ssh-ed25519 {KEY} mallory\n'
    os.utime(audited.put(".ssh/authorized_keys", line), (time.time() - 3 * 86_400,) * 2)
    ((severity, place, what),) = audited.told()
    audited.own = {fingerprint(KEY): "agent"}

    assert (severity, place) == ("failure", "home/.ssh/authorized_keys:1")
    assert what == (
        "an unknown key may log in: SHA256:nfrwv6O9QIZ6IFlaJTy1A6ANOS2YlpFlX/RdUG1GJ1U (mallory), "
        "options: from, environment; the file is from 3 days ago"
    )
    assert audited.told() == []


@pytest.mark.parametrize(("own", "severity"), [(True, "warning"), (False, "failure")])
def test_a_certificate_authority_is_reported_even_if_it_is_the_persons_own(
    own: bool,
    severity: str,
    audited: Audited,
) -> None:
    """It lets in whomever it signs for; `authorized_keys2` counts as well."""
    audited.put(".ssh/authorized_keys2", f"cert-authority ssh-ed25519 {KEY} ca\n")
    audited.own = {fingerprint(KEY): "agent"} if own else {}
    (told,) = audited.told()

    assert told[0] == severity
    assert "certificate authority" in told[2]


def test_leftovers_are_reported_once_they_are_old(audited: Audited) -> None:
    """What is young may belong to a copy under way."""
    for name in (".rsync-partial", ".sftp-partial", ".watch-partial", ".put-0123456789abcdef"):
        (audited.shared / name).mkdir()
        (audited.home / name).mkdir()
        os.utime(audited.shared / name, OLD)

    assert {(severity, place) for severity, place, _ in audited.told()} == {
        ("warning", f"shared/{name}")
        for name in (".rsync-partial", ".sftp-partial", ".watch-partial", ".put-0123456789abcdef")
    }


def test_hostile_names_are_text_and_their_fix_still_fits(audited: Audited) -> None:
    """Newlines, escapes and bytes that are no UTF-8 can be typed; pipes hold nobody up."""
    name = os.fsdecode(b"a'b\n\x1b[2J\xff $(touch x).pem")
    hostile = audited.put(name, PRIVATE_KEY)
    os.mkfifo(audited.home / ".bashrc")
    os.mkfifo(audited.home / ".netrc")
    os.mkfifo(audited.shared / ".env")
    (finding,) = [one for one in audited.findings() if one.severity == "failure" and "key" in one.what]

    assert "\\n\\x1b[2J\\udcff" in shown(str(finding))
    assert os.system(one_line(f"rm -- {typed(str(hostile))}")) == 0  # noqa: S605 - what a person types
    assert not hostile.exists()
    assert not (Path.cwd() / "x").exists()


def test_a_search_that_takes_too_long_is_ended_and_reported(audited: Audited, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time is up there may be more; what was found until then counts."""
    audited.put("../shared/a.pem", PRIVATE_KEY)
    monkeypatch.setattr(search, "_SECONDS", 0)

    assert ("warning", "shared", "was not searched to the end") in audited.told()


def test_what_is_here_is_judged_by_its_modes(home: Path, ssh: SshFiles) -> None:
    """A private key, the config and the directory; public halves may be read."""
    for name, text, mode in (
        ("id_a", PRIVATE_KEY, 0o644),
        ("id_b", PRIVATE_KEY, 0o600),
        ("id_a.pub", "x", 0o644),
        ("config", "", 0o664),
    ):
        (home / ".ssh" / name).write_text(text)
        (home / ".ssh" / name).chmod(mode)
    (home / ".ssh").chmod(0o755)
    found = [(one.severity, Path(one.place).name, one.fix.split()[:2]) for one in examine_here(ssh)]

    assert found == [
        ("warning", ".ssh", ["chmod", "700"]),
        ("failure", "config", ["chmod", "600"]),
        ("failure", "id_a", ["chmod", "600"]),
    ]


def test_an_endpoint_without_commands_is_refused_before_anything_starts(audited: Audited) -> None:
    """With the way to a better one."""
    profile = profiles.named("runpod")
    weak = msgspec.structs.replace(profile.endpoints[0], capabilities=())
    vars(audited.box)["platform"] = (profile, weak)

    with pytest.raises(TaskError, match="has no exec"):
        examine_box(audited.box)
    assert audited.shell.said == []


def test_one_key_among_many_files_is_found(audited: Audited) -> None:
    """Files are ruled out by the batch; in a batch with a key each is looked at."""
    for number in range(150):
        (audited.shared / f"{number:03}.txt").write_text("nothing\n")
    for name in ("000.txt", "070.txt", "149.txt"):
        (audited.shared / name).write_text(PRIVATE_KEY)

    assert sorted(place for _, place, _ in audited.told()) == [
        f"shared/{name}" for name in ("000.txt", "070.txt", "149.txt")
    ]
