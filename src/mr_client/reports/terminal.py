"""What of a text may a terminal be shown?

Names come from whoever may write to a registry or a store, and a terminal does what escape sequences say.
"""

from __future__ import annotations

__all__ = ["printable"]


def printable(text: str) -> str:
    """Return ``text``, quoted and escaped where it holds what would steer a terminal."""
    return text if text.isprintable() else repr(text)
