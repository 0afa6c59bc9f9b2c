"""Copies by way of a real server of object storage, to and from a real box."""
