"""No secret is in anything that the program says, however much it is made to say."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.agent_pod import until
from servers.azurite import ACCOUNT
from servers.config_map import ConfigMap
from servers.gcs import GCSServer, key_file
from servers.hub import hub_server
from servers.model_server import model_server
from servers.refusing_s3 import refusing_s3
from servers.s3 import S3Server
from servers.sparse import sparse_server
from servers.web import WebServer
from servers.webhdfs import webhdfs_server

SECRET = "Hunter2Secret"
AT_DEBUG = """
import logging, sys
logging.basicConfig(stream=sys.stderr, level=logging.DEBUG, force=True)
logging.basicConfig = lambda **_: None
real = logging.Logger.setLevel
logging.Logger.setLevel = lambda self, level: real(self, logging.DEBUG if level == logging.INFO else level)
from mr_storage_initializer.__main__ import main
main()
"""
IN_A_NOTEBOOK = """
import logging, os, pathlib, sys, traceback
logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
import mr_client
try:
    mr_client.fetch(sys.argv[1], pathlib.Path(sys.argv[2]), environ=os.environ)
except mr_client.errors.MRClientError as error:
    traceback.print_exc()
    print(repr(error))
    sys.exit(error.exit_code)
"""
SIGNED = re.compile("sig(?:nature)?=(?!REDACTED)[A-Za-z0-9%+/]{16}", re.IGNORECASE)
"""What a key has signed; as good as the key, for an hour."""
Case = tuple[str, dict[str, str]]


@pytest.fixture
def cases(s3: S3Server, web: WebServer, gcs: GCSServer, tmp_path: Path) -> Iterator[Callable[[str], Case]]:
    """What to bring, and the environment that holds a secret, by the store's name."""
    web.content["/m.bin"] = b"trained"
    folder = tmp_path / "hdfs"
    folder.mkdir()
    keys = {"AWS_ACCESS_KEY_ID": "minio", "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_SESSION_TOKEN": SECRET}
    with (
        hub_server() as hub,
        webhdfs_server() as hdfs,
        refusing_s3("SignatureDoesNotMatch", 403) as refusing,
        sparse_server(tmp_path, 1000) as sparse,
    ):
        gcs.issued = [SECRET]
        google = str(key_file(tmp_path, gcs))
        azure = {"AZURE_ACCOUNT_NAME": ACCOUNT, "AZURE_SERVICE_URL": f"{sparse}/{ACCOUNT}"}
        # Where a hub sends on to: an address that is signed.
        web.redirects["/api/models/acme/iris/revision/main"] = f"{sparse}/api/models/a/b/revision/main?sig={SECRET}"
        hub.commit("main", {"model.bin": b"trained", "config.json": b"{}"})
        hub.token = SECRET
        hdfs.files["/model/a"] = b"trained"
        (folder / "HDFS_NAMENODE").write_text(hdfs.url)
        (folder / "HEADERS").write_text(f'{{"X-Knox": "{SECRET}"}}')
        yield {
            "s3": ("s3://bucket/model", {**s3.environ, **keys, "AWS_ENDPOINT_URL": s3.endpoint}),
            "s3 that quotes": ("s3://bucket/model/", {**keys, "AWS_ENDPOINT_URL": refusing}),
            "s3, brought": ("s3://big/model/", {**keys, "AWS_ENDPOINT_URL": sparse}),
            "gs": ("gs://big/model/", {"STORAGE_EMULATOR_HOST": sparse, "GOOGLE_APPLICATION_CREDENTIALS": google}),
            "azure, key": ("az://big/model/", {**azure, "AZURE_STORAGE_ACCESS_KEY": SECRET + "xxx"}),
            "azure, signature": ("az://big/model/", {**azure, "AZURE_STORAGE_SAS_TOKEN": f"sv=1&sig={SECRET}"}),
            "azure, signed": (f"az://big/model/?sv=1&sig={SECRET}", azure),
            "hub that sends on": ("hf://acme/iris", {"HF_ENDPOINT": web.url, "HF_TOKEN": SECRET}),
            "http": (f"{web.url}/m.bin", {"127.0.0.1-headers": f'{{"Authorization": "Bearer {SECRET}"}}'}),
            "http, signed": (f"{web.url}/m.bin?sig={SECRET}", {}),
            "http, malformed": (f"{web.url}/m.bin", {"127.0.0.1-headers": f"Bearer {SECRET}"}),
            "http, away": (f"http://127.0.0.1:9/no.bin?sig={SECRET}", {"MR_ATTEMPTS": "1"}),
            "http, gone": (f"{web.url}/no.bin?sig={SECRET}", {"127.0.0.1-headers": f'{{"X-Key": "{SECRET}"}}'}),
            "hub": ("hf://acme/iris", {"HF_ENDPOINT": hub.url, "HF_TOKEN": SECRET}),
            "hub, wrong": ("hf://acme/iris", {"HF_ENDPOINT": hub.url, "HF_TOKEN": SECRET + "X"}),
            "hdfs": ("hdfs://model", {"HDFS_SECRET_DIR": str(folder)}),
            "hdfs, gone": ("hdfs://no", {"HDFS_SECRET_DIR": str(folder)}),
        }.__getitem__


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("s3", 4),
        ("s3 that quotes", 4),
        ("s3, brought", 0),
        ("gs", 0),
        ("azure, key", 0),
        ("azure, signature", 0),
        ("azure, signed", 0),
        ("hub that sends on", 3),
        ("http", 0),
        ("http, signed", 0),
        ("http, malformed", 2),
        ("http, gone", 3),
        ("http, away", 5),
        ("hub", 0),
        ("hub, wrong", 4),
        ("hdfs", 0),
        ("hdfs, gone", 3),
    ],
)
@pytest.mark.parametrize("way", [AT_DEBUG, IN_A_NOTEBOOK], ids=["program", "notebook"])
def test_at_debug_level_nothing_says_a_secret(
    cases: Callable[[str], Case], target: Path, case: str, code: int, way: str
) -> None:
    source, environ = cases(case)

    run = subprocess.run(
        [sys.executable, "-c", way, source, str(target)],
        env={"AWS_EC2_METADATA_DISABLED": "true", "PYTHONPATH": ":".join(filter(None, sys.path)), **environ},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert run.returncode == code, run.stderr[-2000:]
    said = run.stdout + run.stderr
    assert SECRET not in said
    assert not SIGNED.search(said)


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_agent_says_no_secret_that_models_json_or_its_variables_hold(
    web: WebServer, tmp_path: Path, form: str
) -> None:
    web.content["/m.bin"] = b"trained"
    host = web.url.removeprefix("http://")
    wanted = {
        "brought": f"{web.url}/m.bin?sig={SECRET}",
        "gone": f"http://user:{SECRET}@{host}/no.bin?sig={SECRET}",
        "azure": f"az://c/model?sv=1&sig={SECRET}",
        "bucket": f"s3://key:{SECRET}@bucket/model",
        "mistyped": f" https:/user:{SECRET}@host/model",
    }
    environ = {
        "MODEL_REGISTRY_TOKEN": SECRET,
        "HF_TOKEN": SECRET,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AZURE_SERVICE_URL": "http://127.0.0.1:9/account",
        "STORAGE_CONFIG": f'{{"type": "s3", "access_key_id": "a", "secret_access_key": "{SECRET}"}}',
        "127.0.0.1-headers": f'{{"X-Key": "{SECRET}"}}',
        "MR_LOG_FORMAT": form,
        "MR_LOG_LEVEL": "debug",
        "MR_ATTEMPTS": "1",
    }
    ConfigMap(tmp_path / "configs").models(**wanted)
    models, log = tmp_path / "models", tmp_path / "log"
    with model_server(models) as server, log.open("w") as said:
        flags: list[str | Path] = [
            "--config-dir",
            tmp_path / "configs",
            "--model-dir",
            models,
            "--server-url",
            server.url,
        ]
        program = subprocess.Popen(
            [Path(sys.executable).parent / "mr-model-agent", *flags, "--port", "0", "--admin-port", "0"],
            env=environ,
            stderr=said,
        )
        try:
            server.wait_for("load", "brought")
            until(lambda: all(f"{name}: cannot bring" in log.read_text() for name in wanted if name != "brought"))
            port = re.search(r"readyz on port ([0-9]+)", log.read_text())
            assert port is not None
            with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/metrics", timeout=10) as answer:
                metrics = answer.read().decode()
            ran = Path(f"/proc/{program.pid}/cmdline").read_text()
        finally:
            program.kill()
            program.wait()
    kept = {path: path.read_text() for path in models.rglob("*") if path.is_file()}

    assert 'model="gone"' in metrics
    assert SECRET not in log.read_text() + metrics + ran + "".join(map(str, models.rglob("*")))
    marked = [path for path, content in kept.items() if SECRET in content]
    assert [path.name[:8] for path in marked] == ["SUCCESS."], "which the Go agent reads"
    assert marked[0].stat().st_mode & 0o007 == 0
