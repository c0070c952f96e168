"""Ciphertext is no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mr_client.confidential import refuse_confidential
from mr_client.errors import NotAllowed
from mr_client.flow import fetch, preview


@pytest.mark.parametrize("value", ["true", "True", "1", "who knows"])
def test_a_confidential_model_is_refused_before_anything_is_asked(memory: Any, target: Path, value: str) -> None:
    memory.pipe("/model/weights.bin", b"ciphertext")
    environ = {"CONFIDENTIAL_ENABLED": value, "CONFIDENTIAL_RESOURCE_ID": "kbs:///default/key/1"}

    for uri in ("memory://model/", "model-registry://127.0.0.1:9/nobody/v1"):
        with pytest.raises(NotAllowed, match="CONFIDENTIAL_ENABLED .*encrypted"):
            fetch(uri, target, environ=environ)
        with pytest.raises(NotAllowed, match="CONFIDENTIAL_ENABLED"):
            preview(uri, target, environ=environ)
    assert not target.exists()


@pytest.mark.parametrize("value", ["", "false", "0"])
def test_any_other_model_is_brought(memory: Any, target: Path, value: str) -> None:
    memory.pipe("/model/weights.bin", b"weights")

    fetch("memory://model/", target, environ={"CONFIDENTIAL_ENABLED": value})

    assert (target / "weights.bin").read_bytes() == b"weights"


def test_an_unset_variable_says_nothing() -> None:
    refuse_confidential({})
