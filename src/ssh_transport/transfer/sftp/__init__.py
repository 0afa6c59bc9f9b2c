"""The SFTP engine, for where rsync is missing at an end."""

from .engine import Sftp

__all__ = ["Sftp"]
