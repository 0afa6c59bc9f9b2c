"""The programs that make the environment."""
