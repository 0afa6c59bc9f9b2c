"""A simulated rented GPU box and a simulated bad network, both on loopback."""
