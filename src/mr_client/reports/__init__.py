"""What people and machines read of what was found, brought or compared."""
