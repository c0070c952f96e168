"""The program as KServe runs it: by name, from a registry with a token and a private authority, for each credential."""

from __future__ import annotations

import json
import ssl
import stat
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
import trustme
from azure.storage.blob import ContainerSasPermissions, generate_container_sas

import mr_client
import mr_registry
from servers.authority import TENANT, Authority, authority
from servers.azurite import ACCOUNT, KEY, Azurite
from servers.front import front
from servers.gcs import GCSServer, gcs_server, key_file
from servers.hub import Hub, hub_server
from servers.pod import GID, UID, Pod, hardened, pod
from servers.s3 import S3Server
from servers.sts import STS, sts
from servers.web import WebServer, web_server
from servers.webhdfs import Hdfs, webhdfs_server
from servers.wrong_s3 import WrongS3, wrong_s3

INJECTED = {
    # By KServe, whatever the URI (pkg/utils/storage.go, AddDefaultHuggingFaceEnvVars), and by Kubernetes.
    "HF_HUB_ENABLE_HF_TRANSFER": "1",
    "HF_XET_HIGH_PERFORMANCE": "1",
    "HF_XET_NUM_CONCURRENT_RANGE_GETS": "8",
    "HF_TOKEN": "",
    "AWS_ACCESS_KEY_ID": "",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOSTNAME": "iris-predictor-0",
    "KUBERNETES_SERVICE_HOST": "10.96.0.1",
    "KUBERNETES_SERVICE_PORT": "443",
}
TOKEN = "of-the-service-account"
BODY = b"trained" * 1000


@dataclass
class Cluster:
    """All that a pod may talk to."""

    registry: str
    """Over TLS, and behind a token."""
    plain: str
    certificates: str
    """Of the private authorities, as KServe's config map has them."""
    s3: S3Server
    s3_tls: str
    unchecked: WrongS3
    """An S3 that takes any signature, and remembers it."""
    sts: STS
    gcs: GCSServer
    azure: Azurite
    authority: Authority
    hub: Hub
    hdfs: Hdfs
    web: WebServer
    bucket: str


@pytest.fixture(scope="module")
def cluster(s3: S3Server, emulated_gcs: str, azure: Azurite) -> Iterator[Cluster]:
    ca = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    bucket = f"models-{uuid.uuid4().hex[:12]}"
    s3.make_bucket(bucket)
    s3.filesystem().pipe(f"{bucket}/iris/model.bin", BODY)
    with ExitStack() as stack:
        plain = stack.enter_context(mr_registry.serve(token=TOKEN))
        cluster = Cluster(
            registry=stack.enter_context(front(plain, context)).url,
            plain=plain,
            certificates=ca.cert_pem.bytes().decode() + azure.ca_file.read_text(),
            s3=s3,
            s3_tls=stack.enter_context(front(s3.endpoint, context)).url,
            unchecked=stack.enter_context(wrong_s3("aws:kms")),
            sts=stack.enter_context(sts()),
            gcs=stack.enter_context(gcs_server(emulated_gcs)),
            azure=azure,
            authority=stack.enter_context(authority(context)),
            hub=stack.enter_context(hub_server()),
            hdfs=stack.enter_context(webhdfs_server()),
            web=stack.enter_context(web_server()),
            bucket=bucket,
        )
        cluster.gcs.make_bucket(bucket)
        cluster.gcs.put(bucket, "iris/model.bin", BODY)
        with azure.container(bucket) as container:
            container.create_container()
            container.upload_blob("iris/model.bin", BODY)
        cluster.authority.token = azure.token()
        cluster.hub.commit("main", {"model.bin": BODY})
        cluster.hdfs.files["/iris/model.bin"] = BODY
        cluster.web.content["/model.bin"] = BODY
        yield cluster


@pytest.fixture
def volumes() -> Iterator[Pod]:
    with pod() as volumes:
        yield volumes


Case = tuple[str, dict[str, str]]
"""Where the files are, and what KServe injects for them."""


def s3_keys(cluster: Cluster, volumes: Pod) -> Case:
    return f"s3://{cluster.bucket}/iris", {**cluster.s3.environ, "AWS_ENDPOINT_URL": cluster.s3_tls}


def storage_config(cluster: Cluster, volumes: Pod) -> Case:
    said = {
        "type": "s3",
        "access_key_id": cluster.s3.access_key,
        "secret_access_key": cluster.s3.secret_key,
        "endpoint_url": cluster.s3_tls,
        "region": "us-east-1",
        "anonymous": "False",
        "cabundle_configmap": "local-cabundle",
    }
    override = json.dumps({"type": "s3", "bucket": cluster.bucket})
    return f"s3://{cluster.bucket}/iris", {"STORAGE_CONFIG": json.dumps(said), "STORAGE_OVERRIDE_CONFIG": override}


def role(cluster: Cluster, volumes: Pod) -> Case:
    return "s3://bucket/model/", {
        "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/models",
        "AWS_WEB_IDENTITY_TOKEN_FILE": volumes.secret("aws-token", "of-the-pod"),
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_STS": cluster.sts.endpoint,
        "AWS_ENDPOINT_URL": cluster.unchecked.endpoint,
    }


def s3_as_nobody(cluster: Cluster, volumes: Pod) -> Case:
    return "s3://bucket/model/", {"awsAnonymousCredential": "True", "AWS_ENDPOINT_URL": cluster.unchecked.endpoint}


def google_key(cluster: Cluster, volumes: Pod) -> Case:
    cluster.gcs.anonymous, cluster.gcs.issued, cluster.gcs.tokens = False, ["first"], {"first": 200}
    key = key_file(volumes.secrets, cluster.gcs)
    key.chmod(0o644)
    environ = {"STORAGE_EMULATOR_HOST": cluster.gcs.url, "GOOGLE_APPLICATION_CREDENTIALS": str(key)}
    return f"gs://{cluster.bucket}/iris", environ


def google_workload_identity(cluster: Cluster, volumes: Pod) -> Case:
    cluster.gcs.anonymous, cluster.gcs.issued, cluster.gcs.tokens = False, ["first"], {"first": 200}
    said = {
        "type": "external_account",
        "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/k",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
        "token_url": f"{cluster.gcs.url}/token",
        "credential_source": {"file": volumes.secret("google-token", "of-the-pod")},
    }
    named = volumes.secret("federation.json", json.dumps(said))
    environ = {"STORAGE_EMULATOR_HOST": cluster.gcs.url, "GOOGLE_APPLICATION_CREDENTIALS": named}
    return f"gs://{cluster.bucket}/iris", environ


def google_as_nobody(cluster: Cluster, volumes: Pod) -> Case:
    cluster.gcs.anonymous, cluster.gcs.tokens = True, {}
    return f"gs://{cluster.bucket}/iris", {"STORAGE_EMULATOR_HOST": cluster.gcs.url}


def _azure(cluster: Cluster, **more: str) -> Case:
    known = {"AZURE_ACCOUNT_NAME": ACCOUNT, "AZURE_SERVICE_URL": cluster.azure.endpoint}
    return f"az://{cluster.bucket}/iris", {**known, **more}


def azure_principal(cluster: Cluster, volumes: Pod) -> Case:
    asked = {"AZURE_AUTHORITY_HOST": cluster.authority.url, "AZURE_TENANT_ID": TENANT, "AZURE_SUBSCRIPTION_ID": "s"}
    return _azure(cluster, **asked, AZURE_CLIENT_ID="c", AZURE_CLIENT_SECRET="hunter2")


def azure_workload_identity(cluster: Cluster, volumes: Pod) -> Case:
    asked = {"AZURE_AUTHORITY_HOST": cluster.authority.url, "AZURE_TENANT_ID": TENANT}
    token = volumes.secret("azure-token", "of-the-pod")
    return _azure(cluster, **asked, AZURE_CLIENT_ID="c", AZURE_FEDERATED_TOKEN_FILE=token)


def azure_key(cluster: Cluster, volumes: Pod) -> Case:
    return _azure(cluster, AZURE_STORAGE_ACCESS_KEY=KEY)


def azure_signature(cluster: Cluster, volumes: Pod) -> Case:
    permission = ContainerSasPermissions(read=True, list=True)
    end = datetime.now(UTC) + timedelta(hours=1)
    signed: str = generate_container_sas(ACCOUNT, cluster.bucket, account_key=KEY, permission=permission, expiry=end)
    return _azure(cluster, AZURE_STORAGE_SAS_TOKEN=signed)


def azure_token(cluster: Cluster, volumes: Pod) -> Case:
    return _azure(cluster, AZURE_ACCESS_TOKEN=cluster.azure.token(), AZURE_ACCESS_EXPIRES_ON_SECONDS="4102444800")


def headers_of_a_host(cluster: Cluster, volumes: Pod) -> Case:
    return f"{cluster.web.url}/model.bin", {"127.0.0.1-headers": '{"Authorization": "Bearer hunter2"}'}


def hub_token(cluster: Cluster, volumes: Pod) -> Case:
    cluster.hub.token = "hf_hunter2"
    return "hf://acme/iris", {"HF_ENDPOINT": cluster.hub.url, "HF_TOKEN": "hf_hunter2"}


def hdfs_secret(cluster: Cluster, volumes: Pod) -> Case:
    volumes.secret("hdfs/HDFS_NAMENODE", cluster.hdfs.url)
    volumes.secret("hdfs/HEADERS", '{"X-Knox": "hunter2"}')
    (volumes.secrets / "hdfs").chmod(0o755)
    return "hdfs://iris", {"HDFS_SECRET_DIR": str(volumes.secrets / "hdfs")}


KINDS: list[Callable[[Cluster, Pod], Case]] = [
    s3_keys,
    storage_config,
    role,
    s3_as_nobody,
    google_key,
    google_workload_identity,
    google_as_nobody,
    azure_principal,
    azure_workload_identity,
    azure_key,
    azure_signature,
    azure_token,
    headers_of_a_host,
    hub_token,
    hdfs_secret,
]


def in_cluster(cluster: Cluster, volumes: Pod) -> dict[str, str]:
    """What a ClusterStorageContainer and KServe say: the registry, its token and whom to trust."""
    volumes.secret("ca/cabundle.crt", cluster.certificates)
    (volumes.secrets / "ca").chmod(0o755)
    return {
        **INJECTED,
        "MODEL_REGISTRY_BASE_URL": cluster.registry,
        "MODEL_REGISTRY_TOKEN_PATH": volumes.secret("token", TOKEN),
        "CA_BUNDLE_CONFIGMAP_NAME": "global-ca-bundle",
        "CA_BUNDLE_VOLUME_MOUNT_POINT": str(volumes.secrets / "ca"),
    }


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_model_is_brought_by_its_name_with_each_kind_of_credentials(
    cluster: Cluster, volumes: Pod, kind: Callable[[Cluster, Pod], Case]
) -> None:
    uri, environ = kind(cluster, volumes)
    name = f"{kind.__name__}-{uuid.uuid4().hex[:8]}"
    with mr_client.Registry(cluster.plain, token=TOKEN, environ={}) as registry:
        registry.register(name, "v1", uri=uri)

    run = volumes.run(f"model-registry://{name}/v1", volumes.models, **in_cluster(cluster, volumes) | environ)

    assert run.returncode == 0, run.stderr
    (arrived,) = volumes.models.iterdir()
    assert arrived.read_bytes() in (BODY, b"wrong")
    # Another user, the model server's, reads it, whatever the umask is.
    assert stat.S_IMODE(arrived.stat().st_mode) == 0o644
    assert run.stderr.splitlines()[-1].startswith("Ready: 1 file, ")
    (record,) = json.loads(volumes.termination_log.read_text())
    assert (record["files"], record["requested"]) == (1, f"model-registry://{name}/v1")
    assert not {"hunter2", TOKEN, "WARNING", "Traceback"} & set(run.stderr.replace(":", " ").split())
    if hardened():
        assert (arrived.stat().st_uid, arrived.stat().st_gid) == (UID, GID)


@pytest.mark.skipif(not hardened(), reason="what is tried is the pod that needs root to be made")
def test_nothing_but_the_destination_can_be_written_there(volumes: Pod) -> None:
    source = volumes.secret("model.bin", "trained")

    for folder, why in (("/srv/models", "read-only"), ("/tmp/models", "read-only"), ("/dev/shm/m", "read-only")):  # noqa: S108
        run = volumes.run(source, folder, **INJECTED)
        assert run.returncode == 4, run.stderr
        assert why in run.stderr.splitlines()[-1]
        assert volumes.termination_log.read_text() == run.stderr.splitlines()[-1]
