"""Which bytes does a base64 text stand for?"""

from __future__ import annotations

import base64


def decode(text: str) -> bytes:
    """Return the bytes, or raise ValueError: for other characters too, and for too much or too little padding."""
    if len(text) % 4:
        raise ValueError("illegal base64 data")
    return base64.b64decode(text, validate=True)
