"""``mr-storage-initializer SRC DEST [SRC DEST …]``: argv and environment → mr_client → exit code."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

import click

from mr_client.errors import MRClientError, UsageError
from mr_client.flow import preview
from mr_client.logs import ending, inert, logging_to
from mr_client.pairs import Pair, read_pairs
from mr_client.pod import PodSettings, last_words, wait_at_random
from mr_client.reports.resolution import error_line, outcome_line, preview_lines, version_line
from mr_client.reports.transfer import receipt_as_dict, receipt_line
from mr_client.several import check_sources, fetch_each
from mr_client.storage.copy.progress import suited

_STOPPED = "Stopped by SIGTERM before the files were complete: run again, and it goes on where it was."
_YOUNG = 100_000
"""Objects that are made before they are searched for garbage; Python's own 700 come 180 times while libraries load."""


def run() -> NoReturn:
    """Run ``main`` as a whole process: the programs' entry.

    Collecting garbage costs a start 30 ms, since nothing that a library makes while it loads is garbage.
    """
    gc.set_threshold(_YOUNG)
    _heed_sigterm()
    try:
        main()
    except SystemExit as end:
        # click ends with a number whatever happens; None and 0 are one.
        _leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    _leave(0)


def _leave(code: int) -> NoReturn:
    """End the process without taking it apart.

    Closing an event loop and forgetting 1,500 modules, one by one, takes 200 ms: as long as a small copy. The
    kernel does it at once, and nothing is left to be done: files have their names, locks end with the process.
    """
    try:
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # a parent may have closed it
                stream.flush()
    except (OSError, ValueError):
        sys.exit(code)  # whoever read it is gone: Python has its own way to end then
    os._exit(code)


class _Program(click.Command):
    """A command whose complaints about its usage are last words, too."""

    def make_context(self, *arguments: Any, **keywords: Any) -> click.Context:
        """Read the command line."""
        try:
            return super().make_context(*arguments, **keywords)
        except click.UsageError as error:
            last_words(error.format_message(), _settings(os.environ).termination_log)
            raise


def _read(context: click.Context, _: click.Parameter, arguments: tuple[str, ...]) -> tuple[Pair, ...]:
    try:
        return read_pairs(arguments)
    except UsageError as error:
        raise click.UsageError(str(error), context) from error


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(version_line("mr-storage-initializer"))
        context.exit()


@click.command(cls=_Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("pairs", metavar="SRC DEST [SRC DEST ...]", nargs=-1, required=True, callback=_read)
@click.option("--dry-run", is_flag=True, help="Say what would be brought from where, and write nothing.")
@click.option(
    "--verify",
    type=click.Choice(["size", "store", "full"]),
    help="How closely to check: size, also the store's digests (store), also every file on disk (full). [MR_VERIFY, store]",
)
@click.option(
    "--require-version/--any-version",
    default=None,
    help="Whether to refuse a model-registry:// URI that names no version. [MR_REQUIRE_VERSION, false]",
)
@click.option(
    "--jitter", metavar="SECONDS", help="Wait so long at most, at random, before the first question. [MR_JITTER, 0]"
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version and exit."
)
def main(
    pairs: tuple[Pair, ...], dry_run: bool, verify: str | None, require_version: bool | None, jitter: str | None
) -> None:
    """Bring the files of each SRC into the folder DEST, verified.

    SRC is model-registry://[HOST/]MODEL[/VERSION], s3://BUCKET/FOLDER, gs://BUCKET/FOLDER, Azure Blob Storage,
    hf://OWNER/MODEL, webhdfs://HOST/PATH, https://HOST/FILE or file:///PATH. The registry and the credentials come from the environment, as KServe sets it.

    \b
    Exit codes: 0 ready, 1 unexpected, 2 usage, 3 not found, 4 not allowed,
    5 transfer failed, 6 verification failed, 143 after SIGTERM.

    \b
    Example:
      mr-storage-initializer model-registry://iris/v1 /mnt/models
    """
    pinned = None if require_version is None else str(require_version)
    flags = {"MR_VERIFY": verify, "MR_REQUIRE_VERSION": pinned, "MR_JITTER": jitter}
    environ = os.environ | {name: value for name, value in flags.items() if value is not None}
    settings = _settings(environ)
    try:
        PodSettings.from_env(environ)
        with logging_to(sys.stderr, settings.log_format, settings.log_level):
            check_sources(pairs, environ=environ)
            if dry_run:
                for pair in pairs:
                    click.echo("\n".join(preview_lines(preview(pair.source, pair.destination, environ=environ))))
                return
            wait_at_random(settings.jitter)
            terminal = sys.stderr if settings.log_format == "text" else None
            outcomes = fetch_each(pairs, environ=environ, progress=suited(terminal, logging.getLogger("mr_client")))
    except MRClientError as error:
        _fail(error_line(error), error.exit_code, settings)
    except Exception as error:
        sentence = f"Unexpected {type(error).__name__}: {error}. This is a bug: please report it with the lines above."
        _fail(sentence, 1, settings, error)
    receipts = [outcome.receipt for outcome in outcomes if outcome.receipt is not None]
    records = [receipt_as_dict(receipt) for receipt in receipts]
    for receipt, record in zip(receipts, records, strict=True):
        click.echo(ending(settings.log_format, receipt_line(receipt), step="ready", **record), err=True)
    for outcome in outcomes:
        if outcome.error is not None:
            _fail(outcome_line(outcomes), outcome.error.exit_code, settings)
    last_words(json.dumps(records), settings.termination_log)


def _settings(environ: Mapping[str, str]) -> PodSettings:
    """Read how to say that something is wrong, even where that is what is wrong."""
    try:
        return PodSettings.from_env(environ)
    except MRClientError:
        return PodSettings()


def _fail(sentence: str, code: int, settings: PodSettings, error: Exception | None = None) -> NoReturn:
    click.echo(ending(settings.log_format, sentence, error, level="error", step="failed", exit_code=code), err=True)
    last_words(inert(sentence), settings.termination_log)
    sys.exit(code)


def _heed_sigterm() -> None:
    """Leave at once when told to, whatever the main thread is at: a name that is looked up can take it half a minute.

    Nothing waits for the workers: what they wrote has temporary names, and the next run goes on with it.
    """

    def wait() -> None:
        number = signal.sigwait({signal.SIGTERM})
        settings, sentence = _settings(os.environ), _STOPPED
        line = ending(settings.log_format, sentence, level="error", step="failed", exit_code=128 + number)
        # Not through a stream, which a thread that is cut off here may hold.
        with suppress(OSError):
            os.write(2, f"{line}\n".encode())
        last_words(sentence, settings.termination_log)
        os._exit(128 + number)

    # Blocked in this thread and those it begins, so that the one that waits for it has it.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=wait, name="mr-sigterm", daemon=True).start()


if __name__ == "__main__":
    run()
