"""Which operation answers which path and method?

Paths are those of the contract, below its base path. A path has at most one parameter, and that is an id.
"""

from __future__ import annotations

from collections.abc import Mapping

from mr_registry import attribution
from mr_registry.kinds import ARTIFACTS, MODEL_ARTIFACTS, MODEL_VERSIONS, REGISTERED_MODELS
from mr_registry.operations import Operation, create, create_below, fetch, find, list_all, update

ROUTES: Mapping[str, Mapping[str, Operation]] = {
    "/registered_model": {"GET": find(REGISTERED_MODELS)},
    "/registered_models": {"GET": list_all(REGISTERED_MODELS), "POST": create(REGISTERED_MODELS)},
    "/registered_models/{registeredmodelId}": {"GET": fetch(REGISTERED_MODELS), "PATCH": update(REGISTERED_MODELS)},
    "/registered_models/{registeredmodelId}/versions": {
        "GET": list_all(MODEL_VERSIONS, REGISTERED_MODELS),
        "POST": create_below(MODEL_VERSIONS, REGISTERED_MODELS),
    },
    "/model_version": {"GET": find(MODEL_VERSIONS)},
    "/model_versions": {"GET": list_all(MODEL_VERSIONS), "POST": create(MODEL_VERSIONS)},
    "/model_versions/{modelversionId}": {"GET": fetch(MODEL_VERSIONS), "PATCH": update(MODEL_VERSIONS)},
    "/model_versions/{modelversionId}/artifacts": {
        "GET": list_all(ARTIFACTS, MODEL_VERSIONS),
        "POST": attribution.upsert(MODEL_VERSIONS),
    },
    "/model_artifact": {"GET": find(MODEL_ARTIFACTS)},
    "/model_artifacts": {"GET": list_all(MODEL_ARTIFACTS), "POST": create(MODEL_ARTIFACTS)},
    "/model_artifacts/{modelartifactId}": {"GET": fetch(MODEL_ARTIFACTS), "PATCH": update(MODEL_ARTIFACTS)},
    "/artifact": {"GET": find(ARTIFACTS)},
    "/artifacts": {"GET": list_all(ARTIFACTS), "POST": create(ARTIFACTS)},
    "/artifacts/{id}": {"GET": fetch(ARTIFACTS), "PATCH": update(ARTIFACTS)},
}
