"""What do people and machines read of a resolution, and of what would be copied?

Nothing in it is secret: a web address is shown without its password and its query.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mr_client._version import __version__
from mr_client.reports.terminal import printable
from mr_client.storage.locate import shown

if TYPE_CHECKING:
    from mr_client.receipt import Preview
    from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel
    from mr_client.resolver import Resolution
    from mr_client.several import Outcome
    from mr_client.storage.plan import CopyPlan

__all__ = [
    "error_line",
    "outcome_line",
    "preview_lines",
    "resolution_as_dict",
    "resolution_lines",
    "version_line",
]


def version_line(program: str) -> str:
    """Return what ``--version`` says: that of this distribution, and the contract that it speaks."""
    import mr_contract  # here, since the program in the pod needs it for this alone

    return f"{program}, version {__version__} (registry contract {mr_contract.REF}, {mr_contract.VERSION})"


def resolution_as_dict(resolution: Resolution) -> dict[str, Any]:
    """Return a resolution as JSON has it. All keys are always there; what is not known is None.

    .. code-block:: text

        requested  the URI that was asked for
        registry   URL of the registry
        model      {id, name, state}
        version    {id, name, state}
        alias      the alias that was asked for
        artifact   {id, name, state, model_format, model_format_version,
                    storage_key, storage_path, service_account_name}
        uri        where the files are
        endpoint   storage endpoint that the registry names
        region     storage region that the registry names
        digest     recorded digest of the files, "sha256:…"
        warnings   [a sentence each]

    Keys may be added; none will be renamed or taken away within a major version.
    """
    artifact = resolution.artifact
    return {
        "requested": str(resolution.requested),
        "registry": resolution.registry,
        "model": _named(resolution.model),
        "version": _named(resolution.version),
        "alias": resolution.alias,
        "artifact": {
            **_named(artifact),
            "model_format": artifact.model_format_name or None,
            "model_format_version": artifact.model_format_version or None,
            "storage_key": artifact.storage_key or None,
            "storage_path": artifact.storage_path or None,
            "service_account_name": artifact.service_account_name or None,
        },
        "uri": shown(resolution.uri),
        "endpoint": None if resolution.endpoint is None else shown(resolution.endpoint),
        "region": resolution.region,
        "digest": resolution.digest,
        "warnings": list(resolution.warnings),
    }


def resolution_lines(resolution: Resolution) -> list[str]:
    """Return a resolution as a few aligned lines; what is not known has none."""
    return _aligned(_rows(resolution_as_dict(resolution)))


def preview_lines(preview: Preview) -> list[str]:
    """Return what would be copied: whence, each file with its size and where it would be, and how much it is in all."""
    rows: dict[str, str | None] = (
        {"asked": preview.requested, "files": preview.source}
        if preview.resolution is None
        else _rows(resolution_as_dict(preview.resolution))
    )
    plan = preview.plan
    sizes = ["?" if file.source.size is None else str(file.source.size) for file in plan.files]
    width = max(map(len, sizes), default=0)
    unknown = sizes.count("?")
    return [
        *_aligned(rows | {"to": str(plan.destination), "left out": _left_out(plan)}),
        *(
            f"{size:>{width}}  {printable(file.source.path)} -> {printable(str(file.target))}"
            for size, file in zip(sizes, plan.files, strict=True)
        ),
        f"{len(plan.files)} file{'s' if len(plan.files) != 1 else ''}, {plan.size} bytes in all"
        f"{f', without {unknown} of unknown size' if unknown else ''}"
        f"{f', of which {preview.there} are there already' if preview.there else ''}; nothing was written.",
    ]


def outcome_line(outcomes: Sequence[Outcome]) -> str:
    """Return one line of what failed: the error's sentence, with the pair's name where there are several."""
    failed = [each for each in outcomes if each.error is not None]
    if len(outcomes) == 1:
        return error_line(failed[0].error)
    said = [f"{shown(each.pair.source)} into {each.pair.destination}: {error_line(each.error)}" for each in failed]
    return f"{len(failed)} of {len(outcomes)} failed, the others are ready. {' '.join(said)}"


def error_line(error: object) -> str:
    """Return an error's sentence in one line."""
    return " ".join(str(error).split())


def _left_out(plan: CopyPlan) -> str | None:
    return f"{len(plan.left_out)} files, by patterns" if plan.left_out else None


def _named(resource: RegisteredModel | ModelVersion | ModelArtifact) -> dict[str, str | None]:
    return {"id": resource.id or None, "name": resource.name or None, "state": resource.state or None}


def _rows(found: dict[str, Any]) -> dict[str, str | None]:
    return {
        "asked": found["requested"],
        "registry": found["registry"],
        **{kind: _described(found[kind]) for kind in ("model", "version", "artifact")},
        "alias": found["alias"],
        "files": found["uri"],
        "endpoint": found["endpoint"],
        "region": found["region"],
        "digest": found["digest"],
    }


def _described(resource: dict[str, str | None]) -> str:
    known = [f"id {resource['id']}", resource["state"], resource.get("model_format")]
    return f"{printable(resource['name'] or '')} ({', '.join(each for each in known if each)})".lstrip()


def _aligned(rows: dict[str, str | None]) -> list[str]:
    shown_rows = {label: value for label, value in rows.items() if value is not None}
    width = max(map(len, shown_rows))
    return [f"{label:<{width}}  {printable(value)}" for label, value in shown_rows.items()]
