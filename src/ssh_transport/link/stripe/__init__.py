"""
The striped link: a remote shell for rsync that consists of several SSH connections, which may come and go.

`docs/striped_link.md` says how it works. From the bottom up: `frame` is what crosses a connection, `lane` what is
known of one, `flow` one direction over all of them, `pump` the loop of both ends, `near` and `far` the ends,
`handover` how the far one gets its lanes, `logins` the `ssh` processes of the near one, `order` what it is told,
`bootstrap` how the far one gets to the box, `remote_shell` the program. For the calls of one copy it runs as long as
the copy: `standing` takes one command after another from `caller`, which is what rsync starts then. All is standard
library and Python 3.8: a box that sends to another has the near end too.

It is run by `python -I -S` on this directory, with the variable `SSH_TRANSPORT_LINK` (see `order.Order`) or
`SSH_TRANSPORT_CALL` (see `caller`).
"""
