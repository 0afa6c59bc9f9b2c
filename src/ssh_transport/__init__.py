"""Keys, ssh aliases, files and secrets, moved between your machine and rented GPU boxes."""
