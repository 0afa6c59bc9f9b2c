"""What a box calls its files is a word in each shell, and never a command there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ssh_transport.completion.shells import answer, typed
from tests.support.shell_at_a_terminal import Shell

if TYPE_CHECKING:
    from tests.support.person import Person

NAMES = [
    *("$(touch pwned)", "`touch pwned`", ";touch pwned;", "|touch pwned", "&touch pwned", "<(touch pwned)", ">pwned"),
    *("$HOME", "${IFS}", "!touch", "{a,b}", "*", "[a]?", "#x", "^a^b", "%1 =ls (x)", "a  b\u00a0c"),
    *("\\$(touch pwned)", "'$(touch pwned)'", '"$(touch pwned)"', "e:f=g@h"),
]
# As bash has them.
BREAKS = " \t\n\"'><=;|&(:"
ANSWERS = '#!/bin/sh\ncat "$HOME/answer"\n'


@pytest.mark.slow
@pytest.mark.parametrize("quote", ["", "'", '"'], ids=["bare", "single", "double"])
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_name_of_a_box_is_a_word_and_no_command(shell: str, quote: str, person: Person) -> None:
    """Bare, and where a quote is open; what can't be written in one is left out. Its program is one that is quick."""
    program = person.home / "bin" / "ssh-transport"
    program.parent.mkdir()
    program.write_text(ANSWERS)
    program.chmod(0o755)
    person.types("ssh-transport", f"--install-completion={shell}")
    environment = person.environment | {"PATH": f"{program.parent}:{person.environment['PATH']}"}
    line = f"ssh-transport transfer.pull {quote}proj-1:d/"
    at = typed(shell, [line] if shell == "bash" else line.replace(quote or "\0", "").split())
    answers = {name: answer(shell, at, [(f"proj-1:d/x{name}", "")], BREAKS) for name in NAMES}
    told = [name for name, said in answers.items() if said]

    with Shell(shell, person.home, environment) as at_terminal:
        found = []
        for name in told:
            (person.home / "answer").write_text(answers[name])
            found.append(at_terminal.words_after_tab(line)[-1])

    assert found == [f"proj-1:d/x{name}" for name in told]
    assert len(told) == len(NAMES) - {("bash", "'"): 1, ("bash", '"'): 2}.get((shell, quote), 0)
    assert not (person.home / "pwned").exists()
