"""Operations: each ensures one state, returns a `Change`, and is safe to repeat."""
