"""`fab` in a checkout starts here."""

from tasks import ns

__all__ = ["ns"]
