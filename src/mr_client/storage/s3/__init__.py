"""S3, and all that speak it."""
