"""The rsync engine: its options, its plan, its partial files, and what its output and its end mean."""
