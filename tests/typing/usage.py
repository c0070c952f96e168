"""The library as a notebook uses it: read by mypy and pyright, as they read a user's own file (scripts/check)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import mr_client
from mr_client import errors


def use() -> None:
    with mr_client.Registry("http://localhost:8080", token=None, ca=Path("ca.pem"), timeout=5) as r:
        made = r.register(
            "iris",
            "v1",
            uri="s3://models/iris/v1",
            model_format="sklearn",
            properties={"accuracy": 0.97, "tags": ["a"], "shape": {"in": 4}, "big": 2**40, "ok": True},
            exist_ok=False,
        )
        name: str = r.model("iris").name
        made_name: str = made.name
        versions: list[str] = [v.name for v in r.versions("iris")]
        models: list[str] = [m.name for m in r.models(where="name LIKE 'i%'", order_by="-created")]
        some: list[str] = [m.name for m in r.models(where={"stage": "prod", "accuracy": (">", 0.9)})]
        uris = [a.uri or "" for a in r.artifacts("iris", "v1")]
        if r.version("iris", "v1").state == "LIVE":
            print(name, made_name, versions, models, some, ", ".join(uris))

        version = r.update("iris", "v1", description="…", properties={"stage": "prod", "old": None})
        registered: int = int(version.registered_model_id)
        model = r.update("iris", owner="ada", if_unchanged=r.model("iris"))
        owner = model.owner or "nobody"
        print(registered, owner, r.archive("iris", "v1").author, r.restore("iris").owner)

        r.alias("iris", "champion", "v1")
        aliases = assert_type(r.aliases("iris"), dict[str, str])
        r.unalias("iris", next(iter(aliases)))
        r.register_hf("acme/iris", "main", name="iris", exist_ok=True)

        resolution = assert_type(r.resolve("iris"), mr_client.Resolution)
        assert_type(r.resolve("iris", "v1").uri, str)
        assert_type(resolution.version.name, str)
        assert_type(resolution.alias, str | None)
        assert_type(mr_client.resolve("model-registry://iris", registry=r).uri, str)
        assert_type(r.download("iris", "v1", to="model/"), Path)
        assert_type(r.download("model-registry://iris/v1"), Path)


def fail() -> Iterator[str]:
    try:
        mr_client.Registry().model("iris")
    except errors.NotFound as error:
        yield str(error)
    except errors.MRClientError as error:
        assert_type(error.status, int | None)


def wrong(r: mr_client.Registry, data: Any) -> None:
    """What a checker refuses; each line is an error that has to be there."""
    r.register("iris", "v1", uri=7)  # type: ignore[arg-type]
    r.register("iris", "v1", uri="s3://a", properties={"data": object()})  # type: ignore[dict-item]
    r.update("iris", author="ada")  # type: ignore[call-overload]
    r.alias("iris", data, 3)  # type: ignore[arg-type]
