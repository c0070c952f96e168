"""Which kinds of resources are there, and what does the contract not say of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mr_registry import contract

Family = Literal["contexts", "artifacts", "executions", "history"]
"""Resources of one family share a sequence of ids, and the external ids within it are unique."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource, named as its schema in the contract."""

    name: str
    family: Family
    label: str
    parent_field: str = ""
    """The field that holds the id of its parent, where it has one of its own."""
    references: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The fields that hold ids of others, with what those are. Whether they exist is not asked."""
    artifact_field: str = ""
    """The field of its artifacts that holds its id, where they have one; `parent_field` is another then."""
    changed_below: bool = False
    """Whether creating one below a parent takes the whole resource, and changes it where it has an `id`."""
    orphaned_upstream: bool = False
    """Whether other servers store one whose parent does not exist."""
    artifact_type: str = ""
    needs_value: bool = False
    """Whether a new one needs `value`, which the contract leaves open."""
    changed_by_name: bool = False
    """Whether creating it twice below one parent changes the first, rather than being a conflict."""
    attributed_status: int = 200
    """What creating one below a parent is answered with."""

    @property
    def create_body(self) -> contract.Body:
        """What may be sent to create one."""
        return contract.body(f"{self.name}Create")

    @property
    def update_body(self) -> contract.Body:
        """What may be sent to change one."""
        return contract.body(f"{self.name}Update")

    @property
    def body(self) -> contract.Body:
        """The whole resource."""
        return contract.body(self.name)

    @property
    def below_body(self) -> contract.Body:
        """What may be sent to create one below a parent."""
        return self.body if self.changed_below else self.create_body


@dataclass(frozen=True, slots=True)
class Collection:
    """The resources that one list of the API shows: of one kind, or of every kind of artifact."""

    family: Family
    label: str
    kinds: tuple[Kind, ...]
    below: Collection | None = None
    """The collection of its parents. Names are unique below each, so a find by name needs to know which."""

    @property
    def polymorphic(self) -> bool:
        """Whether `artifactType` decides which kind a body is of."""
        return len(self.kinds) > 1


REGISTERED_MODEL = Kind("RegisteredModel", "contexts", "registered model")
MODEL_VERSION = Kind(
    "ModelVersion",
    "contexts",
    "model version",
    parent_field="registeredModelId",
    changed_below=True,
    orphaned_upstream=True,
)
EXPERIMENT = Kind("Experiment", "contexts", "experiment")
EXPERIMENT_RUN = Kind(
    "ExperimentRun",
    "contexts",
    "experiment run",
    parent_field="experimentId",
    artifact_field="experimentRunId",
    changed_below=True,
)
SERVING_ENVIRONMENT = Kind("ServingEnvironment", "contexts", "serving environment")
INFERENCE_SERVICE = Kind(
    "InferenceService",
    "contexts",
    "inference service",
    parent_field="servingEnvironmentId",
    references={"registeredModelId": "registered model", "modelVersionId": "model version"},
)
SERVE_MODEL = Kind("ServeModel", "executions", "serve model", references={"modelVersionId": "model version"})
ARTIFACT_KINDS: Mapping[str, Kind] = {
    artifact_type: Kind(
        name,
        "artifacts",
        artifact_type.replace("-", " "),
        artifact_type=artifact_type,
        needs_value=name == "Metric",
        changed_by_name=name in ("Metric", "Parameter"),
        attributed_status=201 if name in ("ModelArtifact", "DocArtifact") else 200,
    )
    for artifact_type, name in contract.choices("Artifact").items()
}
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        REGISTERED_MODEL,
        MODEL_VERSION,
        EXPERIMENT,
        EXPERIMENT_RUN,
        SERVING_ENVIRONMENT,
        INFERENCE_SERVICE,
        SERVE_MODEL,
        *ARTIFACT_KINDS.values(),
    )
}

REGISTERED_MODELS = Collection("contexts", "registered model", (REGISTERED_MODEL,))
MODEL_VERSIONS = Collection("contexts", "model version", (MODEL_VERSION,), REGISTERED_MODELS)
EXPERIMENTS = Collection("contexts", "experiment", (EXPERIMENT,))
EXPERIMENT_RUNS = Collection("contexts", "experiment run", (EXPERIMENT_RUN,), EXPERIMENTS)
SERVING_ENVIRONMENTS = Collection("contexts", "serving environment", (SERVING_ENVIRONMENT,))
INFERENCE_SERVICES = Collection("contexts", "inference service", (INFERENCE_SERVICE,), SERVING_ENVIRONMENTS)
SERVE_MODELS = Collection("executions", "serve model", (SERVE_MODEL,), INFERENCE_SERVICES)
MODEL_ARTIFACTS = Collection("artifacts", "model artifact", (ARTIFACT_KINDS["model-artifact"],), MODEL_VERSIONS)
ARTIFACTS = Collection("artifacts", "artifact", tuple(ARTIFACT_KINDS.values()), MODEL_VERSIONS)
METRIC_HISTORY = Collection("history", "metric", (ARTIFACT_KINDS["metric"],), EXPERIMENT_RUNS)
"""What the metrics of runs were each time they were logged. The metrics themselves, as artifacts, are the latest."""
