"""Which files are archives?"""

from __future__ import annotations

import pytest

from mr_client.storage.archives.kind import archive_kind


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("model.tar", "tar"),
        ("a/b/model.tar.gz", "tar"),
        ("model.tgz", "tar"),
        ("MODEL.TGZ", "tar"),
        ("model.zip", "zip"),
        ("model.gz", None),
        ("model.bin", None),
        ("model.tar.bz2", None),
        ("model.zip.sha256", None),
        ("zip", None),
    ],
)
def test_a_name_says_what_is_unpacked(name: str, kind: str | None) -> None:
    assert archive_kind(name) == kind


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [
        ("application/zip", "zip"),
        ("application/X-Zip-Compressed; charset=binary", "zip"),
        ("application/x-tar", "tar"),
        ("application/gzip", None),
        ("application/octet-stream", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("name", ["download", "iris-1.2", "models.d/iris"])
def test_a_name_without_suffix_is_decided_by_its_type(name: str, content_type: str, kind: str | None) -> None:
    assert archive_kind(name, content_type) == kind


def test_a_type_does_not_overrule_a_name() -> None:
    assert archive_kind("model.pt", "application/zip") is None
    assert archive_kind("model.tgz", "application/zip") == "tar"
