"""``docs/cli.md`` shows what the program says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mr_client import cli

PAGE = (Path(__file__).parents[3] / "docs/cli.md").read_text()
BLOCKS = re.findall(r"^```console\n\$ mr-client (.*?) ?--help\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("command", "shown"), BLOCKS, ids=[command or "mr-client" for command, _ in BLOCKS])
def test_a_help_that_is_shown_is_what_the_program_says(command: str, shown: str) -> None:
    run = CliRunner().invoke(cli.main, [*command.split(), "--help"], prog_name="mr-client", terminal_width=80)

    assert run.output == shown


def test_each_command_is_on_the_page() -> None:
    context = cli.main.make_context("mr-client", ["models"])

    assert {command.split(" ")[0] for command, _ in BLOCKS} == {"", *cli.main.list_commands(context)}
