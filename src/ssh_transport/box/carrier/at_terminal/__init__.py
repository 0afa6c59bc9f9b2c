"""
A program that is called as `ssh` is, for boxes that give nothing but a terminal: it types the command there.

What is typed first says nothing: it makes of the terminal a plain way for bytes (`terminal`). From then on a small
script there, for any `sh` with `stty`, `head` and `tail`, takes what goes to the command in pieces that say how long
they are, as a terminal has no end of input. Behind what the command says, it says how that ended (`ways`).

A program of its own: standard library only, and nothing else of this package is imported.
"""
