"""Copies by way of object storage."""
