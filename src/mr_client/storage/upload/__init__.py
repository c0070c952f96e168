"""From files to a store: each whole or absent, compared on arrival."""
