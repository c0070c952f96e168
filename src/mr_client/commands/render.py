"""``mr-client render``: manifests of KServe for a model of the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mr_client.commands.ending import Suggesting
from mr_client.commands.options import Asking, asks_registry, with_options

if TYPE_CHECKING:
    from mr_client.manifests import Choice, Rendered
    from mr_client.resolver import Resolution

__all__ = ["render"]

_ABOUT = (
    click.option("--name", help="Of the object.  [default: the model's name as a DNS label]"),
    click.option("--namespace", "-n", help="Of the object.  [default: none is written]"),
)
_CREDENTIALS = (
    click.option(
        "--storage-key", metavar="KEY", help="Of the secret storage-config.  [default: the artifact's storageKey]"
    ),
    click.option("--service-account", metavar="NAME", help="Of the pod.  [default: the artifact's serviceAccountName]"),
)
_FORMAT = (
    click.option("--format", "model_format", metavar="NAME[:VERSION]", help="Of the model.  [default: the artifact's]"),
)
_RUNTIME = (
    click.option(
        "--runtime",
        metavar="NAME|auto",
        help="Runtime to name; auto takes the one that comes with KServe or ModelMesh.",
    ),
)
_RESOLVED = (
    click.option("--resolved", is_flag=True, help="Write where the files are, not the model's name."),
    click.option("--floating", is_flag=True, help="Write the name as asked: each pod brings what it means by then."),
)
_KUSTOMIZE = (
    click.option(
        "--kustomize",
        metavar="DIR",
        type=click.Path(file_okay=False, path_type=Path),
        help="Write a base and an overlay there; of what is there already only the version changes.",
    ),
    click.option("--stage", default="production", show_default=True, help="Name of the overlay."),
)
_OUTPUT = (click.option("--json", "as_json", is_flag=True, help="JSON in place of YAML."),)


@click.group(cls=Suggesting)
def render() -> None:
    """Print manifests of KServe for a model of the registry.

    YAML, for kubectl or for git. The registry is the one that is configured, or that of the URI. The same input gives the same text. Warnings go
    to stderr.

    \b
    Example:
      mr-client render inference-service model-registry://iris/v1 | kubectl apply -f -
    """


@render.command("inference-service", short_help="An InferenceService of KServe.")
@click.argument("uris", metavar="MODEL-URI…", nargs=-1, required=True)
@click.option(
    "--folder",
    "folders",
    metavar="PATH",
    multiple=True,
    help="Of several models: where each is, in order.  [default: /mnt/models/MODEL]",
)
@click.option("--protocol", type=click.Choice(["v1", "v2", "grpc-v1", "grpc-v2"]), help="That the runtime speaks.")
@with_options(_RESOLVED, _FORMAT, _RUNTIME, _CREDENTIALS, _ABOUT, _KUSTOMIZE, _OUTPUT)
@asks_registry
def inference_service(
    asking: Asking,
    uris: tuple[str, ...],
    folders: tuple[str, ...],
    kustomize: Path | None,
    stage: str,
    as_json: bool,
    **said: Any,
) -> None:
    """An InferenceService, by the model's name; of several models for several URIs.

    \b
    Example:
      mr-client render inference-service model-registry://iris@champion --kustomize deploy/iris
    """
    from mr_client.manifests import inference_service as one
    from mr_client.manifests import several_models

    choice, found = _choice(said), _resolved(asking, *uris)
    if len(found) > 1 or folders:
        _put(several_models(found, choice, folders=folders), kustomize, stage, as_json)
    else:
        _put(one(found[0], choice), kustomize, stage, as_json)


@render.command("trained-model", short_help="A TrainedModel, for a server of many.")
@click.argument("uri", metavar="MODEL-URI")
@click.option("--inference-service", "server", metavar="NAME", required=True, help="Whose server loads the model.")
@click.option("--memory", metavar="QUANTITY", help="That the model takes.  [default: the recorded size of its files]")
@with_options(_FORMAT, _ABOUT, _KUSTOMIZE, _OUTPUT)
@asks_registry
def trained_model(
    asking: Asking,
    uri: str,
    server: str,
    memory: str | None,
    kustomize: Path | None,
    stage: str,
    as_json: bool,
    **said: Any,
) -> None:
    """A TrainedModel, with the files' own place, since its webhook refuses names.

    \b
    Example:
      mr-client render trained-model model-registry://iris/v1 --inference-service many --memory 256Mi
    """
    from mr_client.manifests import trained_model as made

    _put(made(_resolved(asking, uri)[0], server, _choice(said), memory=memory), kustomize, stage, as_json)


@render.command("model-mesh", short_help="An InferenceService of ModelMesh.")
@click.argument("uri", metavar="MODEL-URI")
@click.option("--schema-path", metavar="PATH", help="Of the schema of inputs and outputs, in the model's store.")
@with_options(
    _FORMAT,
    _RUNTIME,
    _CREDENTIALS[:1],
    _ABOUT,
    _KUSTOMIZE,
    _OUTPUT,
)
@asks_registry
def model_mesh(asking: Asking, uri: str, kustomize: Path | None, stage: str, as_json: bool, **said: Any) -> None:
    """An InferenceService of ModelMesh, with the files' own place.

    \b
    Example:
      mr-client render model-mesh model-registry://fraud/v1 --storage-key aws-connection-minio
    """
    from mr_client.manifests import model_mesh as made

    _put(made(_resolved(asking, uri)[0], _choice(said)), kustomize, stage, as_json)


@render.command("local-model-cache", short_help="A LocalModelCache, for disks of nodes.")
@click.argument("uri", metavar="MODEL-URI")
@click.option(
    "--node-group",
    "node_groups",
    metavar="NAME",
    multiple=True,
    required=True,
    help="Whose nodes have it; may stand several times.",
)
@click.option("--size", metavar="QUANTITY", help="Of the model.  [default: the recorded size of its files]")
@click.option("--resolved", is_flag=True, help="Write where the files are, not the model's name.")
@with_options(_CREDENTIALS, _ABOUT[:1], _OUTPUT)
@asks_registry
def local_model_cache(
    asking: Asking, uri: str, node_groups: tuple[str, ...], size: str | None, as_json: bool, **said: Any
) -> None:
    """A LocalModelCache: a version on the disks of nodes, before anything asks for it. KServe 0.14.1 or later.

    \b
    Example:
      mr-client render local-model-cache model-registry://iris/v1 --node-group gpu-nodes --size 1Gi
    """
    from mr_client.manifests import local_model_cache as made

    _put(made(_resolved(asking, uri)[0], node_groups, _choice(said), size=size), None, "", as_json)


@render.command("cluster-storage-container", short_help="What brings the URIs to a cluster.")
@click.option("--image", required=True, help="Of the initializer.")
@click.option(
    "--registry",
    metavar="ADDRESS",
    default="model-registry-service.kubeflow.svc.cluster.local:8080",
    show_default=True,
    help="Of the registry, as a pod reaches it.",
)
@click.option("--several-models", "several", is_flag=True, help="Also several models in one pod. KServe 0.16 or later.")
@click.option("--local-models", is_flag=True, help="For the jobs that bring models to nodes. KServe 0.14 or later.")
@click.option(
    "--secret",
    default="model-registry-credentials",
    show_default=True,
    help="Whose keys are variables, where a namespace has it.",
)
@with_options(_ABOUT[:1], _OUTPUT)
def cluster_storage_container(image: str, registry: str, as_json: bool, **said: Any) -> None:
    """A ClusterStorageContainer: so a cluster learns to bring model-registry:// URIs. It asks no registry.

    \b
    Example:
      mr-client render cluster-storage-container --image registry.example.com/mr-storage-initializer:0.1.0
    """
    from mr_client.manifests import storage_container as made

    _put(made(image, registry, **said), None, "", as_json)


def _choice(said: dict[str, Any]) -> Choice:
    from mr_client.manifests import Choice

    return Choice(**said)


def _resolved(asking: Asking, *uris: str) -> list[Resolution]:
    import mr_client

    with asking.registry() as registry:
        return [mr_client.resolve(uri, registry=registry) for uri in uris]


def _put(rendered: Rendered, kustomize: Path | None, stage: str, as_json: bool) -> None:
    """Print a manifest, or write its kustomization and say where."""
    from mr_client.manifests import kustomization, to_yaml, written

    notes: tuple[str, ...] = ()
    if kustomize is not None:
        files = kustomization(rendered.manifest, stage)
        notes = written(files, kustomize)
        text = f"{kustomize / 'overlays' / stage}\n"
    else:
        text = (
            json.dumps(rendered.manifest, indent=2, ensure_ascii=False) + "\n"
            if as_json
            else to_yaml([rendered.manifest])
        )
    for note in (*rendered.warnings, *notes):
        click.echo(f"Warning: {note}", err=True)
    click.echo(text.encode(), nl=False)  # YAML is UTF-8, whatever the locale says
