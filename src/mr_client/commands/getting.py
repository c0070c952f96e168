"""``mr-client download``, ``verify``: how do files get here, and are they still what they were?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mr_client.commands.options import Asking, asks_registry, prints
from mr_client.commands.output import print_json

if TYPE_CHECKING:
    from mr_client.receipt import Receipt

__all__ = ["download", "verify"]

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.argument("uri", required=False)
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--allow", metavar="PATTERN", multiple=True, help="Bring only such files: *.json. Repeatable.")
@click.option("--ignore", metavar="PATTERN", multiple=True, help="Bring no such files; wins over --allow. Repeatable.")
@click.option("--offline", is_flag=True, help="Ask nobody: take what the cache has. [MR_OFFLINE]")
@click.option("--to-lock", metavar="FILE", type=_FILE, help="Write down just what was brought: ids, files, digests.")
@click.option("--from-lock", metavar="FILE", type=_FILE, help="Bring just what a lock says, in place of URI.")
@prints("the folder")
@asks_registry
def download(
    asking: Asking,
    uri: str | None,
    folder: Path | None,
    allow: tuple[str, ...],
    ignore: tuple[str, ...],
    offline: bool,
    to_lock: Path | None,
    from_lock: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Bring the files of URI into FOLDER, verified.

    Without FOLDER into the cache, which all processes share, and whose folder is printed. URI is model-registry://MODEL[/VERSION|@ALIAS] or a storage URI such as s3://BUCKET/FOLDER. What is there already,
    from an earlier command or one that was interrupted, is not fetched again.

    \b
    Examples:
      mr-client download model-registry://iris/v1
      mr-client download model-registry://iris/v1 model/
      mr-client download model-registry://iris model/ --to-lock iris.lock
      mr-client download --from-lock iris.lock model/
    """
    from mr_client.cache.settings import OFFLINE
    from mr_client.commands.progress import fitting
    from mr_client.errors import UsageError

    if from_lock is not None and folder is None:
        # The lock stands for the URI, so what is there is the folder.
        folder = None if uri is None else Path(uri)
        uri = None
    if (uri is None) == (from_lock is None) or ((to_lock or from_lock) and folder is None):
        raise UsageError(
            "Say what is brought where: URI [FOLDER], or with a lock URI FOLDER or --from-lock FILE FOLDER."
        )
    if from_lock is not None and (allow or ignore or to_lock):
        raise UsageError("A lock says which files there are: leave --allow, --ignore and --to-lock out.")
    if offline and (to_lock or from_lock):
        raise UsageError("A lock is of what a store has: leave --offline out.")
    asking = asking.having(STORAGE_ALLOW_PATTERNS=allow, STORAGE_IGNORE_PATTERNS=ignore)
    environ, progress = asking.environ, fitting(quiet)
    if from_lock is not None and folder is not None:
        from mr_client.locks.lockfile import read_lock
        from mr_client.locks.locking import fetch_locked

        receipt = fetch_locked(read_lock(from_lock), folder, environ=environ, progress=progress)
    elif to_lock is not None and folder is not None:
        from mr_client.locks.lockfile import check_place, write_lock
        from mr_client.locks.locking import fetch_and_lock

        check_place(to_lock, folder)
        receipt, lock = fetch_and_lock(str(uri), folder, environ=environ, progress=progress)
        write_lock(to_lock, lock)
    elif folder is not None and not (offline or OFFLINE.flag(environ)):
        from mr_client.flow import fetch

        receipt = fetch(str(uri), folder, environ=environ, progress=progress)
    else:
        import mr_client

        with asking.registry() as registry:
            path = mr_client.download(str(uri), to=folder, offline=offline or None, registry=registry)
        if as_json:
            print_json({"folder": str(path)})
        else:
            click.echo(path)
        return
    _say(receipt, as_json, quiet)


def _say(receipt: Receipt, as_json: bool, quiet: bool) -> None:
    from mr_client.reports.transfer import receipt_as_dict, receipt_line

    if as_json:
        print_json({"folder": str(receipt.destination), **receipt_as_dict(receipt)})
    else:
        click.echo(receipt.destination if quiet else receipt_line(receipt))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("uri", required=False)
@click.option("--from-lock", metavar="FILE", type=_FILE, help="Compare with a lock, in place of URI; nobody is asked.")
@prints("the folder")
@asks_registry
def verify(asking: Asking, folder: Path, uri: str | None, from_lock: Path | None, as_json: bool, quiet: bool) -> None:
    """Compare the files in FOLDER with those of URI.

    With its store and the registry, or with a lock. Says what is missing, different or extra. Exit code 6 where anything is; no file is fetched, nothing is written.

    \b
    Examples:
      mr-client verify model/ model-registry://iris/v1
      mr-client verify model/ --from-lock iris.lock
    """
    from mr_client.errors import UsageError
    from mr_client.reports.transfer import comparison_as_dict, comparison_lines

    if (uri is None) == (from_lock is None):
        raise UsageError("Say what the folder is compared with: URI, or --from-lock FILE.")
    compared: Any
    if from_lock is not None:
        from mr_client.locks.lockfile import read_lock
        from mr_client.verifying import verify_lock

        compared = verify_lock(folder, read_lock(from_lock))
    else:
        from mr_client.verifying import verify as compare

        compared = compare(folder, str(uri), environ=asking.environ)
    if as_json:
        print_json(comparison_as_dict(compared))
    elif quiet and compared:
        click.echo(compared.folder)
    elif not quiet:
        click.echo("\n".join(comparison_lines(compared)))
    compared.raise_for_difference()
