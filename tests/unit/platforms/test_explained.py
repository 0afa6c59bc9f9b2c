"""What people paste of ssh, rsync, scp, git and curl has an answer: the general one first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from docs.site.problem_pages import words_of
from ssh_transport import errors
from ssh_transport.errors import symptoms
from ssh_transport.platforms import diagnosis, lookup, profiles

DATA = Path(__file__).parents[2] / "data"
ASKED = {
    "Permission denied": "K7 E4",
    "Permission denied (publickey).": "K7",
    "Permission denied, please try again.": "K7",
    "password authentication failed": "K7",
    "bash: ./run.sh: Permission denied": "E4",
    'rsync: mkstemp "/data/.x" failed: Permission denied (13)': "E4",
    "scp: /root/x: Permission denied": "E4",
    'rsync: failed to set times on "/x": Operation not permitted (1)': "E4",
    "no space left": "E5",
    "write failed: No space left on device (28)": "E5",
    "disk full": "E5",
    "Disk quota exceeded": "E5",
    "Connection refused": "N5",
    "curl: (7) Failed to connect to h port 443: Connection refused": "N5",
    "Connection timed out": "N6",
    "ssh: connect to host h port 22: Operation timed out": "N6",
    "No route to host": "N6",
    "Network is unreachable": "N6",
    "Timeout, server 203.0.113.7 not responding.": "N6",
    "ssh: Could not resolve hostname foo: Name or service not known": "N7",
    "Temporary failure in name resolution": "N7",
    "curl: (6) Could not resolve host: huggingface.co": "N7",
    "client_loop: send disconnect: Broken pipe": "N8",
    "Connection reset by peer": "N8",
    "Connection to h closed by remote host.": "N8",
    "scp: Connection closed": "T2 N8",
    "kex_exchange_identification: Connection closed by remote host": "N1 N8",
    "curl: (28) Connection timed out after 10000 milliseconds": "N6 N9",
    "curl: (60) SSL certificate problem: unable to get local issuer certificate": "N9",
    "bind: Address already in use": "N10",
    "bash: rsync: command not found": "E6 R6",
    "bash: nvidia-smi: command not found": "E6",
    "train.sh: line 2: $'\\r': command not found": "S8",
    "No such file or directory": "E7",
    "Is a directory": "E7",
    "Read-only file system": "E8",
    "Input/output error": "E8",
    "Stale file handle": "E8",
    "Killed": "E9",
    "CUDA out of memory": "E9",
    "Cannot allocate memory": "E9",
    "Too many open files": "E10",
    "Argument list too long": "E10",
    "rsync error: unexplained error (code 255) at io.c(231) [sender=3.2.7]": "T8",
    "rsync error: error in rsync protocol data stream (code 12) at io.c(231)": "T8",
    "rsync error: some files/attrs were not transferred (see previous errors) (code 23) at main.c(1338)": "T7",
    'file has vanished: "/ckpt/x.tmp"': "T7",
    "protocol error: filename does not match request": "T9",
    "fatal: Could not read from remote repository.": "K9",
    "remote: Support for password authentication was removed on August 13, 2021.": "K9",
    "401 Unauthorized": "K10",
    "HTTP/2 403": "K10",
    "The authenticity of host '203.0.113.7' can't be established.": "K8",
    "no matching key exchange method found.": "K5",
    "Enter passphrase for key '/home/x/.ssh/id_ed25519':": "K4",
    "stdin: is not a tty": "S10",
    "Pseudo-terminal will not be allocated because stdin is not a terminal.": "S10",
    "setlocale: LC_ALL: cannot change locale (en_US.UTF-8)": "S11",
    "Warning: Permanently added '203.0.113.7' (ED25519) to the list of known hosts.": "S12",
    "/lib/libc.so.6: version `GLIBC_2.34' not found": "B7",
    "fatal: detected dubious ownership in repository at '/root/proj'": "B8",
}


@pytest.mark.parametrize(("text", "ids"), ASKED.items(), ids=ASKED)
def test_what_is_pasted_is_explained(text: str, ids: str) -> None:
    found = [problem.id for theme in lookup.problems(text) for problem in theme.problems]

    assert found[: len(ids.split())] == ids.split()
    assert len(found) <= 5


@pytest.mark.parametrize("name", ["errors.jsonl", "more_errors.jsonl"])
def test_every_text_of_the_field_has_an_answer(name: str) -> None:
    """The known problem, or what the text means."""
    texts = [json.loads(line)["stderr"] for line in (DATA / name).read_text().splitlines()]
    without = []
    for text in filter(str.strip, texts):
        try:
            lookup.problems(text)
        except errors.UsageError as error:
            if symptoms.meaning(text) is None:
                without.append((text, error.what))

    assert without == []


def test_an_error_that_says_enough_is_not_explained_once_more() -> None:
    for error in (
        errors.NoSpace("no space is left on `a`", cause="write failed: No space left on device (28)"),
        errors.Refused("could not connect to `a`", cause="Connection refused"),
    ):
        diagnosis.explain(error, profiles.all_profiles()["generic"], "a")

        assert error.known_problem is None


def test_a_pattern_of_what_is_asked_that_is_none_is_refused() -> None:
    from ssh_transport.platforms.profile import KnownProblem

    with pytest.raises(ValueError, match="asked"):
        KnownProblem(id="X1", symptom="a", cause="b", fix="c", asked=("(",))


def test_what_the_page_of_problems_has_is_for_people_who_search() -> None:
    for problem in profiles.all_profiles()["generic"].known_problems:
        said = [words_of(pattern) for pattern in problem.asked]

        assert not [one for one in said if one.startswith("i") and not one.startswith(("is ", "io ", "input"))], said
    assert words_of("(?i)no space left|disk (?:is )?full") == "no space left / disk is full"
