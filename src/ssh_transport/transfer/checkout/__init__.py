"""
A push of what git would send of a work tree, with a note beside it that says which code it is.

`tree` is what goes, read once for all boxes; `push` brings it to one of them, `verification` compares it there.
"""

from .push import push_checkout
from .tree import Tree, tree_of_checkout

__all__ = ["Tree", "push_checkout", "tree_of_checkout"]
