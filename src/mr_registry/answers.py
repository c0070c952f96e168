"""What does a resource look like in an answer?"""

from __future__ import annotations

from collections.abc import Sequence

from mr_registry.documents import JSON
from mr_registry.paging import Cursor, Page, encode
from mr_registry.records import Record


def resource(record: Record) -> dict[str, JSON]:
    """Return the document of a resource: ids and times are texts, what is not set is left out."""
    answer: dict[str, JSON] = {
        **record.fields,
        "id": str(record.id),
        "name": record.name,
        "customProperties": record.properties,
        "createTimeSinceEpoch": str(record.create_time),
        "lastUpdateTimeSinceEpoch": str(record.update_time),
    }
    if record.external_id is not None:
        answer["externalId"] = record.external_id
    if record.kind.artifact_type:
        answer["artifactType"] = record.kind.artifact_type
    if record.kind.parent_field:
        answer[record.kind.parent_field] = str(record.parent_id)
    return answer


def listing(records: Sequence[Record], page: Page, *, more: bool) -> dict[str, JSON]:
    """Return the document of a page; `more` says whether another follows."""
    return {
        "items": [resource(record) for record in records],
        "size": len(records),
        "pageSize": page.size,
        "nextPageToken": encode(_cursor(records[-1], page)) if more else "",
    }


def _cursor(record: Record, page: Page) -> Cursor:
    values = {"id": record.id, "create_time": record.create_time, "update_time": record.update_time}
    return Cursor(record.id, values[page.column])
