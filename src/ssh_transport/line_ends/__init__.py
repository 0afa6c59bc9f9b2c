"""Shell scripts with line ends that no shell can read: found, mended, and kept from coming back."""
