"""Brings the same files to many boxes by one upload: boxes that have them serve boxes that wait."""

from .receipt import place as receipt_place
from .receipt import write as write_receipt
from .result import HEADINGS, Delivered
from .run import spread

__all__ = ["HEADINGS", "Delivered", "receipt_place", "spread", "write_receipt"]
