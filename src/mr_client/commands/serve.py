"""``mr-client serve``: a registry on a laptop."""

from __future__ import annotations

import click

__all__ = ["serve"]


@click.command()
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
