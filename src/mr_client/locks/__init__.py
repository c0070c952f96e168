"""What was brought, written down, so that just that is brought again."""
