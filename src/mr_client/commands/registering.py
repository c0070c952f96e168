"""``mr-client register``, ``upload``: how does a model get in?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mr_client.commands.options import Asking, asks_registry, model_uri, prints, properties, with_options
from mr_client.commands.output import print_json

__all__ = ["register", "upload"]

_DESCRIBED = (
    click.option("--model-format", metavar="FORMAT", help="Such as sklearn or onnx."),
    click.option("--model-format-version", metavar="VERSION", help="Version of the format."),
    click.option("--description", metavar="TEXT", help="Of the version."),
    click.option("--author", metavar="NAME", help="Of the version."),
    click.option("--owner", metavar="NAME", help="Of the model, where it is new."),
    properties(),
)
_EXIST_OK = click.option("--exist-ok", is_flag=True, help="It may be registered already, just as it is given here.")


@click.command()
@click.argument("model")
@click.argument("version")
@click.option("--uri", metavar="URI", help="Where the files are, such as s3://BUCKET/FOLDER.")
@with_options(_DESCRIBED)
@click.option("--storage-key", metavar="NAME", help="Secret with the credentials.")
@click.option("--storage-path", metavar="PATH", help="Folder below the bucket of that secret, where there is no URI.")
@click.option("--service-account-name", metavar="NAME", help="Service account that holds the credentials.")
@_EXIST_OK
@prints("the version's id")
@asks_registry
def register(asking: Asking, model: str, version: str, as_json: bool, quiet: bool, **given: Any) -> None:
    """Register VERSION of MODEL, whose files are in a store.

    A command that fails half-way is completed by the same command again.

    \b
    Example:
      mr-client register iris v1 --uri s3://models/iris/v1 --model-format sklearn --property accuracy=0.97
    """
    from mr_client.reports.records import version_as_dict

    with asking.registry() as registry:
        made = registry.register(model, version, **given)
        found = version_as_dict(made, artifacts=list(registry.artifacts(model, version))) if as_json else None
    if found is not None:
        print_json(found)
    else:
        click.echo(made.id if quiet else f"Registered: version {version!r} of model {model!r} (id {made.id}).")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("uri")
@click.option("--overwrite", is_flag=True, help="Replace files of the same names; nothing is removed.")
@click.option(
    "--register",
    "name",
    metavar="MODEL/VERSION",
    help="Register it, with its digest; a '/' in a name is written %2F. Nothing is copied where it is registered.",
)
@with_options(_DESCRIBED)
@_EXIST_OK
@prints("the URI")
@asks_registry
def upload(
    asking: Asking,
    folder: Path,
    uri: str,
    overwrite: bool,
    name: str | None,
    exist_ok: bool,
    properties: Mapping[str, Any],
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Copy the files of FOLDER to a store, and register them.

    They are checked on arrival. URI is a folder in a store: s3://, gs://, Azure's spellings, file:// or an absolute path.

    \b
    Example:
      mr-client upload trained/ s3://models/iris/v1 --register iris/v1 --model-format sklearn
    """
    from mr_client.commands.progress import fitting
    from mr_client.errors import UsageError
    from mr_client.reports.transfer import uploaded_as_dict, uploaded_line
    from mr_client.uploading import Uploaded
    from mr_client.uploading import upload as copy
    from mr_client.uri import parse_model_uri

    sent: list[Uploaded] = []

    def send(folder: Path, uri: str) -> Uploaded:
        sent.append(copy(folder, uri, environ=asking.environ, overwrite=overwrite, progress=fitting(quiet)))
        return sent[0]

    found: dict[str, Any] = {}
    if name is None:
        if exist_ok or properties or any(value is not None for value in given.values()):
            raise UsageError("What is said of a version needs one: give --register MODEL/VERSION.")
        send(folder, uri)
    else:
        meant = parse_model_uri(model_uri(name))
        if meant.version is None or meant.host is not None:
            raise UsageError(f"--register {name!r} is no MODEL/VERSION: write a '/' inside a name as %2F.")
        with asking.registry() as registry:
            made = registry.register(
                meant.model,
                meant.version,
                uri=uri,
                upload=folder,
                uploader=send,
                exist_ok=exist_ok,
                properties=properties,
                **given,
            )
        found = {"model": meant.model, "version": meant.version, "model_version_id": made.id}
    if as_json:
        print_json(uploaded_as_dict(uri, sent[0] if sent else None) | found)
    elif quiet:
        click.echo(sent[0].uri if sent else uri)
    else:
        click.echo(uploaded_line(uri, sent[0] if sent else None))
        if name is not None:
            click.echo(f"Registered: version {meant.version!r} of model {meant.model!r} (id {made.id}).")
