"""What is to be copied, what is left out, and where it lands by rsync's rules."""
