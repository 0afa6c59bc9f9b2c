"""
An SFTP client over any pipe of bytes, with many requests under way at once.

It speaks version 3 over `ssh -s ... sftp` where `ssh` logs in by itself, else over a channel of the Fabric connection.
One thread reads and hands every answer to whoever asked; any thread asks.
"""
