"""What a models.json says now, and what is said of one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_model_agent.metrics import Metrics
from mr_model_agent.reading import ModelsFile

IRIS = '[{"modelName": "iris", "modelSpec": {"storageUri": "s3://m/iris", "framework": "x"}}]'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.json"


def test_what_it_said_before_is_no_news(path: Path) -> None:
    file = ModelsFile(path, Metrics())
    path.write_text(IRIS)
    first = file.read()

    assert first is not None
    assert [model.name for model in first.models] == ["iris"]
    assert file.read() is None
    path.write_text("[]")
    assert file.read() is not None


@pytest.mark.parametrize("content", [b"{", b"\xff", None])
def test_what_is_wrong_is_said_once_and_again_when_it_was_right_meanwhile(
    path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = Metrics()
    file = ModelsFile(path, metrics)

    def spoil() -> None:
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)

    for times in (1, 2):
        spoil()
        for _ in range(3):
            assert file.read() is None
        assert len(caplog.records) == times
        assert str(path) in caplog.text
        assert f"mr_agent_config_problems_total {times}.0".encode() in metrics.text()
        path.write_text(IRIS)
        assert file.read() is not None


def test_an_entry_that_cannot_be_followed_is_said_and_counted(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()
    path.write_text(IRIS.replace("iris", "../iris", 1))
    reading = ModelsFile(path, metrics).read()

    assert reading is not None
    assert reading.models == ()
    assert '"../iris", which is no name' in caplog.text
    assert b"mr_agent_config_problems_total 1.0" in metrics.text()
