"""
Finds and fixes shell scripts with line ends that no shell can read, and makes git keep them at LF.

What a shell script is (`script`) and what is wrong with its line ends (`ends`) is implemented twice: in Python, for
this machine and for the guard of a push, and in a POSIX script that a box runs in one round trip (`box_script`). A
property test checks that both agree. On this machine every file is opened relative to an open directory, never through
a link, and replaced only if it is still the file that was read. A carriage return inside a line may be intended: it is
reported, but not removed.
"""
