"""From a name in a model registry to verified files in a folder.

>>> import mr_client
>>> registry = mr_client.Registry("http://localhost:8080")
>>> registry.resolve("iris", "v1").uri
's3://models/iris/v1'
>>> registry.download("iris", "v1", "model/")
PosixPath('model')
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mr_client import errors
from mr_client._version import __version__

if TYPE_CHECKING:
    from mr_client import cache as cache
    from mr_client.client import Registry, download, open, resolve
    from mr_client.flow import fetch, preview
    from mr_client.listing import Listing
    from mr_client.receipt import Preview, Receipt
    from mr_client.registry import Dataset, Experiment, Metric, Parameter
    from mr_client.resolver import Resolution
    from mr_client.run import Run
    from mr_client.uri import ModelURI, parse_model_uri

__all__ = [
    "Dataset",
    "Experiment",
    "Listing",
    "Metric",
    "ModelURI",
    "Parameter",
    "Preview",
    "Receipt",
    "Registry",
    "Resolution",
    "Run",
    "__version__",
    "download",
    "errors",
    "fetch",
    "open",
    "parse_model_uri",
    "preview",
    "resolve",
]

_HOMES = {
    "Dataset": "registry",
    "Experiment": "registry",
    "Listing": "listing",
    "Metric": "registry",
    "ModelURI": "uri",
    "Parameter": "registry",
    "Preview": "receipt",
    "Receipt": "receipt",
    "Registry": "client",
    "Resolution": "resolver",
    "Run": "run",
    "download": "client",
    "fetch": "flow",
    "open": "client",
    "parse_model_uri": "uri",
    "preview": "flow",
    "resolve": "client",
}
"""Where each public name lives: loaded on first use, so that the pod loads only what its URI needs.
No module may have the name of one of them: importing it would hide the name."""


def __getattr__(name: str) -> Any:
    if name == "cache":
        return import_module("mr_client.cache")
    if name not in _HOMES:
        raise AttributeError(f"module 'mr_client' has no attribute {name!r}")
    return getattr(import_module(f"mr_client.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES, "cache"])
