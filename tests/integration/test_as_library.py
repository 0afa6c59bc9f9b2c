"""A team's own program calls the tasks: nothing of it is touched, and it stays in charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.link import Link
from tests.support.own_program import runs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.person import Person
    from tests.support.sshd import Sshd

BYTES, RATE_BYTES_S = 40 << 20, 4 << 20


@pytest.fixture
def slow(box: Sshd, person: Person) -> Iterator[Link]:
    """A way to the box on which what is there takes ten seconds."""
    (box.home / "ck").mkdir()
    # Of holes nothing would be there yet when it is cut.
    (box.home / "ck" / "w").write_bytes(b"weights." * (BYTES // 8))
    with Link(box.port, rate_bytes_s=RATE_BYTES_S) as link:
        person.adds_alias("far-1", link.port, box.user)
        known_hosts = person.ssh / "known_hosts"
        known_hosts.write_text(f"{known_hosts.read_text()}far-1 {box.host_key_line}\n")
        yield link


def test_a_call_returns_its_result_and_prints_none(box: Sshd, person: Person) -> None:
    (box.home / "ck").mkdir()
    (box.home / "ck" / "w").write_text("weights")

    done = runs(person, "r = transfer.pull(c, on='proj-1', path='ck/', to='to'); sys.stderr.write(f'files {r.files}')")

    assert done.stdout == ""
    assert "files 1" in done.stderr


def test_one_pattern_is_one_pattern(box: Sshd, person: Person) -> None:
    """`*` among its characters would let everything through."""
    (person.home / "up").mkdir()
    (person.home / "up" / "id_ed25519").write_text(person.identity.read_text() if person.identity.exists() else "x")
    (person.home / "up" / ".env").write_text("TOKEN=hf_aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456\n")
    program = """
try:
    transfer.push(c, on='proj-1', path='up/', to='up', allow='*.crt')
except errors.Guarded as error:
    print(error.what)
"""

    done = runs(person, program)

    assert done.stdout, done.stderr
    assert not (box.home / "up").exists()


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("flags", ["", "engine='sftp', "], ids=["rsync", "sftp"])
def test_a_call_can_be_cancelled_and_the_next_goes_on(flags: str, person: Person) -> None:
    program = f"""
event = threading.Event()
def follow(box, progress):
    if progress.done_bytes > 1 << 20:
        event.set()
try:
    transfer.pull(c, on='far-1', path='ck/', to='to', {flags}cancel=event, on_progress=follow)
except errors.Interrupted as error:
    print(error.what)
"""

    done = runs(person, program)

    assert done.stdout == "cancelled\n", done.stderr
    assert any(path.is_file() and path.stat().st_size for path in (person.home / "to").rglob("*"))


@pytest.mark.parametrize(
    "call", ["keys.check(c, on='far-1', deadline=1)", "transfer.pull(c, on='far-1', path='ck', to='to', deadline=1)"]
)
def test_a_deadline_ends_what_waits_for_a_silent_box(call: str, slow: Link, person: Person) -> None:
    slow.silence()

    done = runs(person, f"try:\n    {call}\nexcept errors.Interrupted as error:\n    print(error.what)")

    assert done.stdout == "the deadline has passed\n", done.stderr


@pytest.mark.usefixtures("slow")
def test_what_a_signal_handler_of_the_program_raises_comes_out_as_it_is(person: Person) -> None:
    """Celery and RQ end a job so; a loop over boxes must not take it for a fault of one box."""
    program = """
class TooLong(Exception): pass
def late(*_): raise TooLong("of the team")
signal.signal(signal.SIGALRM, late)
def follow(box, progress):
    if progress.done_bytes > 1 << 20 and not signal.getitimer(signal.ITIMER_REAL)[0]:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
try:
    transfer.pull(c, on='far-1', path='ck/', to='to', on_progress=follow)
except TooLong as error:
    print(error)
"""

    assert runs(person, program).stdout == "of the team\n"


@pytest.mark.usefixtures("box")
@pytest.mark.parametrize("task", ["pull", "pull_each"])
def test_what_a_callback_raises_comes_out_as_it_is(task: str, box: Sshd, person: Person) -> None:
    for name in ("a", "b"):
        (box.home / "runs" / name).mkdir(parents=True)
        (box.home / "runs" / name / "w").write_bytes(b"weights." * 100_000)
    program = f"""
class Mine(Exception): pass
def follow(box, progress):
    raise Mine("of the team")
try:
    transfer.{task}(c, on='proj-1', path='runs/', to='to', on_progress=follow)
except Mine as error:
    print(error)
"""

    done = runs(person, program)

    assert done.stdout == "of the team\n", done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("box")
def test_nothing_of_the_process_is_another_afterwards(person: Person) -> None:
    program = """
import logging
def look():
    hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
    signals = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)]
    return hooks, signals, list(sys.path), dict(os.environ), logging.root.handlers, logging.root.level, os.getcwd()
before = look()
threads = [threading.Thread(target=keys.check, args=(c,), kwargs={'on': 'proj-1'}) for _ in range(3)]
keys.check(c, on='proj-1')
[thread.start() for thread in threads]; [thread.join() for thread in threads]
try:
    transfer.pull(c, on='proj-1', path='nowhere')
except errors.NoSuchPath:
    pass
print(before == look())
"""

    assert runs(person, program).stdout == "True\n"


@pytest.mark.usefixtures("box")
def test_a_list_of_boxes_gives_a_dict_whatever_the_task(person: Person) -> None:
    person.adds_alias("proj-2", 1)
    program = """
for call in (keys.check, config.verify, config.doctor, hygiene.audit):
    print(sorted(call(c, on=['proj-1'])))
try:
    keys.check(c, on=[])
except TypeError as error:
    print(error)
"""

    done = runs(person, program)

    assert done.stdout == "['proj-1']\n" * 4 + "check: on names no box\n", done.stderr


@pytest.mark.usefixtures("box")
def test_closed_streams_and_a_directory_that_is_gone_are_borne(person: Person) -> None:
    program = """
out = os.dup(1)
sys.stdout = sys.stderr = sys.stdin = None
os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')
keys.check(c, on='proj-1')
config.verify(c, on='proj-1')
os.write(out, b'worked')
"""

    done = runs(person, program)

    assert done.stdout == "worked", done.stderr


def test_two_threads_do_not_pull_into_one_place(slow: Link, person: Person) -> None:
    program = """
found = []
started = threading.Event()
def pull(on, **more):
    try:
        transfer.pull(c, on=on, path='ck/', to='to', **more)
        found.append('done')
    except errors.AlreadyRunning:
        found.append('refused')
first = threading.Thread(target=pull, args=('far-1',), kwargs={'on_progress': lambda *_: started.set()})
first.start()
started.wait(60)
pull('proj-1')
first.join()
print(sorted(found))
"""

    done = runs(person, program)

    assert done.stdout == "['done', 'refused']\n", done.stderr


@pytest.mark.usefixtures("box")
def test_errors_carry_what_became_of_each_box(person: Person) -> None:
    person.adds_alias("proj-2", 1)
    program = """
try:
    keys.check(c, on=['proj-1', 'proj-2'])
except errors.SeveralFailed as error:
    print(sorted(error.outcomes), {name: type(one).__name__ for name, one in error.failures.items()})
print(list(keys.check(c, on=['proj-1'])))
"""

    assert runs(person, program).stdout == "['proj-1'] {'proj-2': 'Refused'}\n['proj-1']\n"
