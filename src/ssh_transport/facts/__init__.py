"""Facts: typed answers about a box or this machine; they only read."""
