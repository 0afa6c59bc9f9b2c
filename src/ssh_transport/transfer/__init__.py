"""Copies: what lands where, by which engine, through faults, until it is all there."""
