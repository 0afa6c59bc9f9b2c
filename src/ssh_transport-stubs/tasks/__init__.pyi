"""Made by `python -m docs.stubs`."""

from invoke import Collection

from . import config, hygiene, keys, secrets, transfer

__all__ = ['config', 'hygiene', 'keys', 'secrets', 'transfer', 'ns']

ns: Collection
