"""Which operation answers which path and method?

Paths are those of the contract, below its base path. A path has at most one parameter, and that is an id. The first
path that fits is taken.
"""

from __future__ import annotations

from collections.abc import Mapping

from mr_registry import attribution, serving
from mr_registry.kinds import (
    ARTIFACTS,
    EXPERIMENT_RUNS,
    EXPERIMENTS,
    INFERENCE_SERVICES,
    METRIC_HISTORY,
    MODEL_ARTIFACTS,
    MODEL_VERSIONS,
    REGISTERED_MODELS,
    SERVE_MODELS,
    SERVING_ENVIRONMENTS,
)
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
    "/serving_environment": {"GET": find(SERVING_ENVIRONMENTS)},
    "/serving_environments": {"GET": list_all(SERVING_ENVIRONMENTS), "POST": create(SERVING_ENVIRONMENTS)},
    "/serving_environments/{servingenvironmentId}": {
        "GET": fetch(SERVING_ENVIRONMENTS),
        "PATCH": update(SERVING_ENVIRONMENTS),
    },
    "/serving_environments/{servingenvironmentId}/inference_services": {
        "GET": list_all(INFERENCE_SERVICES, SERVING_ENVIRONMENTS),
        "POST": create_below(INFERENCE_SERVICES, SERVING_ENVIRONMENTS),
    },
    "/inference_service": {"GET": find(INFERENCE_SERVICES)},
    "/inference_services": {"GET": list_all(INFERENCE_SERVICES), "POST": create(INFERENCE_SERVICES)},
    "/inference_services/{inferenceserviceId}": {"GET": fetch(INFERENCE_SERVICES), "PATCH": update(INFERENCE_SERVICES)},
    "/inference_services/{inferenceserviceId}/model": {"GET": serving.model},
    "/inference_services/{inferenceserviceId}/version": {"GET": serving.version},
    "/inference_services/{inferenceserviceId}/serves": {
        "GET": list_all(SERVE_MODELS, INFERENCE_SERVICES),
        "POST": create_below(SERVE_MODELS, INFERENCE_SERVICES),
    },
    "/experiment": {"GET": find(EXPERIMENTS)},
    "/experiments": {"GET": list_all(EXPERIMENTS), "POST": create(EXPERIMENTS)},
    "/experiments/{experimentId}": {"GET": fetch(EXPERIMENTS), "PATCH": update(EXPERIMENTS)},
    "/experiments/{experimentId}/experiment_runs": {
        "GET": list_all(EXPERIMENT_RUNS, EXPERIMENTS, parent_must_exist=True),
        "POST": create_below(EXPERIMENT_RUNS, EXPERIMENTS),
    },
    "/experiment_run": {"GET": find(EXPERIMENT_RUNS)},
    "/experiment_runs": {"GET": list_all(EXPERIMENT_RUNS), "POST": create(EXPERIMENT_RUNS)},
    "/experiment_runs/metric_history": {"GET": list_all(METRIC_HISTORY)},
    "/experiment_runs/{experimentrunId}": {"GET": fetch(EXPERIMENT_RUNS), "PATCH": update(EXPERIMENT_RUNS)},
    "/experiment_runs/{experimentrunId}/artifacts": {
        "GET": list_all(ARTIFACTS, EXPERIMENT_RUNS),
        "POST": attribution.upsert(EXPERIMENT_RUNS),
    },
    "/experiment_runs/{experimentrunId}/metric_history": {
        "GET": list_all(METRIC_HISTORY, EXPERIMENT_RUNS, parent_must_exist=True),
    },
}
