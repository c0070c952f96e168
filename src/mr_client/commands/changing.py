"""``mr-client update``, ``archive``, ``restore``, ``alias``: how is what is registered changed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from mr_client.commands.options import Asking, asks_registry, prints, properties, with_options
from mr_client.commands.output import print_json, print_table

__all__ = ["alias", "archive", "restore", "update"]


_CHANGES = (click.argument("model"), click.argument("version", required=False), prints("the id"), asks_registry)
"""What each command has that changes a model or a version."""


@click.command()
@click.option("--description", metavar="TEXT", help="Empty for none.")
@click.option("--author", metavar="NAME", help="Of a version; empty for none.")
@click.option("--owner", metavar="NAME", help="Of a model; empty for none.")
@properties()
@click.option("--remove-property", "removed", metavar="NAME", multiple=True, help="Take one away. Repeatable.")
@click.option("--replace-properties", is_flag=True, help="Take away all that are not given, but for our own.")
@with_options(_CHANGES)
def update(
    asking: Asking,
    model: str,
    version: str | None,
    properties: Mapping[str, Any],
    removed: tuple[str, ...],
    replace_properties: bool,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Change VERSION, or MODEL where no version is named.

    What is not given stays.

    \b
    Example:
      mr-client update iris v1 --property stage=prod --remove-property draft
    """
    changes = {**properties, **dict.fromkeys(removed)}
    given["properties"] = changes if changes or replace_properties else None
    with asking.registry() as registry:
        changed: Any = registry.update(model, version, replace_properties=replace_properties, **given)
    _say(changed, model, version, ("Updated", None), as_json, quiet)


@click.command()
@with_options(_CHANGES)
def archive(asking: Asking, model: str, version: str | None, as_json: bool, quiet: bool) -> None:
    """Take VERSION, or MODEL, out of use.

    MODEL itself where no version is named. Nothing is deleted.

    \b
    Example:
      mr-client archive iris v1
    """
    with asking.registry() as registry:
        changed: Any = registry.archive(model) if version is None else registry.archive(model, version)
    means = "its versions stay as they are" if version is None else "the model's name alone no longer means it"
    done = f"{means}; nothing was deleted, `mr-client restore` brings it back"
    _say(changed, model, version, ("Archived", done), as_json, quiet)


@click.command()
@with_options(_CHANGES)
def restore(asking: Asking, model: str, version: str | None, as_json: bool, quiet: bool) -> None:
    """Bring VERSION, or MODEL, back into use.

    MODEL itself where no version is named.

    \b
    Example:
      mr-client restore iris v1
    """
    with asking.registry() as registry:
        changed: Any = registry.restore(model) if version is None else registry.restore(model, version)
    _say(changed, model, version, ("Restored", "it is in use again"), as_json, quiet)


@click.command()
@click.argument("model")
@click.argument("alias", required=False)
@click.argument("version", required=False)
@click.option("--remove", is_flag=True, help="Take the alias away; the version stays.")
@prints("the names of versions")
@asks_registry
def alias(
    asking: Asking,
    model: str,
    alias: str | None,
    version: str | None,
    remove: bool,
    as_json: bool,
    quiet: bool,
) -> None:
    """Set, remove or list the aliases of MODEL.

    What an alias means is said by its name: model-registry://iris@champion.

    \b
    Examples:
      mr-client alias iris champion v2
      mr-client alias iris champion --remove
      mr-client alias iris
    """
    from mr_client.errors import UsageError

    if remove != (alias is not None and version is None):
        raise UsageError(
            "Give ALIAS and VERSION to set an alias, ALIAS with --remove to take it away, or neither to list."
        )
    before: str | None = None
    with asking.registry() as registry:
        if alias is not None:
            before = registry.aliases(model).get(alias)
        if alias is not None and version is not None:
            registry.alias(model, alias, version)
        elif alias is not None:
            registry.unalias(model, alias)
        found = registry.aliases(model) if alias is None or as_json or quiet else {}
    if as_json:
        print_json(found)
    elif quiet:
        for name in found.values() if version is None else (version,):
            click.echo(name)
    elif alias is None:
        rows = [{"alias": each, "version": meant} for each, meant in found.items()]
        print_table(rows, nothing=f"Model {model!r} has no aliases.")
    elif version is None:
        click.echo(f"Removed: alias {alias!r} of model {model!r}; version {before!r}, which it meant, stays.")
    else:
        moved = f", no longer {before!r}" if before not in (None, version) else ""
        click.echo(f"Set: alias {alias!r} of model {model!r} means version {version!r}{moved}.")


def _say(
    changed: Any, model: str, version: str | None, said: tuple[str, str | None], as_json: bool, quiet: bool
) -> None:
    """Say what was changed: how it is called what was done, and what that means."""
    from mr_client.reports.records import model_as_dict, version_as_dict

    if as_json:
        print_json(model_as_dict(changed) if version is None else version_as_dict(changed))
    elif quiet:
        click.echo(changed.id)
    else:
        done, means = said
        what = f"model {model!r}" if version is None else f"version {version!r} of model {model!r}"
        click.echo(f"{done}: {what} (id {changed.id}, {changed.state}){f': {means}' if means else ''}.")
