"""Commands of ``mr-client``: each is a call of the library."""
