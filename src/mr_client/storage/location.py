"""What is known of a place in a store before anybody is asked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mr_client.storage.network.proxies import Proxies
from mr_client.storage.network.trusted import Trust

__all__ = ["Location"]


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a store, and how to get in."""

    uri: str
    """The URI as it may be shown: without passwords and signatures."""
    protocol: str
    """``s3``, ``gcs``, ``azure``, ``http``, ``hf``, ``webhdfs``, or what fsspec calls it: ``file`` or ``memory``."""
    path: str = field(repr=False)
    """What the store calls the place: ``bucket/key``, a path, or the whole URL."""
    folder: bool = False
    """Whether only a folder can be meant, because the URI ends in a slash."""
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Arguments of the store's fsspec filesystem, or what our own store takes."""
    trust: Trust = Trust()
    proxies: Proxies = Proxies()

    @property
    def server(self) -> tuple[str, ...]:
        """What tells the store from others in which the same names may be: its kind, and whom to ask; no secret."""
        match self.protocol:
            case "azure":
                server = self.options["place"].endpoint
            case "webhdfs":
                server = " ".join(self.options["namenodes"])
            case _:
                server = self.options.get("endpoint_url") or self.options.get("endpoint") or ""
        return self.protocol, server

    def names(self, key: str) -> bool:
        """Return whether the URI names the file of this key itself, and not a folder that it is in."""
        within = self.options.get("within")  # of the hub alone, whose path has a revision in it
        return key == (f"{self.options['model']}/{within}" if within else self.path)
