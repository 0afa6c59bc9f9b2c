"""One small file to a box or from it, at once: whole with its mode, or as it was before."""
