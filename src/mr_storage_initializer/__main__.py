"""``mr-storage-initializer SRC DEST [SRC DEST …]``: argv and environment → mr_client → exit code."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

import mr_client
from mr_client.errors import MRClientError
from mr_client.flow import fetch, preview
from mr_client.report import preview_lines, receipt_as_dict, receipt_line
from mr_client.storage.progress import suited

TERMINATION_LOG = Path("/dev/termination-log")
"""Where Kubernetes takes a container's last words from (kubernetes.io, Container v1: terminationMessagePath)."""

_YOUNG = 100_000
"""Objects that are made before they are searched for garbage; Python's own 700 come 180 times while libraries load."""


def run() -> NoReturn:
    """Run ``main`` as a whole process: the programs' entry.

    Collecting garbage costs a start 30 ms, since nothing that a library makes while it loads is garbage.
    """
    gc.set_threshold(_YOUNG)
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


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("pairs", metavar="SRC DEST [SRC DEST ...]", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="Say what would be brought from where, and write nothing.")
@click.option(
    "--verify",
    type=click.Choice(["size", "store", "full"]),
    help="How closely to check: size, also the store's digests (store), also every file on disk (full). [MR_VERIFY, store]",
)
@click.version_option(mr_client.__version__, prog_name="mr-storage-initializer")
def main(pairs: tuple[str, ...], dry_run: bool, verify: str | None) -> None:
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
    if len(pairs) % 2:
        raise click.UsageError(f"{len(pairs)} arguments make no pairs: give a DEST for each SRC.")
    signal.signal(signal.SIGTERM, _stop_at_once)
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    logging.getLogger("mr_client").setLevel(logging.INFO)
    try:
        if dry_run:
            for source, target in _in_pairs(pairs):
                click.echo("\n".join(preview_lines(preview(source, Path(target), environ=os.environ))))
            return
        environ = os.environ | ({"MR_VERIFY": verify} if verify else {})
        progress = suited(sys.stderr, logging.getLogger("mr_client"))
        receipts = [
            fetch(source, Path(target), environ=environ, progress=progress) for source, target in _in_pairs(pairs)
        ]
    except MRClientError as error:
        _fail(str(error), error.exit_code)
    except Exception as error:
        traceback.print_exc()
        _fail(f"Unexpected {type(error).__name__}: {error}. This is a bug: please report it with the lines above.", 1)
    for receipt in receipts:
        click.echo(receipt_line(receipt), err=True)
    _last_words(json.dumps([receipt_as_dict(receipt) for receipt in receipts]))


def _in_pairs(arguments: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(arguments[::2], arguments[1::2], strict=True))


def _fail(sentence: str, code: int) -> NoReturn:
    sentence = " ".join(sentence.split())
    click.echo(sentence, err=True)
    _last_words(sentence)
    sys.exit(code)


def _last_words(text: str) -> None:
    """Leave ``text`` for ``kubectl describe``, where Kubernetes has made the file."""
    try:
        with TERMINATION_LOG.open("r+") as log:
            log.write(text)
    except OSError:
        pass  # no pod, or a read-only one: stderr has said it


def _stop_at_once(number: int, frame: FrameType | None) -> NoReturn:
    """Leave without waiting for the workers: what they wrote has temporary names, and the next run goes on with it."""
    os.write(2, b"Stopped by SIGTERM before the files were complete: run again, and it goes on where it was.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    run()
