"""The embedded registry held against the contract: every operation, with data that is made up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import mr_contract
import mr_registry

# Not among them: that what the contract allows is accepted (it lets an id be any text, and a name
# be taken twice), and that what it forbids is refused (servers read keys whatever their case).
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SCHEMA = schemathesis.openapi.from_dict(mr_contract.load())
OPERATIONS = [each.ok() for each in SCHEMA.get_all_operations() if isinstance(each, Ok)]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One registry for all operations, so that they meet what others have made."""
    with mr_registry.serve() as url:
        yield url


def test_every_operation_is_tried() -> None:
    assert len(OPERATIONS) == 56


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.definition.raw["operationId"])
def test_every_answer_is_one_that_the_contract_knows(url: str, operation: Any) -> None:
    @settings(max_examples=10, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy())
    def holds(case: Any) -> None:
        case.call_and_validate(base_url=url, checks=CHECKS)

    holds()
