"""A rented GPU box and a bad network to reach it through, both on loopback."""
