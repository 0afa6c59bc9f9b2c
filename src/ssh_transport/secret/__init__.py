"""Secrets: from one source on this machine into one private file on a box, and nowhere else."""
