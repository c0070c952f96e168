"""Which fixture does a project get for tests that need a registry?

pytest loads it by itself where mr-client is installed; the server is imported when the fixture is used.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import mr_registry


@pytest.fixture
def model_registry() -> Iterator[str]:
    """The URL of an empty model registry in memory, for one test."""
    with mr_registry.serve() as url:
        yield url
