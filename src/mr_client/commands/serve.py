"""``mr-client serve``: a registry on a laptop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

__all__ = ["serve"]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option("--database", default=":memory:", show_default=True, help="SQLite file to keep everything in.")
@click.option(
    "--token-file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Answer only requests that bear the token in it. [the token itself: MODEL_REGISTRY_TOKEN]",
)
@click.option("--like-upstream", is_flag=True, help="Do what Kubeflow's own server does, even where that surprises.")
@click.pass_obj
def serve(
    environ: Mapping[str, str], host: str, port: int, database: str, token_file: Path | None, like_upstream: bool
) -> None:
    """Run the embedded model registry until it is interrupted.

    \b
    Example:
      mr-client serve --database registry.db
    """
    from mr_client.errors import MissingExtra, TransferError
    from mr_client.settings import read_token, token_of

    token = token_of(environ) if token_file is None else read_token(token_file, said_by="--token-file")
    try:
        from mr_registry import run  # here, since it needs the extra [server]
    except ImportError as error:
        raise MissingExtra(str(error)) from error
    try:
        run(
            database,
            host,
            port,
            token=token,
            like_upstream=like_upstream,
            ready=lambda url: click.echo(f"Model registry at {url}"),
        )
    except OSError as error:
        raise TransferError(str(error)) from error
