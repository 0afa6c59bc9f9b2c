"""Operations: ensure a state, return a `Change`; safe to repeat."""
