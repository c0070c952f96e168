"""Which artifact does a name mean? A table, held against both kinds of registry.

First what is registered, then what each URI must give. Where a row says ``HOST`` the registry's own
``HOST:PORT`` is put, and its port for ``PORT``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

import mr_registry
from mr_client import errors
from mr_client.asking import resolve_uri


@dataclass(frozen=True)
class A:
    """An artifact of a version, by default one that says where a model is."""

    name: str
    uri: str | None
    state: str | None = "LIVE"
    kind: str = "model-artifact"
    path: str | None = None
    created: int | None = None


@dataclass(frozen=True)
class V:
    """A version and its artifacts; ``created`` stands in for the clock of the server."""

    name: str
    artifacts: tuple[A, ...]
    state: str = "LIVE"
    created: int | None = None


@dataclass(frozen=True)
class M:
    """A model and its versions."""

    name: str
    versions: tuple[V, ...] = ()
    state: str = "LIVE"


@dataclass(frozen=True)
class Populated:
    """A registry, and the ids that it gave."""

    url: str
    ids: dict[tuple[str, ...], str] = field(default_factory=dict)


def v(name: str, uri: str, state: str = "LIVE", created: int | None = None) -> V:
    """Return a version with one artifact, of the name ``model``."""
    return V(name, (A("model", uri),), state, created)


REGISTERED = [
    M("iris", (v("v1", "s3://m/iris/v1"), v("v2", "s3://m/iris/v2"), v("v3", "s3://m/iris/v3", "ARCHIVED"))),
    M("Iris", (v("V1", "s3://m/capital/1"),)),
    # names that LIKE takes for one another
    M("my-model", (v("v1", "s3://m/dash"),)),
    M("my_model", (v("v1", "s3://m/underscore"),)),
    M("my%model", (v("v1", "s3://m/percent"),)),
    M("no-twin", (v("v1", "s3://m/no-twin"),)),
    M("wild", (v("v-1", "s3://m/wild/dash"), v("v_1", "s3://m/wild/underscore"), v("v%1", "s3://m/wild/percent"))),
    M("colon", (v("a:b", "s3://m/colon/a:b"),)),
    # names of all kinds
    M("granite-3.1-8b", (v("base", "s3://m/granite/base"), v("1.0.0", "s3://m/granite/1.0.0"))),
    M("ibm-granite/granite-3.1", (v("a/b", "s3://m/slash/a/b"),)),
    M("other.example.com", (v("v1", "s3://m/dots"),)),
    M("a:80", (v("v1", "s3://m/port"),)),
    M("localhost", (v("v1", "s3://m/localhost"),)),
    M("it's", (v("v'1", "s3://m/apostrophe"),)),
    M('say "hi"', (v("v1", "s3://m/quotes"),)),
    M("back\\slash", (v("v\\1", "s3://m/backslash"),)),
    M("模型", (v("版本", "s3://m/unicode"),)),
    M("a b", (v("v 1", "s3://m/blank"),)),
    M("q?x=1&y#z", (v("v1", "s3://m/query"),)),
    M("..", (v("..", "s3://m/dotdot"),)),
    M("50%", (v("100%", "s3://m/percents"),)),
    # what is archived, or not there
    M("retired", (v("v1", "s3://m/retired/1"), v("v2", "s3://m/retired/2", "ARCHIVED")), "ARCHIVED"),
    M("all-archived", (v("v1", "s3://m/archived/1", "ARCHIVED"), v("v2", "s3://m/archived/2", "ARCHIVED"))),
    M("empty"),
    M("bare", (V("v1", ()),)),
    M("many", tuple(v(f"r{number:03}", f"s3://m/many/{number}") for number in range(1, 31))),
    # clocks
    M("ties", tuple(v(f"t{number}", f"s3://m/ties/{number}", created=1000) for number in (1, 2, 3))),
    M("clock-back", (v("first", "s3://m/back/1", created=2000), v("second", "s3://m/back/2", created=1000))),
    M("archived-last", (v("old", "s3://m/last/1", created=1000), v("new", "s3://m/last/2", "ARCHIVED", created=2000))),
    # artifacts
    M(
        "states",
        (
            V("all", tuple(A(each, f"s3://m/{each}", each) for each in ("LIVE", "UNKNOWN", "REFERENCE", "PENDING"))),
            V("not-live", tuple(A(each, f"s3://m/{each}", each) for each in ("UNKNOWN", "REFERENCE", "PENDING"))),
            V("worse", tuple(A(each, f"s3://m/{each}", each) for each in ("REFERENCE", "PENDING"))),
            V("pending", (A("p", "s3://m/p", "PENDING"),)),
            V("unsaid", (A("u", "s3://m/u", None),)),
            V("gone", tuple(A(each, "s3://m/x", each) for each in ("DELETED", "MARKED_FOR_DELETION", "ABANDONED"))),
            V("gone-and-live", (A("live", "s3://m/stays"), A("gone", "s3://m/x", "DELETED"))),
        ),
    ),
    M(
        "several",
        (
            V("v1", (A("onnx", "s3://m/onnx"), A("sklearn", "s3://m/sklearn"))),
            V("ties", (A("a", "s3://m/tie/a", created=7), A("b", "s3://m/tie/b", created=7))),
            V("back", (A("a", "s3://m/back/a", created=9), A("b", "s3://m/back/b", created=8))),
            V("slash", (A("a/b c", "s3://m/slashed"),)),
        ),
    ),
    M(
        "docs",
        (
            V("v1", (A("model", "s3://m/docs"), A("notes", "s3://d/notes", kind="doc-artifact"))),
            V("same", (A("model", "s3://m/same"), A("model", "s3://d/same", kind="doc-artifact"))),
            V("only", (A("notes", "s3://d/only", kind="doc-artifact"),)),
        ),
    ),
    M(
        "places",
        (
            V("path", (A("model", None, path="iris/v1"),)),
            V("slashes", (A("model", "", path="/iris/v1/"),)),
            V("both", (A("model", "s3://m/uri", path="iris/v1"),)),
            V("path-uri", (A("model", None, path="s3://m/iris"),)),
            V("encoded", (A("model", "s3://m/e?endpoint=http%3A%2F%2Fminio%3A9000&defaultRegion=eu"),)),
            V("plain", (A("model", "s3://m/e?endpoint=http://minio:9000&defaultRegion=eu"),)),
            V("question", (A("model", "s3://m/what?.bin"),)),
            V("blanks", (A("model", "  s3://m/blanks\n"),)),
            V("web", (A("model", "https://host/model.bin?x=1"),)),
            V("none", (A("model", None),)),
            V("empty", (A("model", ""),)),
            V("mount", (A("model", "/mnt/pvc/iris"),)),
            V("relative", (A("model", "models/iris"),)),
            V("control", (A("model", "s3://m/a\tb"),)),
            V("again", (A("model", "model-registry://iris/v1"),)),
            V("AGAIN", (A("model", "Model-Registry:iris"),)),
        ),
    ),
]

FOUND = [
    # URI behind model-registry://               model                      version     artifact   storage URI
    ("iris/v1",                                  "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    ("iris",                                     "iris",                    "v2",       "model",   "s3://m/iris/v2"),
    ("iris/v3",                                  "iris",                    "v3",       "model",   "s3://m/iris/v3"),
    ("Iris",                                     "Iris",                    "V1",       "model",   "s3://m/capital/1"),
    ("%69ris/v1",                                "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    # hosts
    ("HOST/iris",                                "iris",                    "v2",       "model",   "s3://m/iris/v2"),
    ("HOST/iris/v1",                             "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    ("127.0.0.1/iris/v1",                        "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    ("127.0.0.1/iris",                           "iris",                    "v2",       "model",   "s3://m/iris/v2"),
    ("localhost:PORT/iris",                      "iris",                    "v2",       "model",   "s3://m/iris/v2"),
    ("LocalHost:PORT/iris/v1",                   "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    ("iris?namespace=0",                         "iris",                    "v2",       "model",   "s3://m/iris/v2"),
    ("other.example.com/iris/v1?namespace=0",    "iris",                    "v1",       "model",   "s3://m/iris/v1"),
    ("other.example.com/v1",                     "other.example.com",       "v1",       "model",   "s3://m/dots"),
    ("other.example.com",                        "other.example.com",       "v1",       "model",   "s3://m/dots"),
    ("%61:80/v1",                                "a:80",                    "v1",       "model",   "s3://m/port"),
    ("a%3A80",                                   "a:80",                    "v1",       "model",   "s3://m/port"),
    ("a:80",                                     "a:80",                    "v1",       "model",   "s3://m/port"),
    ("%6Cocalhost/v1",                           "localhost",               "v1",       "model",   "s3://m/localhost"),
    ("localhost",                                "localhost",               "v1",       "model",   "s3://m/localhost"),
    # wildcards
    ("my_model",                                 "my_model",                "v1",       "model",   "s3://m/underscore"),
    ("my-model",                                 "my-model",                "v1",       "model",   "s3://m/dash"),
    ("my%25model",                               "my%model",                "v1",       "model",   "s3://m/percent"),
    ("wild/v_1",                                 "wild",                    "v_1",      "model",   "s3://m/wild/underscore"),
    ("wild/v-1",                                 "wild",                    "v-1",      "model",   "s3://m/wild/dash"),
    ("wild/v%251",                               "wild",                    "v%1",      "model",   "s3://m/wild/percent"),
    ("colon/a:b",                                "colon",                   "a:b",      "model",   "s3://m/colon/a:b"),
    # names of all kinds
    ("granite-3.1-8b/base",                      "granite-3.1-8b",          "base",     "model",   "s3://m/granite/base"),
    ("granite-3.1-8b/1.0.0",                     "granite-3.1-8b",          "1.0.0",    "model",   "s3://m/granite/1.0.0"),
    ("ibm-granite%2Fgranite-3.1",                "ibm-granite/granite-3.1", "a/b",      "model",   "s3://m/slash/a/b"),
    ("ibm-granite%2fgranite-3.1/a%2Fb",          "ibm-granite/granite-3.1", "a/b",      "model",   "s3://m/slash/a/b"),
    ("it's/v'1",                                 "it's",                    "v'1",      "model",   "s3://m/apostrophe"),
    ('say "hi"',                                 'say "hi"',                "v1",       "model",   "s3://m/quotes"),
    ("back\\slash",                              "back\\slash",             "v\\1",     "model",   "s3://m/backslash"),
    ("back%5Cslash/v%5C1",                       "back\\slash",             "v\\1",     "model",   "s3://m/backslash"),
    ("模型/版本",                                  "模型",                     "版本",      "model",   "s3://m/unicode"),
    ("%E6%A8%A1%E5%9E%8B",                       "模型",                     "版本",      "model",   "s3://m/unicode"),
    ("a b/v 1",                                  "a b",                     "v 1",      "model",   "s3://m/blank"),
    ("a%20b/v%201",                              "a b",                     "v 1",      "model",   "s3://m/blank"),
    ("q%3Fx=1&y%23z",                            "q?x=1&y#z",               "v1",       "model",   "s3://m/query"),
    ("../..",                                    "..",                      "..",       "model",   "s3://m/dotdot"),
    ("50%25/100%25",                             "50%",                     "100%",     "model",   "s3://m/percents"),
    # clocks, and what is archived
    ("retired/v1",                               "retired",                 "v1",       "model",   "s3://m/retired/1"),
    ("retired/v2",                               "retired",                 "v2",       "model",   "s3://m/retired/2"),
    ("all-archived/v1",                          "all-archived",            "v1",       "model",   "s3://m/archived/1"),
    ("ties",                                     "ties",                    "t3",       "model",   "s3://m/ties/3"),
    ("clock-back",                               "clock-back",              "first",    "model",   "s3://m/back/1"),
    ("archived-last",                            "archived-last",           "old",      "model",   "s3://m/last/1"),
    ("many",                                     "many",                    "r030",     "model",   "s3://m/many/30"),
    # artifacts
    ("states/all",                               "states",                  "all",      "LIVE",    "s3://m/LIVE"),
    ("states/all?artifact=PENDING",              "states",                  "all",      "PENDING", "s3://m/PENDING"),
    ("states/not-live",                          "states",                  "not-live", "UNKNOWN", "s3://m/UNKNOWN"),
    ("states/worse",                             "states",                  "worse",    "REFERENCE", "s3://m/REFERENCE"),
    ("states/pending",                           "states",                  "pending",  "p",       "s3://m/p"),
    ("states/unsaid",                            "states",                  "unsaid",   "u",       "s3://m/u"),
    ("states/gone-and-live",                     "states",                  "gone-and-live", "live", "s3://m/stays"),
    ("several/v1",                               "several",                 "v1",       "sklearn", "s3://m/sklearn"),
    ("several/v1?artifact=onnx",                 "several",                 "v1",       "onnx",    "s3://m/onnx"),
    ("several/ties",                             "several",                 "ties",     "b",       "s3://m/tie/b"),
    ("several/back",                             "several",                 "back",     "a",       "s3://m/back/a"),
    ("several/slash?artifact=a%2Fb%20c",         "several",                 "slash",    "a/b c",   "s3://m/slashed"),
    ("docs/v1",                                  "docs",                    "v1",       "model",   "s3://m/docs"),
    ("docs/same?artifact=model",                 "docs",                    "same",     "model",   "s3://m/same"),
    # places
    ("places/path",                              "places",                  "path",     "model",   "s3://default/iris/v1"),
    ("places/slashes",                           "places",                  "slashes",  "model",   "s3://default/iris/v1"),
    ("places/both",                              "places",                  "both",     "model",   "s3://m/uri"),
    ("places/encoded",                           "places",                  "encoded",  "model",   "s3://m/e"),
    ("places/plain",                             "places",                  "plain",    "model",   "s3://m/e"),
    ("places/question",                          "places",                  "question", "model",   "s3://m/what?.bin"),
    ("places/blanks",                            "places",                  "blanks",   "model",   "s3://m/blanks"),
    ("places/web",                               "places",                  "web",      "model",   "https://host/model.bin?x=1"),
]  # fmt: skip

USAGE, NO_MODEL, NO_VERSION = errors.InvalidURI, errors.ModelNotFound, errors.VersionNotFound
NO_ARTIFACT, REFUSED = errors.ArtifactNotFound, errors.NotAllowed

NOT_FOUND = [
    # URI                                        error        what its sentence must say
    ("model-registry://irs",                     NO_MODEL,    "Registered model 'irs' not found at http://HOST (nearest: 'iris', 'Iris'; newest: "),
    ("model-registry://IRIS",                    NO_MODEL,    "nearest: 'Iris', 'iris'; newest: 'places', 'docs', 'several', …"),
    ("model-registry://no_twin",                 NO_MODEL,    "nearest: 'no-twin'"),
    ("model-registry://no%25twin",               NO_MODEL,    "nearest: 'no-twin'"),
    ("model-registry://retird",                  NO_MODEL,    "nearest: 'retired' (ARCHIVED)"),
    ("model-registry://%25",                     NO_MODEL,    "(newest: "),
    ("model-registry://_",                       NO_MODEL,    "'_' not found"),
    ("model-registry://\\",                      NO_MODEL,    "not found"),
    ("model-registry://' OR 1=1",                NO_MODEL,    "not found"),
    ("model-registry://iris/v9",                 NO_VERSION,  "Version 'v9' not found in model 'iris' at http://HOST (it has: 'v1', 'v2', 'v3' (ARCHIVED))"),
    ("model-registry://iris/V1",                 NO_VERSION,  "Version 'V1' not found in model 'iris'"),
    ("model-registry://iris/v_",                 NO_VERSION,  "Version 'v_' not found"),
    ("model-registry://iris/%25",                NO_VERSION,  "Version '%' not found"),
    ("model-registry://colon/b",                 NO_VERSION,  "it has: 'a:b'"),
    ("model-registry://many/r03",                NO_VERSION,  "(nearest: 'r030', "),
    ("model-registry://many/latest",             NO_VERSION,  "(newest: 'r030', 'r029', 'r028', …)"),
    ("model-registry://empty/v1",                NO_VERSION,  "(it has no versions)"),
    ("model-registry://empty",                   NO_VERSION,  "'empty' has no LIVE version; it has no versions: register one"),
    ("model-registry://retired",                 NO_VERSION,  "'retired' is ARCHIVED: name a version in the URI to have it all the same"),
    ("model-registry://all-archived",            NO_VERSION,  "of the 2 that it has, the newest is 'v2' (ARCHIVED): name one in the URI"),
    ("model-registry://bare/v1",                 NO_ARTIFACT, "in version 'v1' of model 'bare'; it has none: register one"),
    ("model-registry://docs/only",               NO_ARTIFACT, "it has none: register one"),
    ("model-registry://several/v1?artifact=tf",  NO_ARTIFACT, "No model artifact 'tf' to serve in version 'v1' of model 'several'; it has: 'onnx', 'sklearn'"),
    ("model-registry://several/v1?artifact=on_x", NO_ARTIFACT, "it has: 'onnx', 'sklearn'"),
    ("model-registry://several/v1?artifact=ONNX", NO_ARTIFACT, "it has: 'onnx', 'sklearn'"),
    ("model-registry://docs/v1?artifact=notes",  NO_ARTIFACT, "it has: 'model'"),
    ("model-registry://states/gone",             NO_ARTIFACT, "'DELETED' (DELETED), 'MARKED_FOR_DELETION' (MARKED_FOR_DELETION), 'ABANDONED' (ABANDONED)"),
    ("model-registry://states/gone?artifact=DELETED", NO_ARTIFACT, "No model artifact 'DELETED' to serve"),
    ("model-registry://places/none",             NO_ARTIFACT, "has no uri; register the URI of its files"),
    ("model-registry://places/empty",            NO_ARTIFACT, "has no uri; register the URI of its files"),
    ("model-registry://places/path-uri",         NO_ARTIFACT, "its storagePath 's3://m/iris' is no path"),
    ("model-registry://places/mount",            NO_ARTIFACT, "register it as 'file:///mnt/pvc/iris'"),
    ("model-registry://places/relative",         NO_ARTIFACT, "'models/iris', which has no scheme"),
    ("model-registry://places/control",          NO_ARTIFACT, "holds a control character"),
    ("model-registry://places/again",            REFUSED,     "points to 'model-registry://iris/v1', another name"),
    ("model-registry://places/AGAIN",            REFUSED,     "another name"),
    # what follows no grammar
    ("model-registry://",                        USAGE,       "it names no model"),
    ("model-registry:iris",                      USAGE,       "it does not start with model-registry://"),
    ("Model-Registry://iris",                    USAGE,       "it does not start with model-registry://"),
    ("model-registry://iris/",                   USAGE,       "it has a trailing slash"),
    ("model-registry:///iris",                   USAGE,       "it has an empty segment"),
    ("model-registry://HOST//iris",              USAGE,       "it has an empty segment"),
    ("model-registry://HOST/iris/v1/x",          USAGE,       "encode a '/' inside a name as %2F"),
    ("model-registry://iris/v1?namespace=",      USAGE,       "parameter 'namespace' is empty"),
    ("model-registry://iris?namespace=Team",     USAGE,       "namespace 'Team' is no DNS label"),
    ("model-registry://iris?namespace=a.b",      USAGE,       "namespace 'a.b' is no DNS label"),
    ("model-registry://iris?namespace=-a",       USAGE,       "namespace '-a' is no DNS label"),
    ("model-registry://iris?namespace=a/b",      USAGE,       "namespace 'a/b' is no DNS label"),
    ("model-registry://iris?artifact=",          USAGE,       "parameter 'artifact' is empty"),
    ("model-registry://iris?version=v1",         USAGE,       "it knows no parameter 'version'"),
    ("model-registry://iris?artifact=a&artifact=b", USAGE,    "parameter 'artifact' stands twice"),
    ("model-registry://iris?",                   USAGE,       "nothing follows '?'"),
    ("model-registry://iris#v1",                 USAGE,       "encode it as %23"),
    ("model-registry://50%/v1",                  USAGE,       "is not followed by two hexadecimal digits"),
    ("model-registry://iris%FF",                 USAGE,       "does not decode to UTF-8"),
    ("model-registry://iris%00",                 USAGE,       "holds a null byte"),
    ("model-registry://u:p@HOST/iris/v1",        USAGE,       "has no user and no password"),
]  # fmt: skip

WARNINGS = {
    "iris/v3": ["version 'v3' of model 'iris' is ARCHIVED"],
    "retired/v1": ["model 'retired' is ARCHIVED"],
    "retired/v2": ["model 'retired' is ARCHIVED", "version 'v2' of model 'retired' is ARCHIVED"],
    "all-archived/v1": ["version 'v1' of model 'all-archived' is ARCHIVED"],
    "states/pending": ["artifact 'p' is PENDING: its files may not be complete"],
    "states/all?artifact=PENDING": ["artifact 'PENDING' is PENDING: its files may not be complete"],
}
"""Every other URI that means something is answered without."""


@pytest.fixture(scope="module", params=[False, True], ids=["embedded", "like-upstream"])
def registry(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Populated]:
    """A registry with all of ``REGISTERED``."""
    database = tmp_path_factory.mktemp("names") / "registry.db"
    with mr_registry.serve(database, like_upstream=request.param) as url:
        populated = Populated(url)
        with (
            httpx.Client(base_url=url + "/api/model_registry/v1alpha3") as http,
            closing(sqlite3.connect(database)) as db,
        ):
            for model in REGISTERED:
                _register(populated, http, db, model)
        yield populated


def _register(populated: Populated, http: httpx.Client, db: sqlite3.Connection, model: M) -> None:
    def post(path: str, **body: Any) -> str:
        answer = http.post(path, json={key: value for key, value in body.items() if value is not None})
        assert answer.is_success, answer.text
        return str(answer.json()["id"])

    def set_clock(table: str, id: str, created: int | None) -> None:
        if created is not None:
            with db:
                db.execute(f"UPDATE {table} SET create_time = ? WHERE id = ?", (created, id))  # noqa: S608 - our names

    ids = populated.ids
    ids[model.name,] = post("/registered_models", name=model.name, state=model.state)
    for version in model.versions:
        names = model.name, version.name
        ids[names] = post("/model_versions", name=version.name, registeredModelId=ids[model.name,], state=version.state)
        set_clock("contexts", ids[names], version.created)
        for artifact in version.artifacts:
            id = post(
                f"/model_versions/{ids[names]}/artifacts",
                artifactType=artifact.kind,
                name=artifact.name,
                uri=artifact.uri,
                state=artifact.state,
                storagePath=artifact.path,
            )
            set_clock("artifacts", id, artifact.created)
            if artifact.kind == "model-artifact":
                ids[*names, artifact.name] = id


def environ(registry: Populated) -> dict[str, str]:
    return {
        "MODEL_REGISTRY_BASE_URL": registry.url,
        # SERVICE.NAMESPACE.DOMAIN is a host name in a cluster. In the namespace "0", it is this one's address.
        "MODEL_REGISTRY_SERVICE_NAME": "127",
        "MODEL_REGISTRY_CLUSTER_DOMAIN": "0.1",
        "AWS_S3_BUCKET": "default",
    }


def put(text: str, registry: Populated) -> str:
    host = urlsplit(registry.url).netloc
    return text.replace("HOST:PORT", host).replace("HOST", host).replace("PORT", host.rpartition(":")[2])


@pytest.mark.parametrize(("name", "model", "version", "artifact", "uri"), FOUND, ids=[row[0] for row in FOUND])
def test_a_name_means(registry: Populated, name: str, model: str, version: str, artifact: str, uri: str) -> None:
    found = resolve_uri(f"model-registry://{put(name, registry)}", environ=environ(registry))

    assert (found.model.name, found.version.name, found.artifact.name) == (model, version, artifact)
    assert (found.model.id, found.version.id, found.artifact.id) == (
        registry.ids[model,],
        registry.ids[model, version],
        registry.ids[model, version, artifact],
    )
    assert found.uri == uri
    assert list(found.warnings) == WARNINGS.get(name, [])


@pytest.mark.parametrize(("uri", "error", "words"), NOT_FOUND, ids=[row[0] for row in NOT_FOUND])
def test_a_name_is_refused_in_a_sentence(
    registry: Populated, uri: str, error: type[errors.MRClientError], words: str
) -> None:
    with pytest.raises(error) as refused:
        resolve_uri(put(uri, registry), environ=environ(registry))

    sentence = str(refused.value)
    assert type(refused.value) is error
    assert put(words, registry) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_endpoint_and_region_are_told_apart_from_the_uri(registry: Populated) -> None:
    for name in ("encoded", "plain"):
        found = resolve_uri(f"model-registry://places/{name}", environ=environ(registry))

        assert (found.endpoint, found.region) == ("http://minio:9000", "eu")


def test_a_storage_path_without_a_bucket_says_which_variable_is_missing(registry: Populated) -> None:
    with pytest.raises(errors.ArtifactNotFound, match="set AWS_S3_BUCKET"):
        resolve_uri("model-registry://places/path", environ={"MODEL_REGISTRY_BASE_URL": registry.url})


def test_a_storage_path_is_in_the_store_of_the_storage_configuration(registry: Populated) -> None:
    said = {**environ(registry), "STORAGE_CONFIG": '{"type": "gcs", "bucket": "models"}'}

    uri = resolve_uri("model-registry://places/path", environ=environ(registry)).uri

    assert resolve_uri("model-registry://places/path", environ=said).uri == uri.replace("s3://default/", "gs://models/")
