"""
Copies by way of object storage, which both ends reach.

What a plan sends whole is cut into parts; each is sealed, stored in a bucket, and fetched by the other end with an
address that is signed for it alone. The copy itself comes after that, as always, and finds those files there: whatever
was not carried, it copies. `docs/relay.md` tells more.
"""

from .opened import by_the_only, by_way_of, by_way_of_or_auto, without_box

__all__ = ["by_the_only", "by_way_of", "by_way_of_or_auto", "without_box"]
