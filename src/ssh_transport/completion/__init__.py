"""
Completes command lines in bash, zsh and fish.

A shell's function (`scripts/`) calls ``PROGRAM --complete -- WORDS`` of the program that is typed, `fab` in a team's
own directory too, with `SHELL_VARIABLE` set: `answer` finds the place (`place`), asks for what may stand there
(`values`, on boxes `remote`), and prints it as that shell wants it (`shells`). Without the variable Invoke answers.
"""

from .answer import SHELL_VARIABLE, answer
from .install import install

__all__ = ["SHELL_VARIABLE", "answer", "install"]
