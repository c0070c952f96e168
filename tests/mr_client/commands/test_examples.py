"""Each example in a command's help is run as it stands there, but for the bucket."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import mr_client
from mr_client import cli
from servers.s3 import S3Server

Call = Callable[..., Result]


def examples(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """Yield each command with the examples of its help."""
    page = CliRunner().invoke(cli.main, [*path, "--help"]).output
    lines = [line.strip() for line in page.splitlines() if line.startswith("    mr-client ")]
    yield path, [line.partition(" | ")[0] for line in lines]
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            below = command.get_command(click.Context(command), name)
            assert below is not None
            yield from examples(below, (*path, name))


BUCKET = "help-examples"
"""Stands for ``models``, which is others' on the one server that all tests share."""
PAGES = dict(examples(cli.main, ()))
LEFT = {(), ("serve",), ("cache",), ("register",)}
"""Its own commands' pages have those of the program; a server does not end (see ``test_serve``); nothing to do."""


def run(call: Call, path: tuple[str, ...], environ: dict[str, str]) -> None:
    assert PAGES[path], path
    for line in PAGES[path]:
        call(*shlex.split(line.replace("s3://models/", f"s3://{BUCKET}/"))[1:], **environ)


def test_a_first_version_is_registered(call: Call, registry: mr_client.Registry) -> None:
    run(call, ("register",), {})

    assert registry.resolve("iris", "v1").uri == f"s3://{BUCKET}/iris/v1"


def test_each_example_runs_one_after_the_other(
    call: Call,
    registry: mr_client.Registry,
    s3: S3Server,
    trained: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    s3.make_bucket(BUCKET)

    run(call, ("upload",), s3.environ)
    registry.register("iris", "v2", uri=f"s3://{BUCKET}/iris/v1", model_format="sklearn")
    registry.register("fraud", "v1", uri=f"s3://{BUCKET}/fraud/v1", model_format="onnx")
    for path in PAGES:
        if path not in {*LEFT, ("upload",)}:
            registry.alias("iris", "champion", "v1")
            run(call, path, s3.environ)

    assert registry.aliases("iris") == {"champion": "v1"}
