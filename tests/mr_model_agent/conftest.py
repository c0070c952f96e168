"""A pod for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mr_model_agent.run import AgentSettings
from servers.agent_pod import Pod
from servers.config_map import ConfigMap
from servers.model_server import model_server


@pytest.fixture
def pod(tmp_path: Path) -> Iterator[Pod]:
    """A pod whose agent has not begun yet."""
    models, files, configs = tmp_path / "models", tmp_path / "files", tmp_path / "configs"
    files.mkdir()
    configs.mkdir()
    with model_server(models) as server:
        # So that the kernel, not the clock, says what has changed.
        settings = AgentSettings(
            config_dir=configs,
            model_dir=models,
            server_url=server.url,
            port=0,
            admin_port=0,
            longest=0.02,
            interval=30.0,
            check_interval=30.0,
        )
        yield Pod(ConfigMap(configs), models, files, server, {"MR_SYNC": "false"}, settings)
