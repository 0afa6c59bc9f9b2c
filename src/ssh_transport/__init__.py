"""Keys, ssh aliases, files and secrets, moved between your machine and rented GPU boxes."""

from __future__ import annotations

__version__: str


def __getattr__(name: str) -> str:
    """Look the version up where it is asked for: that takes longer than a program's own start."""
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import version

    return version("ssh-transport")
