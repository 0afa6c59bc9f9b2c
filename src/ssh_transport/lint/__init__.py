"""
A look at shell scripts, before they meet a box: the contract, and the traps that no shell linter knows.

`shellcheck` says what it knows; the rules here say the rest, over the tree of a real shell parser. What stands inside
``ssh HOST '...'`` is parsed as a script of its own.
"""
