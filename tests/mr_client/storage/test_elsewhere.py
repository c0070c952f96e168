"""What is said of URIs that are for somebody else."""

from __future__ import annotations

import pytest

from mr_client.errors import InvalidURI
from mr_client.storage.locate import locate


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("pvc://claim/model", "as the InferenceService's storageUri, or, where it is mounted here, give its folder"),
        ("oci://registry/model:1", "as the InferenceService's storageUri, with KServe's modelcars enabled"),
        ("oci+native://registry/model:1", "modelcars"),
        ("git://host/model", "copy the files to a store"),
        ("git+https://host/model", "copy the files to a store"),
        ("https://host/acme/model.git", "copy the files to a store"),
        ("modelscope://acme/model", "as the InferenceService's storageUri"),
        ("https://acme.file.core.windows.net/share/model", "Azure Files is not brought: mount the share"),
        ("https://acme.z12.file.storage.azure.net/share/model", "Azure Files is not brought: mount the share"),
        ("s3a://bucket/model", "write s3://BUCKET/FOLDER"),
        ("S3N://bucket/model", "write s3://BUCKET/FOLDER"),
        ("gcs://bucket/model", "write gs://BUCKET/FOLDER"),
        ("ftp://host/model.bin", "copy the files to a store"),
    ],
)
def test_a_uri_that_is_for_somebody_else_says_what_to_write_instead(uri: str, says: str) -> None:
    with pytest.raises(InvalidURI) as raised:
        locate(uri, {})

    assert says in str(raised.value)
    assert repr(uri) in str(raised.value)
    assert str(raised.value).endswith(".")


def test_a_file_whose_name_only_begins_like_a_repository_is_a_file() -> None:
    assert locate("https://host/a.gitignore", {}).protocol == "http"
    assert locate("https://host/model.bin?ref=a.git", {}).protocol == "http"


def test_a_password_in_it_is_not_shown() -> None:
    with pytest.raises(InvalidURI) as raised:
        locate("https://me:hunter2@host/model.git?token=hunter2", {})

    assert "hunter2" not in str(raised.value)
