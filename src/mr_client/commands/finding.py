"""``mr-client models``, ``versions``, ``show``, ``resolve``: what is registered?"""

from __future__ import annotations

from itertools import islice
from typing import Any

import click

from mr_client.commands.options import Asking, asks_registry, prints, with_options
from mr_client.commands.output import print_json, print_table, print_tree
from mr_client.commands.trees import brief, model_tree, version_tree

__all__ = ["models", "resolve", "show", "versions"]

_LISTS = (
    click.option("--where", metavar="QUERY", help="A filter query, such as \"name like 'iris%'\"."),
    click.option(
        "--order-by",
        default="id",
        show_default=True,
        metavar="WORD",
        help="id, name, created or updated; -created is the newest first.",
    ),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many."),
)


@click.command()
@with_options(_LISTS)
@prints("the ids")
@asks_registry
def models(asking: Asking, where: str | None, order_by: str, limit: int | None, as_json: bool, quiet: bool) -> None:
    """List the registered models.

    \b
    Example:
      mr-client models --order-by -updated --limit 10
    """
    from mr_client.reports.records import model_as_dict

    with asking.registry() as registry:
        found = [model_as_dict(each) for each in islice(registry.models(where, order_by), limit)]
    nothing = "There are no such models." if where else "There are no models."
    _print(found, ("name", "state", "owner", "description", "updated", "id"), nothing, as_json, quiet)


@click.command()
@click.argument("model")
@with_options(_LISTS)
@prints("the ids")
@asks_registry
def versions(
    asking: Asking,
    model: str,
    where: str | None,
    order_by: str,
    limit: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """List the versions of MODEL.

    \b
    Example:
      mr-client versions iris --order-by -created
    """
    from mr_client.reports.records import version_as_dict

    with asking.registry() as registry:
        found = [version_as_dict(each) for each in islice(registry.versions(model, where, order_by), limit)]
    nothing = f"Model {model!r} has no such versions." if where else f"Model {model!r} has no versions."
    columns = ("name", "state", "author", "description", "properties", "created", "id")
    _print(found, columns, nothing, as_json, quiet)


@click.command()
@click.argument("model")
@click.argument("version", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="Look into so many versions, the newest: each takes a question to the registry.",
)
@prints("the id")
@asks_registry
def show(asking: Asking, model: str, version: str | None, limit: int, as_json: bool, quiet: bool) -> None:
    """Show all that is registered of MODEL, or of its VERSION.

    A tree: the model, its versions, the newest first, and the artifacts of each, which say where files are.

    \b
    Examples:
      mr-client show iris
      mr-client show iris v1
    """
    from mr_client.reports.records import overview_as_dict

    with asking.registry() as registry:
        whole = registry.overview(model, version, newest=0 if quiet else limit)
    found = overview_as_dict(whole)
    if version is not None:
        (found,) = found["versions"]
    if as_json:
        print_json(found)
    elif quiet:
        click.echo(found["id"])
    elif version is not None:
        print_tree(version_tree(found))
    else:
        print_tree(model_tree(found))


@click.command()
@click.argument("uri")
@prints("the storage URI")
@asks_registry
def resolve(asking: Asking, uri: str, as_json: bool, quiet: bool) -> None:
    """Say what a model-registry:// URI means.

    Which version and artifact, and where the files are. The registry is the one that is configured, or that of the URI. Warnings go to stderr.

    \b
    Exit codes: 0 found, 2 usage, 3 not found, 4 not allowed, 5 the registry failed.

    \b
    Example:
      mr-client resolve model-registry://iris
    """
    import mr_client
    from mr_client.reports.resolution import resolution_as_dict, resolution_lines

    with asking.registry() as registry:
        resolution = mr_client.resolve(uri, registry=registry)
    for warning in resolution.warnings:
        click.echo(f"Warning: {warning}", err=True)
    found = resolution_as_dict(resolution)
    if as_json:
        print_json(found)
    else:
        click.echo(found["uri"] if quiet else "\n".join(resolution_lines(resolution)))


def _print(found: list[dict[str, Any]], columns: tuple[str, ...], nothing: str, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json(found)
    elif quiet:
        for each in found:
            click.echo(each["id"])
    else:
        rows = [{column: brief(column, each[column]) for column in columns} for each in found]
        # A column in which nobody has anything says nothing.
        kept = [column for column in columns if any(row[column] for row in rows)]
        print_table([{column: row[column] for column in kept} for row in rows], nothing=nothing)
