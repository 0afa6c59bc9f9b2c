"""Resolves names with `ssh -G`, edits our aliases in the ssh config file, and checks and pins host keys."""
