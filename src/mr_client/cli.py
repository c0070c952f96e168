"""The program ``mr-client``: each command is a call of the library."""

from __future__ import annotations

import json

import click

import mr_client
from mr_client.commands.ending import one_sentence
from mr_client.commands.render import render


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(mr_client.__version__, prog_name="mr-client")
def main() -> None:
    """From a name in a model registry to verified files in a folder."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--database", default=":memory:", show_default=True, help="SQLite file to keep everything in.")
@click.option(
    "--token", envvar="MODEL_REGISTRY_TOKEN", show_envvar=True, help="Answer only requests that bear this token."
)
@click.option("--like-upstream", is_flag=True, help="Do what Kubeflow's own server does, even where that surprises.")
def serve(host: str, port: int, database: str, token: str | None, like_upstream: bool) -> None:
    """Run the embedded model registry until it is interrupted.

    \b
    Example:
      mr-client serve --database registry.db
    """
    try:
        from mr_registry import run  # here, since it needs the extra [server]
    except ImportError as error:
        raise click.ClickException(str(error)) from error
    try:
        run(
            database,
            host,
            port,
            token=token,
            like_upstream=like_upstream,
            ready=lambda url: click.echo(f"Model registry at {url}"),
        )
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("uri")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for machines.")
def resolve(uri: str, as_json: bool) -> None:
    """Say which version and artifact the model-registry:// URI means, and where its files are.

    The registry is the one of MODEL_REGISTRY_BASE_URL, or of the URI. Warnings go to stderr.

    \b
    Exit codes: 0 found, 2 usage, 3 not found, 4 not allowed, 5 the registry failed.

    \b
    Example:
      mr-client resolve model-registry://iris
    """
    from mr_client.report import resolution_as_dict, resolution_lines

    with one_sentence():
        resolution = mr_client.resolve(uri)
    for warning in resolution.warnings:
        click.echo(f"Warning: {warning}", err=True)
    click.echo(
        json.dumps(resolution_as_dict(resolution), indent=2) if as_json else "\n".join(resolution_lines(resolution))
    )


main.add_command(render)


if __name__ == "__main__":
    main()
