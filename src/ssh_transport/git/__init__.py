"""Asks git about a work tree on this machine: what is in it, what of that git would keep, and which commit it is."""
