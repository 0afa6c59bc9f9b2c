"""Parses pasted connection strings, reads the platform profiles, and finds the known problem behind a message."""
