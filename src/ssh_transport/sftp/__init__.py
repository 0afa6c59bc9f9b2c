"""An SFTP client over any pipe of bytes: what the copies without rsync are made with."""
