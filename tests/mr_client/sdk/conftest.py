"""Fixtures that the tests of the notebook's side share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import mr_client
from servers.counted import Calls, counted


@pytest.fixture
def both(registry_url: str) -> Iterator[tuple[mr_client.Registry, Calls]]:
    with counted(registry_url) as both:
        yield both


@pytest.fixture
def registry(both: tuple[mr_client.Registry, Calls]) -> mr_client.Registry:
    """A registry as a person has it, on an embedded server of this test's own."""
    return both[0]


@pytest.fixture
def calls(both: tuple[mr_client.Registry, Calls]) -> Calls:
    """The calls that ``registry`` makes."""
    return both[1]
