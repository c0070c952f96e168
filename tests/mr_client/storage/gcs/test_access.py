"""Who asks Google Cloud Storage, and where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings, InvalidURI, NotAllowed
from mr_client.storage.gcs.access import GOOGLE, GCSAccess, gcs_access, gcs_path
from mr_client.storage.locate import locate


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    path.write_text("{}")
    return path


def test_without_variables_google_is_shown_the_machines_own_identity() -> None:
    assert gcs_access({}) == GCSAccess(GOOGLE, ambient=True)
    assert gcs_access({"GOOGLE_APPLICATION_CREDENTIALS": " ", "STORAGE_EMULATOR_HOST": ""}) == gcs_access({})


def test_a_key_file_is_shown_and_nothing_else(key_file: Path) -> None:
    access = gcs_access({"GOOGLE_APPLICATION_CREDENTIALS": str(key_file)})

    assert access == GCSAccess(GOOGLE, key_file=key_file)
    assert not access.ambient


def test_a_key_that_is_injected_itself_wins_over_a_file_and_is_not_shown_in_logs() -> None:
    access = gcs_access({"GOOGLE_APPLICATION_CREDENTIALS": "/not/there"}, key={"private_key": "hunter2"})

    assert (access.key_file, access.ambient) == (None, False)
    assert "hunter2" not in repr(access)


def test_a_key_file_that_is_not_there_is_named() -> None:
    with pytest.raises(InvalidSettings, match="GOOGLE_APPLICATION_CREDENTIALS names '/not/there', which is no file"):
        gcs_access({"GOOGLE_APPLICATION_CREDENTIALS": "/not/there"})


@pytest.mark.parametrize(
    ("value", "endpoint"),
    [
        ("localhost:4443", "http://localhost:4443"),
        ("http://fake-gcs:4443/", "http://fake-gcs:4443"),
        ("https://fake-gcs", "https://fake-gcs"),
    ],
)
def test_an_emulator_is_asked_as_nobody(value: str, endpoint: str) -> None:
    assert gcs_access({"STORAGE_EMULATOR_HOST": value}) == GCSAccess(endpoint)


def test_an_emulator_by_the_name_of_default_is_google() -> None:
    assert gcs_access({"STORAGE_EMULATOR_HOST": "default"}) == gcs_access({})


@pytest.mark.parametrize("value", ["ftp://host", "http://", "http://user:hunter2@host", "http://host:port"])
def test_an_emulator_whose_address_is_none_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettings, match="STORAGE_EMULATOR_HOST is no address") as raised:
        gcs_access({"STORAGE_EMULATOR_HOST": value})

    assert "hunter2" not in str(raised.value)


def test_nor_is_an_emulator_at_a_metadata_service_asked() -> None:
    with pytest.raises(NotAllowed, match="never asked"):
        gcs_access({"STORAGE_EMULATOR_HOST": "169.254.169.254"})


@pytest.mark.parametrize(
    ("uri", "path", "folder"),
    [
        ("gs://models", "models/", True),
        ("gs://models/", "models/", True),
        ("gs://models/iris/v1", "models/iris/v1", False),
        ("gs://models/iris/v1/", "models/iris/v1/", True),
        ("gs://my.models_2/a%20b?c#d", "my.models_2/a%20b?c#d", False),
    ],
)
def test_a_uri_names_a_bucket_and_what_is_in_it_as_it_stands(uri: str, path: str, folder: bool) -> None:
    location = locate(uri, {})

    assert (location.protocol, location.path, location.folder) == ("gcs", path, folder)


@pytest.mark.parametrize("rest", ["", "/iris", "models?x/iris", "mod%65ls/iris", "user@models/iris", "../iris"])
def test_what_cannot_be_a_bucket_is_refused(rest: str) -> None:
    with pytest.raises(InvalidURI, match="names no bucket: write gs://BUCKET/FOLDER"):
        gcs_path(f"gs://{rest}", rest)


def test_a_key_in_the_storage_configuration_is_shown_before_a_file() -> None:
    config = '{"type": "gcs", "client_email": "a@b", "private_key": "hunter2", "bucket": "models"}'

    access = locate("gs://models/iris", {"STORAGE_CONFIG": config}).options["access"]

    assert access.key["private_key"] == "hunter2"
    assert access.key["type"] == "service_account"
    assert access.key["token_uri"] == "https://oauth2.googleapis.com/token"
    assert "hunter2" not in repr(access)
