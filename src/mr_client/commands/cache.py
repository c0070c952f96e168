"""``mr-client cache``: what is in the cache of models, and what may go?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mr_client.commands.ending import Suggesting
from mr_client.commands.options import prints
from mr_client.commands.output import print_json, print_table

if TYPE_CHECKING:
    from mr_client.cache import Entry

__all__ = ["cache"]


def _bytes(_: click.Context, __: click.Parameter, given: str | None) -> int | None:
    from mr_client.storage.amounts import read_amount

    try:
        return None if given is None else read_amount(given)
    except ValueError:
        raise click.BadParameter(f"{given!r} is no number of bytes, such as 50Gi.") from None


@click.group(cls=Suggesting)
def cache() -> None:
    """List or prune the models of the cache (MR_CACHE)."""


@cache.command(name="list")
@prints("the folders")
@click.pass_obj
def list_(environ: Mapping[str, str], as_json: bool, quiet: bool) -> None:
    """List the models in the cache, the last used first.

    \b
    Example:
      mr-client cache list
    """
    from mr_client.cache import entries
    from mr_client.storage.amounts import amount

    found = entries(folder=_folder(environ))
    if as_json:
        print_json([_record(entry) for entry in found])
    elif quiet:
        for entry in found:
            click.echo(entry.path)
    else:
        rows = [
            {
                "source": entry.source,
                "names": entry.names,
                "files": entry.files,
                "size": amount(entry.size),
                "used": f"{entry.used:%Y-%m-%d %H:%M}Z",
                "folder": entry.path,
            }
            for entry in found
        ]
        print_table(rows, nothing="The cache is empty.")


@cache.command()
@click.option("--older-than", metavar="DAYS", type=click.FloatRange(0), help="What was not asked for in so many days.")
@click.option(
    "--to-size", metavar="BYTES", callback=_bytes, help="The least recently used, until so much is left: 50Gi."
)
@click.option("--everything", is_flag=True, help="All of it.")
@prints("the folders that went")
@click.pass_obj
def prune(
    environ: Mapping[str, str],
    older_than: float | None,
    to_size: int | None,
    everything: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Remove models from the cache, the least recently used first.

    What a running process was given stays. Without an option only what interrupted downloads left goes.

    \b
    Example:
      mr-client cache prune --older-than 30 --to-size 50Gi
    """
    from datetime import timedelta

    from mr_client.cache import prune as remove
    from mr_client.storage.amounts import amount

    age = None if older_than is None else timedelta(days=older_than)
    gone = remove(older_than=age, to_size=to_size, everything=everything, folder=_folder(environ))
    if as_json:
        removed, in_use = ([_record(entry) for entry in each] for each in (gone.removed, gone.in_use))
        print_json({"removed": removed, "bytes": gone.size, "in_use": in_use})
    elif quiet:
        for entry in gone.removed:
            click.echo(entry.path)
    else:
        kept = f"; {len(gone.in_use)} stay, since they are in use" if gone.in_use else ""
        count = f"{len(gone.removed)} model{'s' if len(gone.removed) != 1 else ''}"
        click.echo(f"Removed: {count}, {amount(gone.size)}{kept}.")


def _folder(environ: Mapping[str, str]) -> Path:
    from mr_client.cache.settings import CacheSettings

    return CacheSettings.from_env(environ).folder


def _record(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "folder": str(entry.path),
        "source": entry.source,
        "names": list(entry.names),
        "files": entry.files,
        "bytes": entry.size,
        "brought": _time(entry.brought),
        "used": _time(entry.used),
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
