"""``STORAGE_CONFIG``, as the variables that mean the same."""

from __future__ import annotations

import json
import os
import traceback
from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings, NotAllowed
from mr_client.storage.locate import locate
from mr_client.storage.s3.access import default_bucket, s3_access
from mr_client.storage.storage_config import injected, storage_config

SECRET = "hunter2"
# As a storage-config secret of the KServe documentation has it.
KSERVE = {
    "type": "s3",
    "access_key_id": "minio",
    "secret_access_key": SECRET,
    "endpoint_url": "http://minio-service.kubeflow:9000",
    "bucket": "mlpipeline",
    "region": "us-south",
    "anonymous": "False",
    "cabundle_configmap": "local-cabundle",
}
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


def configured(override: object = None, **config: object) -> dict[str, str]:
    environ = {"STORAGE_CONFIG": json.dumps(config)}
    return environ if override is None else {**environ, "STORAGE_OVERRIDE_CONFIG": json.dumps(override)}


def test_kserves_form_says_all_that_s3_needs() -> None:
    access = s3_access(injected(configured(**KSERVE)))

    assert (access.key, access.secret, access.anonymous) == ("minio", SECRET, False)
    assert (access.endpoint, access.region) == ("http://minio-service.kubeflow:9000", "us-south")
    assert default_bucket(configured(**KSERVE)) == "mlpipeline"


def test_modelmeshs_form_brings_its_certificate_and_its_older_name_for_the_bucket() -> None:
    environ = configured(type="s3", default_bucket="old", certificate=PEM)

    assert s3_access(injected(environ)).trust.pem == PEM
    assert default_bucket(environ) == "old"
    assert default_bucket(configured(type="s3", default_bucket="old", bucket="new")) == "new"


def test_what_is_overridden_wins_value_by_value() -> None:
    environ = configured({"bucket": "other", "type": "s3"}, **KSERVE)

    assert default_bucket(environ) == "other"
    assert s3_access(injected(environ)).region == "us-south"


def test_parameters_are_enough_without_a_secret() -> None:
    assert default_bucket({"STORAGE_OVERRIDE_CONFIG": '{"type": "s3", "bucket": "models"}'}) == "models"


def test_a_location_goes_by_it() -> None:
    options = locate("s3://b/k", configured(**KSERVE)).options

    assert (options["key"], options["endpoint_url"]) == ("minio", KSERVE["endpoint_url"])


def test_its_key_goes_with_no_secret_or_token_from_elsewhere() -> None:
    elsewhere = {"AWS_ACCESS_KEY_ID": "theirs", "AWS_SECRET_ACCESS_KEY": "theirs", "AWS_SESSION_TOKEN": "theirs"}
    whole = s3_access(injected({**elsewhere, **configured(**KSERVE)}))

    assert (whole.key, whole.secret, whole.session_token) == ("minio", SECRET, None)
    with pytest.raises(InvalidSettings, match="AWS_SECRET_ACCESS_KEY is not set"):
        s3_access(injected({**elsewhere, **configured(type="s3", access_key_id="minio")}))


def test_without_it_the_environment_stays_what_it_is() -> None:
    environ = {"A": "1", "STORAGE_CONFIG": " ", "STORAGE_OVERRIDE_CONFIG": "{}"}

    assert injected(environ) is environ


def test_nothing_is_written_into_the_environment() -> None:
    environ = configured(**KSERVE)
    before, process = dict(environ), dict(os.environ)

    locate("s3://b/k", environ)

    assert (environ, dict(os.environ)) == (before, process)


def test_what_it_does_not_say_is_the_environments() -> None:
    merged = injected({"AWS_REGION": "eu", "HF_TOKEN": "x", **configured(type="s3", bucket="b")})

    assert (merged["HF_TOKEN"], merged["AWS_S3_BUCKET"], merged.get("NOBODY")) == ("x", "b", None)
    assert set(merged) == {"AWS_REGION", "HF_TOKEN", "STORAGE_CONFIG", "AWS_S3_BUCKET"}
    assert len(merged) == len(list(merged))


def test_azures_form_is_the_sdks_variables() -> None:
    merged = injected(configured(type="azure", account_name="acme", client_id="id", client_secret="s", tenant_id="t"))

    assert {name: value for name, value in merged.items() if name.startswith("AZURE_") and value} == {
        "AZURE_ACCOUNT_NAME": "acme",
        "AZURE_CLIENT_ID": "id",
        "AZURE_CLIENT_SECRET": "s",
        "AZURE_TENANT_ID": "t",
    }
    by_string = injected(configured(type="azure", connection_string="c", access_key="k"))
    assert (by_string["AZURE_STORAGE_CONNECTION_STRING"], by_string["AZURE_STORAGE_ACCESS_KEY"]) == ("c", "k")


def test_https_headers_are_for_the_host_of_the_url() -> None:
    merged = injected(
        configured(type="http", url="https://Hub.example:8443/m", headers={"Authorization": "x"}, certificate=PEM)
    )

    assert json.loads(merged["hub.example-headers"]) == {"Authorization": "x"}
    assert merged["SSL_CERT_FILE"] == PEM


@pytest.mark.parametrize(
    ("said", "kind"), [("gs", "gcs"), ("GCS", "gcs"), ("webhdfs", "hdfs"), ("https", "http"), ("pvc", "pvc")]
)
def test_a_type_has_several_spellings(said: str, kind: str) -> None:
    found = storage_config(configured(type=said, private_key=SECRET))

    assert found is not None
    assert (found.type, found.values["private_key"]) == (kind, SECRET)


def test_values_that_are_no_strings_are_read_as_they_are_meant() -> None:
    environ = configured(type="s3", anonymous=True, verify_ssl=False, region=None, bucket=7)
    access = s3_access(injected(environ))

    assert (access.anonymous, access.trust.verify, access.region) == (True, False, None)
    assert default_bucket(environ) == "7"


BAD = {
    "no JSON": ({"STORAGE_CONFIG": '{"secret_access_key": "hunter2", '}, "STORAGE_CONFIG is no JSON"),
    "an override that is none": ({"STORAGE_OVERRIDE_CONFIG": "hunter2"}, "STORAGE_OVERRIDE_CONFIG is no JSON"),
    "a list": ({"STORAGE_CONFIG": '["hunter2"]'}, "STORAGE_CONFIG is no JSON object"),
    "a text": ({"STORAGE_CONFIG": '"hunter2"'}, "STORAGE_CONFIG is no JSON object"),
    "too deep": ({"STORAGE_CONFIG": "[" * 100_000}, "STORAGE_CONFIG is no JSON"),
    "no type": (configured(secret_access_key=SECRET), "type in STORAGE_CONFIG is missing"),
    "a wrong type": (configured(type="ftp", secret_access_key=SECRET), "'ftp'"),
    "a secret as a type": (configured(type=SECRET), "missing or unknown"),
    "half a key": (configured(type="s3", secret_access_key=SECRET), "AWS_ACCESS_KEY_ID is not set"),
    "half a key as variables": ({"AWS_SECRET_ACCESS_KEY": SECRET}, "AWS_ACCESS_KEY_ID is not set"),
    "a token alone": ({"AWS_SESSION_TOKEN": SECRET}, "AWS_SESSION_TOKEN is set"),
    "no address": (configured(**{**KSERVE, "endpoint_url": "http://user:hunter2@minio"}), "AWS_ENDPOINT_URL is no"),
    "no port": (configured(**{**KSERVE, "endpoint_url": "http://minio:hunter2"}), "AWS_ENDPOINT_URL is no"),
    "no file": (configured(**{**KSERVE, "ca_bundle": "/nowhere/ca.crt"}), "'/nowhere/ca.crt', which is no file"),
    "a long name": (configured(**{**KSERVE, "ca_bundle": "x" * 5000}), "which is no file"),
    "no flag": (configured(**{**KSERVE, "verify_ssl": "maybe"}), "S3_VERIFY_SSL 'maybe' is neither"),
    "headers of nobody": (configured(type="http", headers={"Authorization": SECRET}), "no url"),
    "headers of no host": (configured(type="http", url="https://[", headers={"X": SECRET}), "no url"),
    "a client's key": (configured(type="http", client_key=SECRET), "not supported"),
    "half an identity": ({"AWS_ROLE_ARN": "arn:aws:iam::1:role/x"}, "AWS_WEB_IDENTITY_TOKEN_FILE is not set"),
    "an identity without its file": (
        {"AWS_ROLE_ARN": "arn:aws:iam::1:role/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
        "'/nowhere/token', which is no file",
    ),
    "an edge of no cloud": ({"S3_USE_ACCELERATE": "true", "S3_ENDPOINT": "minio:9000"}, "AWS alone"),
    "another's endpoint": (configured(**KSERVE), "the credentials are for"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_used_is_one_sentence_without_the_secret(case: str) -> None:
    environ, words = BAD[case]

    with pytest.raises((InvalidSettings, NotAllowed), match=words) as refused:
        locate("s3://models/iris", environ, endpoint="http://elsewhere:9000")

    told = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert SECRET not in told
    assert str(refused.value).endswith(".")
    assert refused.value.exit_code in (2, 4)


def test_what_is_read_shows_no_secret() -> None:
    environ = configured(**KSERVE, session_token=SECRET)
    seen = (injected(environ), storage_config(environ), s3_access(injected(environ)), locate("s3://b/k", environ))

    assert SECRET not in repr(seen) + str(seen)


def test_certificates_in_place_are_read_where_a_file_could_be_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text(PEM)
    both = s3_access(injected(configured(type="s3", ca_bundle=str(file), certificate=PEM))).trust

    assert both.certificates == file
    assert locate("https://host/m", {"SSL_CERT_FILE": PEM}).trust.certificates == PEM
    assert s3_access({"AWS_CA_BUNDLE": PEM, "S3_VERIFY_SSL": "0"}).trust.certificates is None
