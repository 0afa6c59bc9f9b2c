"""The frames of the striped link: what is packed is read again, and nothing that arrives is trusted."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ssh_transport.link.stripe import bootstrap, frame
from ssh_transport.link.stripe.frame import GREETING, LONGEST_BYTES, Decoder, ProtocolError

if TYPE_CHECKING:
    from ssh_transport.link.stripe.frame import Frame

SEQUENCED = st.one_of(
    st.tuples(st.sampled_from([frame.DATA, frame.ERROR]), st.integers(0, (1 << 64) - 1), st.binary(min_size=1)),
    st.tuples(st.sampled_from([frame.EOF, frame.SHUT, frame.PING]), st.integers(0, (1 << 64) - 1), st.just(b"")),
)


def fed(decoder: Decoder, data: bytes, piece_bytes: int = 1 << 30) -> list[Frame]:
    frames = []
    while data:
        space = decoder.space()
        size = min(len(space), len(data), piece_bytes)
        assert size
        space[:size] = data[:size]
        data = data[size:]
        frames += decoder.read(size)
    return frames


def packed(frames: list[Frame]) -> bytes:
    return b"".join(frame.head(kind, number, len(payload)) + payload for kind, number, payload in frames)


@given(st.lists(SEQUENCED), st.integers(1, 50), st.binary(max_size=300))
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    frames: list[Frame], piece_bytes: int, noise: bytes
) -> None:
    """Behind whatever a shell said before the greeting."""
    assume(frame.MAGIC not in noise)
    decoder = Decoder(greeting=True)
    assert fed(decoder, noise + GREETING + packed(frames), piece_bytes) == frames
    assert decoder.greeted


def test_the_longest_frames_fit() -> None:
    frames = [(frame.DATA, number, bytes([number]) * LONGEST_BYTES) for number in range(5)]
    assert fed(Decoder(greeting=False), packed(frames), 100_000) == frames


def test_an_acknowledgement_is_read_again() -> None:
    ((kind, consumed, payload),) = fed(Decoder(greeting=False), frame.ack(7, 1 << 40))
    assert (kind, consumed, frame.count_of(payload)) == (frame.ACK, 7, 1 << 40)


@given(st.binary(max_size=2000), st.booleans(), st.integers(1, 100))
def test_garbage_is_read_or_refused_and_never_held(garbage: bytes, greeting: bool, piece_bytes: int) -> None:
    decoder = Decoder(greeting=greeting)
    try:
        fed(decoder, garbage, piece_bytes)
    except ProtocolError:
        return
    assert len(decoder.space()) > LONGEST_BYTES


@pytest.mark.parametrize(
    ("kind", "length"),
    [
        (frame.DATA, 0),
        (frame.DATA, LONGEST_BYTES + 1),
        (frame.ERROR, (1 << 32) - 1),
        (frame.EOF, 1),
        (frame.EXIT, 2),
        (frame.ACK, 7),
        (frame.FAIL, 1001),
        (0, 0),
        (255, 1),
    ],
)
def test_a_length_that_a_kind_can_not_have_is_refused(kind: int, length: int) -> None:
    """At the head, before any of it is held."""
    with pytest.raises(ProtocolError, match=f"kind {kind} with {length} bytes"):
        fed(Decoder(greeting=False), frame.head(kind, 0, length))


def test_noise_without_a_greeting_ends() -> None:
    with pytest.raises(ProtocolError, match="no greeting"):
        fed(Decoder(greeting=True), b"Welcome!\n" * 10_000, 1000)


def test_another_version_is_refused() -> None:
    with pytest.raises(ProtocolError, match="version 2"):
        fed(Decoder(greeting=True), frame.MAGIC + b"\x02")


@pytest.mark.parametrize("path", sorted(Path(bootstrap.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_what_a_box_runs_is_ascii_and_old_python(path: Path) -> None:
    """Our end too: a box that sends to another runs it."""
    source = path.read_text(encoding="ascii")
    ast.parse(source, feature_version=bootstrap.OLDEST)


@pytest.mark.parametrize("name", bootstrap._OWNER)
def test_what_is_sent_of_a_source_does_the_same(name: str) -> None:
    source = bootstrap._source(name)
    assert ast.dump(ast.parse(bootstrap._without_words(source))) == ast.dump(without_docstrings(ast.parse(source)))


def without_docstrings(module: ast.Module) -> ast.Module:
    for node in ast.walk(module):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            node.body[0] = ast.Expr(ast.Constant(""))
    return module


@pytest.mark.parametrize("start", [True, False])
def test_what_a_lane_is_sent_first_is_let_go_at_once(*, start: bool) -> None:
    """Ten packets of a usual line (RFC 6928), with room for what SSH adds and may have on the way."""
    order = {"token": "0" * 32, "name": f"ssh-transport-stripe-{'0' * 16}", "start": start}
    assert len(bootstrap.sent_first(order)) < 10 * 1448 - 2000


def test_neither_the_token_nor_the_command_is_in_an_argv() -> None:
    line = bootstrap.command("python3")
    told = """'f=open(0,"rb",0,closefd=0);exec(f.readline())'"""
    assert line == f"""exec sh -c 'cd 2>/dev/null; exec "$0" "$@"' python3 -I -S -c {told}"""
