"""What do people and machines read of a resolution, and of what would be copied?

Nothing in it is secret: a web address is shown without its password and its query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from mr_client._version import __version__
from mr_client.storage.amounts import amount
from mr_client.storage.locate import shown

if TYPE_CHECKING:
    from mr_client.receipt import Preview, Receipt
    from mr_client.registry import ModelArtifact, ModelVersion, RegisteredModel
    from mr_client.resolver import Resolution
    from mr_client.several import Outcome
    from mr_client.storage.plan import CopyPlan
    from mr_client.uploading import Uploaded
    from mr_client.verifying import Comparison

__all__ = [
    "comparison_as_dict",
    "comparison_lines",
    "error_line",
    "outcome_line",
    "preview_lines",
    "receipt_as_dict",
    "receipt_line",
    "resolution_as_dict",
    "resolution_lines",
    "uploaded_as_dict",
    "uploaded_line",
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
            f"{size:>{width}}  {_printable(file.source.path)} -> {_printable(str(file.target))}"
            for size, file in zip(sizes, plan.files, strict=True)
        ),
        f"{len(plan.files)} file{'s' if len(plan.files) != 1 else ''}, {plan.size} bytes in all"
        f"{f', without {unknown} of unknown size' if unknown else ''}"
        f"{f', of which {preview.there} are there already' if preview.there else ''}; nothing was written.",
    ]


def receipt_line(receipt: Receipt) -> str:
    """Return one sentence: what is where, how much of it was fetched, how it was checked, how long it took."""
    kept = receipt.size - receipt.fetched
    known = f" ({amount(kept)} of it were there)" if receipt.fetched < receipt.size and kept else ""
    fewer = f" ({receipt.left_out} more left out by patterns)" if receipt.left_out else ""
    return (
        f"Ready: {receipt.files} file{'s' if receipt.files != 1 else ''}{fewer}, {receipt.size} bytes{known} "
        f"in {receipt.destination} from {receipt.source}, {_checked(receipt)}, in {receipt.seconds:.1f} s."
    )


def receipt_as_dict(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as JSON has it.

    .. code-block:: text

        requested  the URI that was asked for
        resolved   the storage URI the files came from
        registered_model_id, model_version_id, model_artifact_id   where a registry was asked
        files      how many
        bytes      in all
        fetched    bytes that came from the store: the others were there
        left_out   files of the source that patterns did not want; where there are any
        digest     recorded digest of the files, which they have; where the registry has one
        verified   {"crc64nvme": files that have the store's digest, …, "size": files of which only the size is known}
        seconds    from the first question to the last check
    """
    record: dict[str, Any] = {"requested": receipt.requested, "resolved": receipt.source}
    if (resolution := receipt.resolution) is not None:
        record |= {
            "registered_model_id": resolution.model.id,
            "model_version_id": resolution.version.id,
            "model_artifact_id": resolution.artifact.id,
        }
        if resolution.digest is not None and not receipt.left_out:
            record["digest"] = resolution.digest
    if receipt.left_out:
        record["left_out"] = receipt.left_out
    return record | {
        "files": receipt.files,
        "bytes": receipt.size,
        "fetched": receipt.fetched,
        "verified": _counted(receipt),
        "seconds": round(receipt.seconds, 3),
    }


def comparison_as_dict(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON has it. All keys are always there; what is not known is None.

    .. code-block:: text

        same       whether the folder holds just what it should
        requested  the URI that was asked for
        resolved   the storage URI of the files
        folder     what was looked at
        files      how many there should be
        missing    [name]
        different  ["name: what differs"]
        extra      [name]
        verified   {"md5": files that have the store's digest, …, "size": files of which only the size is known}
        recorded   digest of the folder that the registry or the lock has
        found      digest of those files in the folder, where it was compared
    """
    return {
        "same": bool(comparison),
        "requested": comparison.requested,
        "resolved": comparison.source,
        "folder": str(comparison.folder),
        "files": comparison.files,
        "missing": list(comparison.missing),
        "different": list(comparison.different),
        "extra": list(comparison.extra),
        "verified": _by_algorithm(comparison.checked.values(), len(comparison.by_size)),
        "recorded": comparison.recorded,
        "found": comparison.found,
    }


def comparison_lines(comparison: Comparison) -> list[str]:
    """Return what differs, a line each; where nothing does, one line that says how that is known."""
    if not comparison:
        return [
            *(f"missing    {_printable(name)}" for name in comparison.missing),
            *(f"different  {_printable(fault)}" for fault in comparison.different),
            *(f"extra      {_printable(name)}" for name in comparison.extra),
        ]
    counted = _by_algorithm(comparison.checked.values(), len(comparison.by_size))
    by = ", ".join(f"{count} by {algorithm}" for algorithm, count in counted.items())
    recorded = "" if comparison.recorded is None else ", and the digest is the one that was recorded"
    files = f"{comparison.files} file{'s' if comparison.files != 1 else ''}"
    return [f"Same: {files} in {comparison.folder} as in {comparison.source} ({by}){recorded}."]


def uploaded_as_dict(uri: str, uploaded: Uploaded | None) -> dict[str, Any]:
    """Return an upload as JSON has it. All keys are always there; what is not known is None.

    .. code-block:: text

        uri        where it is
        files      how many were copied; 0 where the version was registered already
        bytes      in all
        digest     of the folder, "sha256:…"; None where other files are in that place
        others     [names of those]
        seconds    from the first question to the last

    Args:
        uri: where it was to be copied.
        uploaded: what was copied; None where nothing was to be.
    """
    if uploaded is None:
        return {"uri": shown(uri), "files": 0, "bytes": 0, "digest": None, "others": [], "seconds": 0.0}
    return {
        "uri": uploaded.uri,
        "files": len(uploaded.files),
        "bytes": uploaded.size,
        "digest": uploaded.digest,
        "others": list(uploaded.others),
        "seconds": round(uploaded.seconds, 3),
    }


def uploaded_line(uri: str, uploaded: Uploaded | None) -> str:
    """Return one sentence: what is where now; for the arguments see ``uploaded_as_dict``."""
    if uploaded is None:
        return f"Nothing was copied to {shown(uri)}: the version is registered already."
    files = f"{len(uploaded.files)} file{'s' if len(uploaded.files) != 1 else ''}"
    beside = f", beside {len(uploaded.others)} others" if uploaded.others else ""
    return f"Uploaded: {files}, {uploaded.size} bytes to {uploaded.uri}{beside}, in {uploaded.seconds:.1f} s."


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


def _checked(receipt: Receipt) -> str:
    if receipt.resolution is not None and receipt.resolution.digest is not None and not receipt.left_out:
        return "verified by the digest that the registry recorded"
    counted = [f"{count} by {algorithm}" for algorithm, count in _counted(receipt).items()]
    return f"verified: {', '.join(counted)}"


def _counted(receipt: Receipt) -> dict[str, int]:
    return _by_algorithm(receipt.verification.digested.values(), len(receipt.verification.by_size))


def _by_algorithm(digested: Iterable[str], by_size: int) -> dict[str, int]:
    return dict(sorted(Counter(digested).items())) | ({"size": by_size} if by_size else {})


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
    return f"{_printable(resource['name'] or '')} ({', '.join(each for each in known if each)})".lstrip()


def _aligned(rows: dict[str, str | None]) -> list[str]:
    shown_rows = {label: value for label, value in rows.items() if value is not None}
    width = max(map(len, shown_rows))
    return [f"{label:<{width}}  {_printable(value)}" for label, value in shown_rows.items()]


def _printable(text: str) -> str:
    """Return ``text``, quoted where it holds what would steer a terminal."""
    return text if text.isprintable() else repr(text)
