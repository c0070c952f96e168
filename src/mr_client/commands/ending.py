"""How does a command end? With an exit code and one sentence, whatever happens."""

from __future__ import annotations

import difflib
import errno
import io
import logging
import sys
import threading
from collections.abc import Sequence
from typing import Any

import click

from mr_client.commands.interrupting import CODE, SENTENCE, ended_soon
from mr_client.errors import MRClientError, RegistryUnreachable
from mr_client.logs import inert

__all__ = ["Ending", "Suggesting", "heed_streams"]

_NO_REGISTRY = "To try it out, start one here with `mr-client serve`; --registry URL names another."
_IN_PYTHON = {
    "exist_ok=True": "--exist-ok",
    "overwrite=True": "--overwrite",
    "offline=True": "--offline",
    "order_by is ": "--order-by is ",
    "give description or properties.": "give --description or --property.",
}
"""What the library's sentences call an option that has another name here."""


class Suggesting(click.Group):
    """Commands of which the nearest is named where one is not there."""

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for, or say which is like it."""
        known = self.list_commands(context)
        if arguments and not arguments[0].startswith("-") and arguments[0] not in known:
            context.fail(f"There is no command {arguments[0]!r}{_nearest(arguments[0], known)}")
        return super().resolve_command(context, arguments)


class Ending(Suggesting):
    """Commands whose errors end the program as they end the one in the pod."""

    def invoke(self, context: click.Context) -> Any:
        """Run a command."""
        handler = _Warnings(level=logging.WARNING)
        logging.getLogger().addHandler(handler)
        try:
            with ended_soon() as saying:
                return self._told(context, saying)
        finally:
            logging.getLogger().removeHandler(handler)

    def _told(self, context: click.Context, saying: threading.Lock) -> Any:
        try:
            return super().invoke(context)
        except MRClientError as error:
            more = f" {_NO_REGISTRY}" if isinstance(error, RegistryUnreachable) else ""
            click.echo(_of_a_shell(f"{error}{more}"), err=True)
            context.exit(error.exit_code)
        except KeyboardInterrupt:
            if saying.acquire(blocking=False):
                click.echo(SENTENCE, err=True)
            context.exit(CODE)
        except click.ClickException as error:
            said = error.format_message()
            if said == inert(said, lines=True):
                raise
            raise click.UsageError(inert(said, lines=True), getattr(error, "ctx", None)) from None
        except (click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read it has read enough
            import traceback

            sentence = f"Unexpected {type(error).__name__}: {' '.join(str(error).split())}."
            click.echo(inert("".join(traceback.format_exception(error)), lines=True), err=True, nl=False)
            click.echo(f"{inert(sentence)} This is a bug: please report it with the lines above.", err=True)
            context.exit(1)


def _of_a_shell(sentence: str) -> str:
    for word, option in _IN_PYTHON.items():
        sentence = sentence.replace(word, option)
    return inert(" ".join(sentence.split()))


class _Warnings(logging.Handler):
    """Says a warning in a line of its own."""

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        click.echo(f"{record.levelname.capitalize()}: {inert(' '.join(record.getMessage().split()))}", err=True)


def heed_streams() -> None:
    """Write what a terminal's encoding has no sign for as an escape: a model's name is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape"):
            stream.reconfigure(errors="backslashreplace")


def _nearest(word: str, known: Sequence[str]) -> str:
    """Return what to say of the words that are most like ``word``, to follow "There is no …"."""
    close = difflib.get_close_matches(word, known, n=3, cutoff=0.5)
    return f": did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(known)}."
