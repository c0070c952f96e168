"""What bytes are known by, and what stores say of them."""
