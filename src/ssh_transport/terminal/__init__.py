"""Prompts, output and progress bars, and how a command line becomes task calls."""
