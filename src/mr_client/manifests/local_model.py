"""A LocalModelCache: a version of a model on the disks of nodes before anything asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mr_client.errors import UsageError
from mr_client.manifests.labels import checked_name, dns_label
from mr_client.manifests.places import CACHE, by_name, by_version, files_uri, place_warnings
from mr_client.manifests.quantities import checked_quantity, recorded_size
from mr_client.manifests.rendered import Choice, Rendered, account_of, filled, key_of, metadata, said
from mr_client.resolver import Resolution

__all__ = ["local_model_cache"]


def local_model_cache(
    resolution: Resolution, node_groups: Sequence[str], choice: Choice = Choice(), *, size: str | None = None
) -> Rendered:
    """Return the LocalModelCache of a version, for KServe 0.14.1 or later; credentials in it for 0.18 or later.

    KServe knows a cached model by the text of its URI, which cannot be changed: so the version stands in it and in
    the name of the cache, and a new version is a new cache. An InferenceService of the same URI is served from it.

    Args:
        resolution: what was found.
        node_groups: names of LocalModelNodeGroups, one at least.
        choice: what was said of it.
        size: a quantity such as ``20Gi``; else the recorded size of the files.

    Raises:
        UsageError: the size is not known, no group or a name that is none, or a place that a manifest cannot say.
    """
    if choice.floating:
        raise UsageError(
            "A cache knows a model by the text of its URI, and would never bring a newer version: leave --floating out."
        )
    if not node_groups:
        raise UsageError("A LocalModelCache is on the nodes of a group: say --node-group.")
    called = f"{resolution.model.name}-{resolution.version.name}"
    name = checked_name(choice.name) if choice.name is not None else dns_label(called)
    renamed = () if choice.name is not None or name == called else (f"the cache of {called!r} is called {name!r}",)
    uri = files_uri(resolution, CACHE, by="a LocalModelCache") if choice.resolved else by_name(resolution)
    about = metadata(
        resolution, name, replace(choice, namespace=None), uri=by_version(resolution) if choice.resolved else None
    )
    manifest = {
        "apiVersion": "serving.kserve.io/v1alpha1",
        "kind": "LocalModelCache",
        "metadata": about,
        "spec": filled(
            sourceModelUri=uri,
            modelSize=checked_quantity(size) if size is not None else recorded_size(resolution, "--size"),
            nodeGroups=[checked_name(each, dots=True) for each in node_groups],
            serviceAccountName=account_of(resolution, choice),
            storage=filled(key=key_of(resolution, choice)),
        ),
    }
    return Rendered(manifest, said(place_warnings(resolution, resolved=choice.resolved), renamed))
