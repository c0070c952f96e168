"""One archive that came alone, and the files that it holds."""
