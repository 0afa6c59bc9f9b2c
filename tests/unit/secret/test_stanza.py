"""One entry among others: the awk programs that run on a box, against Python's own reader of netrc files."""

from __future__ import annotations

import netrc
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ssh_transport.secret import stanza
from tests.support.examples import max_examples

if TYPE_CHECKING:
    from collections.abc import Mapping

AWKS = [awk for awk in (["mawk"], ["gawk"], ["busybox", "awk"], ["original-awk"]) if shutil.which(awk[0])] or [["awk"]]


def runs(
    program: str, mode: str, entry: str, text: str, new: bytes = b"", *, login: str = "", awk: list[str] = AWKS[0]
) -> str:
    home = Path.home()
    home.mkdir(parents=True, exist_ok=True)
    (home / "new").write_bytes(new)
    (home / "text").write_bytes(text.encode("utf-8", "surrogateescape"))
    operands = ["input=new", str(home / "new"), "input=text", str(home / "text")]
    argv = [*awk, "-v", f"mode={mode}", program, *operands]
    environment = {"LC_ALL": "C", "PATH": "/usr/bin:/bin", "entry": entry, "login": login}
    done = subprocess.run(argv, env=environment, capture_output=True, timeout=20, check=True)
    assert not done.stderr
    return done.stdout.decode("utf-8", "surrogateescape")


def read(text: str) -> Mapping[str, tuple[str, str | None, str | None]]:
    path = Path.home() / "read"
    path.write_text(text)
    return netrc.netrc(str(path)).hosts


OTHERS = 'machine a.example login me password "two words"\n#comment\nmachine b.example\n\tlogin x\n\tpassword y #last\n'

LAST = "machine b.example login c password d\n"
ODD = "machine b.example login machine password x.example\n"


@pytest.mark.parametrize("awk", AWKS, ids=[awk[0] for awk in AWKS])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "{new}"),
        ("machine x.example login o password p\n", "{new}"),
        ("machine x.example\n  login o\n  password p\n", "{new}"),
        (f"{OTHERS}machine x.example login o password p", OTHERS + "{new}"),
        (f"machine x.example login o password p\n{OTHERS}", "{new}" + OTHERS),
        (OTHERS, OTHERS + "{new}"),
        (OTHERS.rstrip("\n"), OTHERS + "{new}"),
        ("default login anonymous password me\n", "{new}default login anonymous password me\n"),
        (f"{OTHERS}default login a password b\n", f"{OTHERS}{{new}}default login a password b\n"),
        (
            "machine x.example login o password p machine b.example login c password d\n",
            "{new} machine b.example login c password d\n",
        ),
        (
            "machine b.example login machine password x.example\n",
            "machine b.example login machine password x.example\n{new}",
        ),
        (f"macdef init\nmachine x.example\nbye\n\n{LAST}", None),
        ("machine x.example login 1 password 2\nmachine x.example login 3 password 4\n", "{new}"),
        ("# machine x.example login o password p\n", "# machine x.example login o password p\n{new}"),
        ("machine x.example\n login o\n #why\n password p\n", "{new}"),
    ],
)
def test_one_machine_is_replaced_and_nothing_else_touched(before: str, after: str | None, awk: list[str]) -> None:
    new = stanza.netrc("x.example", "user", "s3cret").decode()

    merged = runs(stanza.NETRC, "with", "x.example", before, new.encode(), awk=awk)

    assert merged == (before + new if after is None else after.replace("{new}", new))
    assert runs(stanza.NETRC, "with", "x.example", merged, new.encode(), awk=awk) == merged, (
        "a second time changes nothing"
    )
    assert runs(stanza.NETRC, "only", "x.example", merged, awk=awk) == new
    assert runs(stanza.NETRC, "value", "x.example", merged, awk=awk) == "s3cret"
    assert read(merged)["x.example"] == ("user", "", "s3cret")
    removed = runs(stanza.NETRC, "with", "x.example", merged, b"", awk=awk)
    assert "s3cret" not in removed
    assert runs(stanza.NETRC, "only", "x.example", removed, awk=awk) == ""


words = st.text(st.characters(codec="ascii", min_codepoint=33, exclude_characters="#"), min_size=1, max_size=12)
passwords = st.text(st.characters(codec="ascii", min_codepoint=32), min_size=1, max_size=20).filter(str.strip)


@settings(max_examples(40), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(machines=st.dictionaries(st.sampled_from("abcdef"), st.tuples(words, passwords), max_size=4), password=passwords)
def test_any_password_arrives_and_the_others_stay(machines: dict[str, tuple[str, str]], password: str) -> None:
    before = b"".join(stanza.netrc(f"{name}.example", login, secret) for name, (login, secret) in machines.items())

    merged = runs(stanza.NETRC, "with", "c.example", before.decode(), stanza.netrc("c.example", "u", password))

    expected = {f"{name}.example": (login, "", secret) for name, (login, secret) in machines.items()}
    assert read(merged) == expected | {"c.example": ("u", "", password)}
    assert runs(stanza.NETRC, "value", "c.example", merged) == password


@pytest.mark.parametrize("awk", AWKS, ids=[awk[0] for awk in AWKS])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "{new}"),
        ("https://me:old@github.com\n", "{new}"),
        (
            "https://a:b@git.example/path\nhttps://me:old@github.com\nhttps://c:d@x.example\n",
            "https://a:b@git.example/path\n{new}https://c:d@x.example\n",
        ),
        (
            "https://a:b@notgithub.com\nhttps://a:b@github.com.example\n",
            "https://a:b@notgithub.com\nhttps://a:b@github.com.example\n{new}",
        ),
        ("github.com\n", "github.com\n{new}"),
    ],
)
def test_one_host_of_gits_credentials_is_replaced_and_no_other(before: str, after: str, awk: list[str]) -> None:
    new = stanza.git("github.com", "x-access-token", "ghp_new").decode()

    merged = runs(stanza.GIT, "with", "github.com", before, new.encode(), awk=awk)

    assert merged == after.replace("{new}", new)
    assert runs(stanza.GIT, "with", "github.com", merged, new.encode(), awk=awk) == merged
    assert runs(stanza.GIT, "value", "github.com", merged, awk=awk) == "ghp_new"
    assert runs(stanza.GIT, "with", "github.com", merged, awk=awk) == after.replace("{new}", "")


@pytest.mark.parametrize("awk", AWKS, ids=[awk[0] for awk in AWKS])
def test_another_login_of_a_machine_stays_and_is_told_by_its_line(awk: list[str]) -> None:
    others = "machine x.example login a password b\n# c\nmachine x.example\n password d\n"
    before = f"{others}machine x.example login me password old\n"
    new = stanza.netrc("x.example", "me", "n3w").decode()

    merged = runs(stanza.NETRC, "with", "x.example", before, new.encode(), login="me", awk=awk)

    assert merged == others + new
    assert runs(stanza.NETRC, "only", "x.example", merged, login="me", awk=awk) == new
    assert runs(stanza.NETRC, "value", "x.example", merged, login="me", awk=awk) == "n3w"
    for mode in ("others", "rest"):
        assert runs(stanza.NETRC, mode, "x.example", merged, login="me", awk=awk) == "1\n3\n"
        assert runs(stanza.NETRC, mode, "x.example", merged, awk=awk) == ""
    assert runs(stanza.NETRC, "with", "x.example", merged, login="me", awk=awk) == others


@pytest.mark.parametrize("awk", AWKS, ids=[awk[0] for awk in AWKS])
def test_another_login_of_a_git_host_stays_and_those_before_ours_are_told(awk: list[str]) -> None:
    before = "https://a:b@github.com\nhttp://x:y@github.com\nhttps://me:p@github.com/org/private\n"
    after = "https://c:d@github.com\nhttp://me:e@github.com\n"
    new = stanza.git("github.com", "me", "n3w").decode()

    merged = runs(
        stanza.GIT,
        "with",
        "github.com",
        f"{before}https://me:old@github.com/\n{after}",
        new.encode(),
        login="me",
        awk=awk,
    )

    assert merged == before + new + after
    assert runs(stanza.GIT, "only", "github.com", merged, login="me", awk=awk) == new
    assert runs(stanza.GIT, "value", "github.com", merged, login="me", awk=awk) == "n3w"
    assert runs(stanza.GIT, "others", "github.com", merged, login="me", awk=awk) == "1\n3\n"
    assert runs(stanza.GIT, "rest", "github.com", merged, login="me", awk=awk) == "1\n2\n3\n5\n6\n"
    assert runs(stanza.GIT, "with", "github.com", merged, login="me", awk=awk) == before + after
    assert runs(stanza.GIT, "with", "github.com", merged, awk=awk) == ""
