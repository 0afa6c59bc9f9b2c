"""The directory in which a watch completes files before they get their final names."""

# No engine copies what is called so, as with the partial directories.
STAGING_DIRECTORY = ".watch-partial"
