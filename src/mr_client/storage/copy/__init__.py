"""From a plan to files: each whole or absent, over threads, resumed."""
