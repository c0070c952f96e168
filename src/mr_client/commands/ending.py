"""How does a command end that failed?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from mr_client.errors import MRClientError

__all__ = ["one_sentence"]


@contextmanager
def one_sentence() -> Iterator[None]:
    """End the program with the sentence of an error, and its exit code."""
    try:
        yield
    except MRClientError as error:
        click.echo(" ".join(str(error).split()), err=True)
        sys.exit(error.exit_code)
