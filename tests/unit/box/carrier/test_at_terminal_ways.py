"""What goes by a terminal comes out as it went in, however it is cut; what a hostile box makes up is refused."""

from __future__ import annotations

import itertools
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssh_transport.box.carrier.at_terminal.ways import LAST_FRAME, Broken, Clean, Refused, Text

TOKEN = "0123456789abcdef" * 2
END = {Clean: b"\x1e" + TOKEN.encode(), Text: f"={TOKEN}\n".encode()}
# What may pass for the beginning of the end, besides anything.
SAID = st.lists(st.binary() | st.sampled_from([b"\x1e", b"\x1e012", END[Clean][:-1], b"\n", b"\0"])).map(b"".join)
CUTS = st.lists(st.integers(0, 10_000))


def cut(data: bytes, at: list[int]) -> list[bytes]:
    """Return it in pieces; an empty one is nothing that ever comes."""
    places = sorted({place % (len(data) + 1) for place in at} | {0, len(data)})
    return [data[start:end] for start, end in itertools.pairwise(places)]


def sent(way: Clean | Text, said: bytes, told: bytes) -> bytes:
    """Return what the script on the box makes of it."""
    if isinstance(way, Clean):
        return said + END[Clean] + told + END[Clean]
    lines = [Text.frame(part).partition(b"\n")[2] for part in (said, told)]
    return lines[0] + END[Text] + lines[1] + END[Text]


@pytest.mark.parametrize("kind", [Clean, Text])
@given(said=SAID, stderr=st.binary(max_size=500), code=st.integers(0, 255), at=CUTS)
def test_however_it_is_cut_all_of_it_comes_out(
    kind: type[Clean | Text], said: bytes, stderr: bytes, code: int, at: list[int]
) -> None:
    way = kind(TOKEN)
    if END[Clean] in said + b"\x1e" or END[Clean] in stderr:
        return

    came = b"".join(way.take(piece) for piece in cut(sent(way, said, b"%d\n%b" % (code, stderr)), at))

    assert came == said
    assert way.ended is not None
    assert (way.ended.code, way.ended.stderr) == (code, stderr)


@given(said=SAID, at=CUTS)
def test_nothing_is_held_back_for_good(said: bytes, at: list[int]) -> None:
    """Somebody may wait for the very last byte before more comes."""
    if END[Clean] in said:
        return
    way, came = Clean(TOKEN), b""
    for piece in cut(said, at):
        came += way.take(piece)
        if way.is_holding:
            came += way.let_go()
        assert not way.is_holding

    assert came == said
    assert way.let_go() == b""


@given(kept=st.integers(1, len(END[Clean]) - 1))
def test_an_end_whose_beginning_was_passed_on_is_no_end(kept: int) -> None:
    """What the command has said would end in it; the connection counts as broken, and a copy is tried again."""
    way = Clean(TOKEN)
    way.take(b"said" + END[Clean][:kept])
    way.let_go()

    with pytest.raises(Broken):
        way.take(END[Clean][kept:] + b"0")


@pytest.mark.parametrize("kind", [Clean, Text])
@given(data=st.binary(max_size=20_000), at=CUTS)
def test_a_piece_that_is_sent_says_how_long_it_is(kind: type[Clean | Text], data: bytes, at: list[int]) -> None:
    """By the length the script takes it out; here in Python, below by the script itself."""
    frames = b"".join(kind.frame(piece) for piece in cut(data, at)) + LAST_FRAME
    came = b""
    while True:
        length, _, frames = frames.partition(b"\n")
        if length == b"0":
            break
        piece, frames = frames[: int(length)], frames[int(length) :]
        came += piece if kind is Clean else b"".join(decoded(line) for line in piece.splitlines())

    assert came == data
    assert kind is Clean or all(len(line) < 4095 for line in frames.splitlines())


def decoded(line: bytes) -> bytes:
    way = Text(TOKEN)
    return way.take(line + b"\n")


@pytest.mark.parametrize("kind", [Clean, Text])
@given(noise=st.binary(max_size=2000), at=CUTS)
def test_whatever_a_hostile_box_sends_it_is_told_or_refused(
    kind: type[Clean | Text], noise: bytes, at: list[int]
) -> None:
    """Never another exception, and never more than was sent."""
    way, came = kind(TOKEN), 0
    try:
        for piece in cut(noise, at):
            came += len(way.take(piece))
    except (Refused, Broken):
        return
    assert came <= len(noise)


@pytest.mark.parametrize(
    "told", [b"", b"x\n", b"-1\n", b"1000\n", b"\n0", b" 0\n", "\N{SUPERSCRIPT TWO}\n".encode(), b"0\0\n"]
)
@pytest.mark.parametrize("kind", [Clean, Text])
def test_an_exit_code_is_a_number_that_it_can_be(kind: type[Clean | Text], told: bytes) -> None:
    way = kind(TOKEN)

    with pytest.raises(Refused):
        way.take(sent(way, b"", told))


@pytest.mark.parametrize("kind", [Clean, Text])
def test_standard_error_without_an_end_is_refused(kind: type[Clean | Text]) -> None:
    """So is a line without one: what is kept has a limit."""
    way = kind(TOKEN)

    with pytest.raises(Refused):
        way.take(sent(way, b"", b"0\n" + b"x" * 70_000)[: -len(END[kind])])


def test_a_line_without_an_end_is_refused() -> None:
    way = Text(TOKEN)

    with pytest.raises(Refused):
        way.take(b"A" * 200_000)


def without_a_terminal(way: Clean | Text, shell: str, line: str, data: bytes) -> bytes:
    """Run the script in a shell, its terminal a pipe."""
    first = f"#{line}\n".encode()
    argv = [*shell.split(), "-c", way.program]
    frames = first + b"".join(way.frame(data[start : start + 9000]) for start in range(0, len(data), 9000))
    done = subprocess.run(
        # There is no terminal: as where nobody may open it.
        ["setsid", *argv],
        input=frames + LAST_FRAME,
        stdout=subprocess.PIPE,
        check=True,
        timeout=30,
    )
    return done.stdout


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh", "zsh --emulate sh", "ksh"])
@pytest.mark.parametrize("kind", [Clean, Text])
def test_any_sh_does_the_script(kind: type[Clean | Text], shell: str) -> None:
    """With every value of a byte; the tools are those of the machine."""
    way, data = kind(TOKEN), bytes(range(256)) * 200

    said = way.take(without_a_terminal(way, shell, "cat; echo told >&2; exit 3", data))

    assert said == data
    assert way.ended is not None
    assert (way.ended.code, way.ended.stderr) == (3, b"told")
