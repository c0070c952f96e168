"""Which model, and which of its versions, does an inference service serve?"""

from __future__ import annotations

from mr_registry import answers, bodies, records
from mr_registry.database import Database
from mr_registry.errors import NotFound
from mr_registry.kinds import INFERENCE_SERVICES, MODEL_VERSIONS, REGISTERED_MODELS
from mr_registry.operations import Answer, Call, existing, read_id
from mr_registry.paging import Page
from mr_registry.records import Selection


def model(database: Database, call: Call) -> Answer:
    """Answer with the registered model that the service in the path names."""
    with database.reading() as transaction:
        service = existing(transaction, INFERENCE_SERVICES, call.id)
        model_id = bodies.text(service.fields, "registeredModelId") or ""
        return Answer(answers.resource(existing(transaction, REGISTERED_MODELS, model_id)))


def version(database: Database, call: Call) -> Answer:
    """Answer with the model version that the service in the path names, or else with the newest of its model."""
    with database.reading() as transaction:
        service = existing(transaction, INFERENCE_SERVICES, call.id)
        if version_id := bodies.text(service.fields, "modelVersionId"):
            return Answer(answers.resource(existing(transaction, MODEL_VERSIONS, version_id)))
        model_id = bodies.text(service.fields, "registeredModelId") or ""
        versions = Selection(
            MODEL_VERSIONS.family, MODEL_VERSIONS.kinds, parent_id=read_id(REGISTERED_MODELS.label, model_id)
        )
        # The highest id is the newest, also of two that were made in one millisecond.
        newest = records.select(transaction, versions, Page(descending=True), 1)
        if not newest:
            raise NotFound(
                f"no model versions found for inference service {call.id}, which serves registered model {model_id}"
            )
        return Answer(answers.resource(newest[0]))
