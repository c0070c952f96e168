"""The local file system: what it takes, how much of it, and who is at work there."""
