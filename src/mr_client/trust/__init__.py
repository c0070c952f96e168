"""Who is asked, who is believed, and what a registry may name."""
