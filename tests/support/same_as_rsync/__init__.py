"""Random copies by both engines and by plain rsync, and what their targets differ in."""
