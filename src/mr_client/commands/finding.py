"""``mr-client models``, ``versions``, ``show``, ``resolve``: what is registered?"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any, TypeVar

import click

from mr_client.commands.options import Asking, asks_registry, prints
from mr_client.commands.output import Branch, print_json, print_table, print_tree, said

__all__ = ["models", "resolve", "show", "versions"]

Command = TypeVar("Command", bound=Callable[..., Any])


def _lists(command: Command) -> Command:
    for option in (
        click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many."),
        click.option(
            "--order-by",
            default="id",
            show_default=True,
            metavar="WORD",
            help="id, name, created or updated; -created is the newest first.",
        ),
        click.option("--where", metavar="QUERY", help="A filter query, such as \"name like 'iris%'\"."),
    ):
        command = option(command)
    return command


@click.command()
@_lists
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
    _print(found, ("name", "state", "owner", "description", "updated", "id"), "There are no models.", as_json, quiet)


@click.command()
@click.argument("model")
@_lists
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
@prints("the id")
@asks_registry
def show(asking: Asking, model: str, version: str | None, as_json: bool, quiet: bool) -> None:
    """Show all that is registered of MODEL, or of its VERSION.

    \b
    Example:
      mr-client show iris v1
    """
    from mr_client.reports.records import model_as_dict, version_as_dict

    with asking.registry() as registry:
        if version is None:
            found = model_as_dict(
                registry.model(model), aliases=registry.aliases(model), versions=list(registry.versions(model))
            )
        else:
            artifacts = list(registry.artifacts(model, version))
            found = version_as_dict(registry.version(model, version), artifacts=artifacts)
    if as_json:
        print_json(found)
    elif quiet:
        click.echo(found["id"])
    else:
        print_tree(_tree(found))


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
        rows = [{column: _short(column, each[column]) for column in columns} for each in found]
        # A column in which nobody has anything says nothing.
        kept = [column for column in columns if any(row[column] for row in rows)]
        print_table([{column: row[column] for column in kept} for row in rows], nothing=nothing)


def _tree(found: dict[str, Any]) -> Branch:
    tree = Branch(_title(found))
    for name, value in found.items():
        if name in ("name", "state", "id", "model_id", "versions", "artifacts") or value in (None, {}, ""):
            continue
        if isinstance(value, dict):
            branch = tree.add(name)
            for key, each in value.items():
                branch.add(f"{said(key)}: {said(each)}")
        else:
            tree.add(f"{name}: {said(_short(name, value))}")
    for name in ("versions", "artifacts"):
        for each in found.get(name, ()):
            tree.below.append(_tree(each))
    return tree


def _title(found: dict[str, Any]) -> str:
    known = [each for each in (found["state"], f"id {found['id']}") if each]
    return f"{said(found['name'])} ({', '.join(map(said, known))})"


def _short(name: str, value: Any) -> Any:
    """Return a time without what a person does not read."""
    return f"{value[:16].replace('T', ' ')}Z" if name in ("created", "updated") and value else value
