"""Processes on a box: which there are, which are meant, how they are stopped and started anew."""
