"""
Brings secrets from one source on this machine into one private file on a box, checks them there and removes them.

`docs/secrets.md` describes how.
"""
