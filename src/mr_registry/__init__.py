"""The embedded model registry: Kubeflow's REST contract on SQLite, for demos, tests and laptops.

    with mr_registry.serve("registry.db") as url: ...

`create_app` gives the ASGI application, `serve` runs it in a thread, `run` runs it until a signal.
They need lark, starlette and uvicorn, the extra `[server]`; they are imported on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from mr_registry.errors import DatabaseError

if TYPE_CHECKING:
    from mr_registry.api import create_app
    from mr_registry.server import run, serve

__all__ = ["DatabaseError", "create_app", "run", "serve"]

_HOMES = {"create_app": "mr_registry.api", "run": "mr_registry.server", "serve": "mr_registry.server"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        home = import_module(_HOMES[name])
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] not in ("lark", "starlette", "uvicorn"):
            raise
        raise ImportError(
            f"The embedded registry needs {exc.name}, which is not installed: pip install 'mr-client[server]'",
            name=exc.name,
        ) from exc
    return getattr(home, name)
