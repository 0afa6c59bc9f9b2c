"""The pages say what happens."""
