"""Functions that read something about a box or this machine and return it as a typed value; they change nothing."""
