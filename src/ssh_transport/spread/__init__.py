"""Brings the same files to many boxes by one upload: boxes that have them serve boxes that wait."""

from .receipt import write as write_receipt
from .result import HEADINGS, Delivered
from .run import spread

__all__ = ["HEADINGS", "Delivered", "spread", "write_receipt"]
