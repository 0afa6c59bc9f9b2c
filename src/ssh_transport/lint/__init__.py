"""
Lints shell scripts for problems of transport that shell linters do not find, and runs shellcheck for the others.

The rules work on the syntax tree of a shell parser. The script inside ``ssh HOST '...'`` is parsed and linted as well.
"""
