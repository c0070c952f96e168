"""The program ``mr-client``."""

from __future__ import annotations

import sys

import pytest
from click.testing import CliRunner

import mr_registry
from mr_client import cli


def test_serve_says_what_to_install_where_the_server_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    # What an installation without the extra looks like.
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "mr_registry.server", raising=False)
    monkeypatch.delattr(mr_registry, "server", raising=False)

    result = CliRunner().invoke(cli.main, ["serve"])

    assert result.exit_code == 2
    assert result.stderr == (
        "The embedded registry needs uvicorn, which is not installed: pip install 'mr-client[server]'\n"
    )
