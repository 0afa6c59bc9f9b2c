"""What the product promises in numbers, measured; each module is a command: `python -m benchmarks.NAME`."""
