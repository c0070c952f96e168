"""What the errors of other libraries mean. Each dialect stops here."""
