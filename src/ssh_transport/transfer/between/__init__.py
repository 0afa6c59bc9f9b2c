"""Copies from box to box: straight where the first can log in to the second, else streamed through this machine."""
