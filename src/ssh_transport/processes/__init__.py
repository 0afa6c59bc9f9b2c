"""
Stops the processes on a box that match a pattern, and starts a command again.

To stop them, the box lists all its processes (`listing`); the pattern is matched here and never sent, so no command of
ours on the box can match it. Selected are the matching processes, their descendants, and the members of a process group
or session that one of them leads, which finds descendants whose parent has ended. Protected are the processes that the
connection depends on, the box's first process and, if the box is this machine, our own (`choice`); and what only hosts
others, such as a tmux server or a supervisor: if it matches, it is named (`hosts`). Each selected process gets TERM
once, parents first; after the grace period it gets KILL, repeatedly, as do processes that were started meanwhile. A
signal is sent only if the start time is unchanged (`signals`). A broken link is connected again. At the end a new
connection lists the processes again. Zombies are only reported; any other process that remains is a failure.

To start a command again (`relaunch`), that check must have passed. The command is written to a file on the box, runs in
tmux or in its own session (`launch`), and another new connection checks that it is alive.
"""
