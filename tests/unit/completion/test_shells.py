"""What each shell hands over, and how it wants its answer."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssh_transport.completion.shells import Typed, answer, split

# As bash has them.
BREAKS = " \t\n\"'@><=;|&(:"


@pytest.mark.parametrize(
    ("line", "words", "quote"),
    [
        ("fab ", ["fab", ""], ""),
        ("fab  trans", ["fab", "trans"], ""),
        ("fab -H 'a b' x", ["fab", "-H", "a b", "x"], ""),
        ("fab -H '@all,!p", ["fab", "-H", "@all,!p"], "'"),
        ('fab "a\\"b', ["fab", 'a"b'], '"'),
        ("fab a\\ b", ["fab", "a b"], ""),
        ("fab a\\", ["fab", "a"], ""),
        ("fab ''", ["fab", ""], ""),
        ("fab '' x", ["fab", "", "x"], ""),
        ("fab a'b'\"c\"", ["fab", "abc"], ""),
    ],
)
def test_the_beginning_of_a_line_is_split_as_bash_does(line: str, words: list[str], quote: str) -> None:
    """Quotes may be open at the cursor."""
    assert split(line) == Typed(words, quote)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), min_size=1), min_size=1))
def test_words_that_were_quoted_come_back(words: list[str]) -> None:
    """Whatever is in them."""
    assert split(shlex.join(words)).words == words


@given(st.text(max_size=30))
def test_any_beginning_is_split(line: str) -> None:
    """There is always a last word, which may be empty."""
    assert split(line).words


@pytest.mark.parametrize(
    ("line", "name", "line_of_answer"),
    [
        ("fab tr", "transfer.pull", "transfer.pull"),
        ("fab --on=pr", "--on=proj-1", "proj-1"),
        ("fab proj-1:ck", "proj-1:ckpt/", "ckpt/"),
        ("fab proj-1:ck", "proj-1:ck a'b", "ck\\ a\\'b"),
        ("fab 'proj-1:ck", "proj-1:ck a", "proj-1:ck a"),
        ("fab @tr", "@train", "@train"),
        ("fab a,@tr", "a,@train", "@train"),
        ("fab --on=a,@tr", "--on=a,@train", "@train"),
        ("fab me@web:x", "me@web:x/y=z", "x/y=z"),
        ("fab $(r", "$(reboot)", "\\$\\(reboot\\)"),
        ("fab ~", "~a`b`", "~a\\`b\\`"),
    ],
)
def test_bash_gets_what_it_puts_behind_its_own_breaks(line: str, name: str, line_of_answer: str) -> None:
    """Escaped, where it would mean something to it."""
    assert answer("bash", split(line), [(name, "about")], BREAKS) == f"{line_of_answer}\n"


@given(name=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12))
def test_what_bash_gets_means_itself(name: str) -> None:
    """No name on a box is a command here, once the line is sent off."""
    word = answer("bash", Typed([""]), [(f"x{name}", "")], "").removesuffix("\n")

    said = subprocess.run(["bash", "-c", f"printf %s {word}"], capture_output=True, text=True, check=True)

    assert said.stdout == f"x{name}"


@pytest.mark.parametrize("quote", ["'", '"'])
@given(name=st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=1, max_size=12))
@example(name="$(touch pwned)")
@example(name="';touch pwned;'")
def test_what_bash_gets_means_itself_within_quotes(quote: str, name: str) -> None:
    """What can't be written there, and what bash's history would hear, is left out."""
    word = answer("bash", Typed([""], quote=quote), [(f"x{name}", "")], "").removesuffix("\n")

    said = subprocess.run(["bash", "-c", f"printf %s {quote}{word}{quote}"], capture_output=True, text=True, check=True)

    assert said.stdout in {f"x{name}", ""}
    assert said.stdout or (quote == "'" and "'" in name) or (quote == '"' and ("!" in name or name.endswith('"')))


def test_bash_gets_no_word_that_its_history_would_hear() -> None:
    assert answer("bash", Typed([""]), [("b!touch", "")], "") == "b\\!touch\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_does_not_fit_or_would_move_the_cursor_is_left_out(shell: str) -> None:
    """A line for each candidate, and nothing of a box's that is not printed as it is."""
    found = answer(
        shell, Typed(["a"]), [("ab", "x\ny"), ("b", ""), ("a\nb", ""), ("a\x1b[2J", ""), ("a\u202e", "")], ""
    )

    assert found.splitlines() == (["ab"] if shell == "bash" else ["ab\tx\\ny"])
