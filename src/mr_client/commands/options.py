"""Which options do several commands have, and what do they mean to the library?

``--registry`` and ``--token-file`` stand for variables: a command gets the environment with them in it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mr_client.client import Registry

__all__ = ["Asking", "asks_registry", "model_uri", "prints", "properties", "with_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Asking:
    """What a command asks with."""

    environ: Mapping[str, str]

    def registry(self) -> Registry:
        """Return the registry, to be closed."""
        from mr_client.client import Registry

        return Registry(environ=self.environ)

    def having(self, **patterns: tuple[str, ...]) -> Asking:
        """Return what asks with these patterns in place of the environment's; if all are empty, with those."""
        if not any(patterns.values()):
            return self
        return Asking({**self.environ, **{name: json.dumps(each) for name, each in patterns.items()}})


def asks_registry(command: Command) -> Command:
    """Give a command the options that say which registry, and ``asking``, an ``Asking``, as its first argument."""

    @click.option("--registry", metavar="URL", help="The registry. [MODEL_REGISTRY_BASE_URL, localhost:8080]")
    @click.option(
        "--token-file",
        metavar="FILE",
        type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="File with a bearer token for it. [MODEL_REGISTRY_TOKEN_PATH]",
    )
    @click.pass_obj
    @functools.wraps(command)
    def asking(
        environ: Mapping[str, str], /, *arguments: Any, registry: str | None, token_file: Path | None, **options: Any
    ) -> Any:
        return command(Asking(_environ(environ, registry, token_file)), *arguments, **options)

    return asking  # type: ignore[return-value]


def prints(what: str, /) -> Callable[[Command], Command]:
    """Give a command ``--json`` and ``--quiet``, as the arguments ``as_json`` and ``quiet``.

    Args:
        what: what ``--quiet`` leaves.
    """

    def give(command: Command) -> Command:
        command = click.option("-q", "--quiet", is_flag=True, help=f"Print only {what}.")(command)
        return click.option("--json", "as_json", is_flag=True, help="Print JSON, for machines.")(command)

    return give


def properties(option: str = "--property", **more: Any) -> Callable[[Command], Command]:
    """Give a command ``--property NAME=VALUE``, as often as one likes, as the mapping ``properties``."""

    def read(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
        return dict(map(_property, given))

    return click.option(
        option,
        "properties",
        metavar="NAME=VALUE",
        multiple=True,
        callback=read,
        help="A custom property; a VALUE that is JSON (0.97, true, [1, 2]) is that, any other a text. Repeatable.",
        **more,
    )


def with_options(*groups: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Give a command groups of options, in their order."""

    def decorated(command: Command) -> Command:
        for option in reversed([each for group in groups for each in group]):
            command = option(command)
        return command

    return decorated


def model_uri(name: str) -> str:
    """Return what follows ``model-registry://``, such as ``iris/v1``, as the whole URI."""
    from mr_client.uri import SCHEME, is_model_uri

    return name if is_model_uri(name) else f"{SCHEME}://{name}"


def _environ(environ: Mapping[str, str], registry: str | None, token_file: Path | None) -> Mapping[str, str]:
    flags: dict[str, str] = {}
    if registry is not None:
        from mr_client.settings import Settings, registry_url

        if registry_url(registry) != Settings.from_env(environ).url:
            # A token of the environment is for the registry of the environment.
            flags = {"MODEL_REGISTRY_TOKEN": "", "MODEL_REGISTRY_TOKEN_PATH": ""}
        flags["MODEL_REGISTRY_BASE_URL"] = registry_url(registry)
    if token_file is not None:
        flags |= {"MODEL_REGISTRY_TOKEN": "", "MODEL_REGISTRY_TOKEN_PATH": str(token_file)}
    return {**environ, **flags}


def _property(given: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals or not name:
        raise click.BadParameter(f"{given!r} is no NAME=VALUE.")
    try:
        return name, json.loads(value)
    except (ValueError, RecursionError):
        return name, value
