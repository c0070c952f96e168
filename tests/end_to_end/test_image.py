"""The image, run as a pod runs it: ``scripts/build image --try``, which builds it first, and so takes minutes.

What can be said of it without building it is in ``tests/test_dockerfile.py``.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import mr_client
from servers.azurite import azurite
from servers.gcs import GCSServer
from servers.hub import hub_server
from servers.image import DESTINATION, SECRETS, Image, image_at_hand
from servers.s3 import S3Server
from servers.sts import sts
from servers.web import WebServer
from servers.webhdfs import webhdfs_server

CONTENT = os.urandom(300_000)
KSERVE_ALWAYS_SETS = {
    "HF_HUB_ENABLE_HF_TRANSFER": "1",
    "HF_XET_HIGH_PERFORMANCE": "1",
    "HF_XET_NUM_CONCURRENT_RANGE_GETS": "8",
}
UNCHECKED = 0b01
"""Of a .pyc's flags (PEP 552): by hash, and the source is not looked at."""


@pytest.fixture(scope="module")
def image() -> Image:
    image = image_at_hand()
    if image is None:
        pytest.skip("THE IMAGE WAS NOT BUILT: scripts/build image --try builds it, and runs these tests")
    return image


@pytest.fixture
def server() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def bring(image: Image, pod: Path, source: str, environ: dict[str, str]) -> None:
    run = image.run([source, DESTINATION], pod, {**KSERVE_ALWAYS_SETS, **environ})

    assert run.returncode == 0, run.stderr
    assert re.match(rf"Ready: 1 file, {len(CONTENT)} bytes in {DESTINATION} from ", run.stderr.splitlines()[-1])
    assert [path.read_bytes() for path in (pod / "models").rglob("*") if path.is_file()] == [CONTENT]


def test_a_registered_model_arrives_from_s3(image: Image, s3: S3Server, registry_url: str, tmp_path: Path) -> None:
    bucket = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/iris/v1/model.bin", CONTENT)
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"s3://{bucket}/iris/v1", model_format="sklearn")

    bring(image, tmp_path, "model-registry://iris/v1", {"MODEL_REGISTRY_BASE_URL": registry_url, **s3.environ})


def test_a_registered_model_arrives_from_the_web(
    image: Image, web: WebServer, registry_url: str, tmp_path: Path
) -> None:
    web.content["/model.bin"] = CONTENT
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"{web.url}/model.bin", model_format="sklearn")

    bring(image, tmp_path, "model-registry://iris/v1", {"MODEL_REGISTRY_BASE_URL": registry_url})


def test_a_registered_model_arrives_from_a_folder(image: Image, registry_url: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "model.bin").write_bytes(CONTENT)
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri=f"file://{SECRETS}/model.bin", model_format="sklearn")

    bring(image, tmp_path, "model-registry://iris/v1", {"MODEL_REGISTRY_BASE_URL": registry_url})


def test_a_model_arrives_from_google(image: Image, gcs: GCSServer, tmp_path: Path) -> None:
    bucket = f"models-{uuid.uuid4().hex[:12]}"
    gcs.make_bucket(bucket)
    gcs.put(bucket, "iris/model.bin", CONTENT)

    bring(image, tmp_path, f"gs://{bucket}/iris", {"STORAGE_EMULATOR_HOST": gcs.url})


def test_a_model_arrives_from_azure(image: Image, server: ExitStack, tmp_path: Path) -> None:
    store = server.enter_context(azurite(tmp_path / "azurite"))
    with store.container("models") as container:
        container.create_container()
        container.upload_blob("iris/model.bin", CONTENT)
    (tmp_path / "secrets").mkdir()
    shutil.copy(store.ca_file, tmp_path / "secrets" / "ca.pem")

    bring(image, tmp_path, "az://models/iris", {**store.environ, "SSL_CERT_FILE": f"{SECRETS}/ca.pem"})


def test_a_model_arrives_from_the_hub(image: Image, server: ExitStack, tmp_path: Path) -> None:
    hub = server.enter_context(hub_server())
    hub.commit("main", {"model.bin": CONTENT})

    bring(image, tmp_path, "hf://acme/iris", {"HF_ENDPOINT": hub.url})


def test_a_model_arrives_from_hdfs(image: Image, server: ExitStack, tmp_path: Path) -> None:
    hdfs = server.enter_context(webhdfs_server())
    hdfs.files = {"/model/model.bin": CONTENT}

    bring(image, tmp_path, f"webhdfs{hdfs.url.removeprefix('http')}/model", {})


def test_the_identity_of_a_pod_is_changed_into_a_roles(
    image: Image, s3: S3Server, server: ExitStack, tmp_path: Path
) -> None:
    """With what is left of botocore's descriptions of services."""
    service = server.enter_context(sts())
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_text("of-the-pod")
    role = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/m", "AWS_WEB_IDENTITY_TOKEN_FILE": f"{SECRETS}/token"}
    environ = {**role, "AWS_ENDPOINT_URL_STS": service.endpoint, "AWS_ENDPOINT_URL": s3.endpoint}

    run = image.run(["s3://models/iris", DESTINATION], tmp_path, {**environ, "AWS_DEFAULT_REGION": "us-east-1"})

    assert "WebIdentityToken=of-the-pod" in service.asked[0]
    assert run.returncode == 4, run.stderr  # the store knows nobody of that name
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("service", ["s3", "sts", "sso", "sso-oidc", "signin"])
def test_each_service_that_credentials_come_from_is_known(image: Image, tmp_path: Path, service: str) -> None:
    client = f"import botocore.session as s; s.get_session().create_client({service!r}, region_name='us-east-1')"

    run = image.run(["-c", client], tmp_path, {}, command=["/opt/mr-client/bin/python3"])

    assert run.returncode == 0, run.stderr


def test_what_fails_says_so_with_its_exit_code(image: Image, web: WebServer, tmp_path: Path) -> None:
    run = image.run([f"{web.url}/lost.bin", DESTINATION], tmp_path, {})

    assert run.returncode == 3
    assert "Nothing is at" in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr


def test_nothing_but_the_destination_can_be_written(image: Image, tmp_path: Path) -> None:
    """Which is what the tests above stand on."""
    folders = ["/", "/tmp", "/var/tmp", "/opt/mr-client", SECRETS, DESTINATION]  # noqa: S108
    touch = f"for each in {' '.join(folders)}; do touch $each/x 2>&1 && echo written: $each; done; id -u; echo ~"

    said = image.run(["-c", touch], tmp_path, {}, command=["/bin/sh"]).stdout.splitlines()

    assert [line for line in said if line.startswith("written")] == [f"written: {DESTINATION}"]
    assert sum("Read-only file system" in line for line in said) == len(folders) - 1
    assert int(said[-2]) >= 100_000
    assert said[-1] == "~"  # no HOME, nor an entry in passwd that has one


def test_nothing_in_it_installs_or_compiles_programs(image: Image) -> None:
    programs = {"pip", "pip3", "gcc", "cc", "g++", "c++", "make", "ld", "as", "uv", "hatchling"}
    modules = {"pip", "ensurepip", "setuptools", "wheel", "hatchling"}

    there = list(image.root.rglob("*"))
    found = [path for path in there if path.parent.name in ("bin", "sbin") and path.name in programs]
    found += [path for path in there if "python3" in str(path.parent) and path.name in modules]
    found += [path for path in there if path.suffix == ".whl"]

    assert found == []


def test_everything_is_compiled_and_no_source_is_looked_at(image: Image) -> None:
    environment = image.root / "opt" / "mr-client"
    [packages] = environment.glob("lib/python3*/site-packages")
    compiled = list(packages.rglob("__pycache__/*.pyc"))

    assert len(compiled) >= len(list(packages.rglob("*.py"))) > 500
    assert {path.read_bytes()[4] for path in compiled} == {UNCHECKED}
    [os_module] = image.root.glob("usr/**/python3*/__pycache__/os.cpython-*.pyc")
    assert os_module.read_bytes()[4] == UNCHECKED


def test_a_traceback_would_name_the_file_that_is_there(image: Image, tmp_path: Path) -> None:
    name = "import mr_client; print(mr_client.Registry.__init__.__code__.co_filename)"

    said = image.run(["-c", name], tmp_path, {}, command=["/opt/mr-client/bin/python3"]).stdout

    assert image.root.joinpath(said.strip().lstrip("/")).is_file()


def test_it_says_who_it_is(image: Image, tmp_path: Path) -> None:
    config = image.described["config"]
    label = "org.opencontainers.image.{}".format

    assert re.fullmatch("[1-9][0-9]*:[1-9][0-9]*", config["User"])
    assert config["Labels"][label("version")] == mr_client.__version__
    assert re.match("[0-9a-f]{40}", config["Labels"][label("revision")])
    assert mr_client.__version__ in image.run(["--version"], tmp_path, {}).stdout


def test_a_service_nobody_asks_is_not_described(image: Image) -> None:
    assert not list(image.root.glob("opt/mr-client/lib/python3*/site-packages/botocore/data/ec2"))
    assert not list(image.root.glob("opt/mr-client/lib/python3*/site-packages/*/tests"))
