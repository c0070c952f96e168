"""One file of a web server."""
