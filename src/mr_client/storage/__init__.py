"""Everything that touches a model's bytes: where they are, which to copy, the copy, the check.

Nothing here knows the registry: a storage URI and a mapping of environment variables come in.
"""
