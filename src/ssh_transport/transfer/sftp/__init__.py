"""The SFTP engine: copies where rsync is missing at an end."""

from .engine import Sftp
from .tree import PARTIAL_DIRECTORY

__all__ = ["PARTIAL_DIRECTORY", "Sftp"]
