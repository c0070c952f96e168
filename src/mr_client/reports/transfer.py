"""What do people and machines read of what was copied, or compared?

Nothing in it is secret: a web address is shown without its password and its query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mr_client.reports.terminal import printable
from mr_client.storage.amounts import amount
from mr_client.storage.locate import shown

if TYPE_CHECKING:
    from mr_client.receipt import Receipt
    from mr_client.uploading import Uploaded
    from mr_client.verifying import Comparison

__all__ = [
    "comparison_as_dict",
    "comparison_lines",
    "receipt_as_dict",
    "receipt_line",
    "uploaded_as_dict",
    "uploaded_line",
]


def receipt_line(receipt: Receipt) -> str:
    """Return one sentence: what is where, how much of it was fetched, how it was checked, how long it took."""
    kept = receipt.size - receipt.fetched
    known = f" ({amount(kept)} of it were there)" if receipt.fetched < receipt.size and kept else ""
    fewer = f" ({receipt.left_out} more left out by patterns)" if receipt.left_out else ""
    return (
        f"Ready: {receipt.files} file{'s' if receipt.files != 1 else ''}{fewer}, {receipt.size} bytes{known} "
        f"in {printable(str(receipt.destination))} from {printable(receipt.source)}, {_checked(receipt)}, in {receipt.seconds:.1f} s."
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
            *(f"missing    {printable(name)}" for name in comparison.missing),
            *(f"different  {printable(fault)}" for fault in comparison.different),
            *(f"extra      {printable(name)}" for name in comparison.extra),
        ]
    counted = _by_algorithm(comparison.checked.values(), len(comparison.by_size))
    by = ", ".join(f"{count} by {algorithm}" for algorithm, count in counted.items())
    recorded = "" if comparison.recorded is None else ", and the digest is the one that was recorded"
    files = f"{comparison.files} file{'s' if comparison.files != 1 else ''}"
    return [
        f"Same: {files} in {printable(str(comparison.folder))} as in {printable(comparison.source)} ({by}){recorded}."
    ]


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
        return f"Nothing was copied to {printable(shown(uri))}: the version is registered already."
    files = f"{len(uploaded.files)} file{'s' if len(uploaded.files) != 1 else ''}"
    beside = f", beside {len(uploaded.others)} others" if uploaded.others else ""
    return (
        f"Uploaded: {files}, {uploaded.size} bytes to {printable(uploaded.uri)}{beside}, in {uploaded.seconds:.1f} s."
    )


def _checked(receipt: Receipt) -> str:
    if receipt.resolution is not None and receipt.resolution.digest is not None and not receipt.left_out:
        return "verified by the digest that the registry recorded"
    counted = [f"{count} by {algorithm}" for algorithm, count in _counted(receipt).items()]
    return f"verified: {', '.join(counted)}"


def _counted(receipt: Receipt) -> dict[str, int]:
    return _by_algorithm(receipt.verification.digested.values(), len(receipt.verification.by_size))


def _by_algorithm(digested: Iterable[str], by_size: int) -> dict[str, int]:
    return dict(sorted(Counter(digested).items())) | ({"size": by_size} if by_size else {})
