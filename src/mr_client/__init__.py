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
    from mr_client.client import Registry, download, open, resolve, upload
    from mr_client.flow import fetch, preview
    from mr_client.locks.lockfile import Lock, read_lock, write_lock
    from mr_client.locks.locking import fetch_and_lock, fetch_locked
    from mr_client.receipt import Preview, Receipt
    from mr_client.registry import Dataset, Experiment, Metric, Parameter
    from mr_client.resolver import Resolution
    from mr_client.sdk.listing import Listing
    from mr_client.sdk.run import Run
    from mr_client.uploading import Uploaded
    from mr_client.uri import ModelURI, parse_model_uri
    from mr_client.verifying import Comparison, verify, verify_lock

__all__ = [
    "Comparison",
    "Dataset",
    "Experiment",
    "Listing",
    "Lock",
    "Metric",
    "ModelURI",
    "Parameter",
    "Preview",
    "Receipt",
    "Registry",
    "Resolution",
    "Run",
    "Uploaded",
    "__version__",
    "download",
    "errors",
    "fetch",
    "fetch_and_lock",
    "fetch_locked",
    "open",
    "parse_model_uri",
    "preview",
    "read_lock",
    "resolve",
    "upload",
    "verify",
    "verify_lock",
    "write_lock",
]

_HOMES = {
    "Comparison": "verifying",
    "Dataset": "registry",
    "Experiment": "registry",
    "Listing": "sdk.listing",
    "Lock": "locks.lockfile",
    "Metric": "registry",
    "ModelURI": "uri",
    "Parameter": "registry",
    "Preview": "receipt",
    "Receipt": "receipt",
    "Registry": "client",
    "Resolution": "resolver",
    "Run": "sdk.run",
    "Uploaded": "uploading",
    "download": "client",
    "fetch": "flow",
    "fetch_and_lock": "locks.locking",
    "fetch_locked": "locks.locking",
    "open": "client",
    "parse_model_uri": "uri",
    "preview": "flow",
    "read_lock": "locks.lockfile",
    "resolve": "client",
    "upload": "client",
    "verify": "verifying",
    "verify_lock": "verifying",
    "write_lock": "locks.lockfile",
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
