"""The grammar of ``model-registry://`` URIs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.errors import InvalidURI
from mr_client.uri import ModelURI, is_model_uri, parse_model_uri

CONFIGURED = "registry.example.com:8080"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("model-registry://iris", ModelURI("iris")),
        ("model-registry://iris/v1", ModelURI("iris", "v1")),
        ("model-registry://other.example.com/iris/v1", ModelURI("iris", "v1", host="other.example.com")),
        ("model-registry://10.0.0.1:8080/iris/v1", ModelURI("iris", "v1", host="10.0.0.1:8080")),
        ("model-registry://[::1]:8080/iris/v1", ModelURI("iris", "v1", host="[::1]:8080")),
        ("model-registry://granite-3.1-8b/base", ModelURI("granite-3.1-8b", "base")),
        ("model-registry://other.example.com/iris", ModelURI("other.example.com", "iris")),
        ("model-registry://other.example.com:80/iris", ModelURI("iris", host="other.example.com:80")),
        ("model-registry://localhost/iris", ModelURI("iris", host="localhost")),
        ("model-registry://registry.example.com:8080/iris", ModelURI("iris", host="registry.example.com:8080")),
        ("model-registry://Registry.Example.com/iris", ModelURI("iris", host="Registry.Example.com")),
        ("model-registry://mr.team-a.svc/iris", ModelURI("iris", host="mr.team-a.svc")),
        ("model-registry://mr.team-a.svc.cluster.local/iris", ModelURI("iris", host="mr.team-a.svc.cluster.local")),
        ("model-registry://ibm-granite%2Fgranite-3.1/v%201", ModelURI("ibm-granite/granite-3.1", "v 1")),
        ("model-registry://%C3%BC%3F%23%25/v1", ModelURI("ü?#%", "v1")),
        ("model-registry://iris?namespace=team-a", ModelURI("iris", namespace="team-a")),
        ("model-registry://iris/v1?artifact=onnx%20file", ModelURI("iris", "v1", artifact="onnx file")),
        ("model-registry://iris@champion", ModelURI("iris", alias="champion")),
        ("model-registry://h:1/iris@champion?artifact=b", ModelURI("iris", host="h:1", artifact="b", alias="champion")),
        ("model-registry://iris%40champion", ModelURI("iris@champion")),
        ("model-registry://iris%40champion/v%401", ModelURI("iris@champion", "v@1")),
        ("model-registry://iris%402@a%2Fb", ModelURI("iris@2", alias="a/b")),
        (
            "model-registry://h:1/iris/v1?namespace=a&artifact=b",
            ModelURI("iris", "v1", host="h:1", namespace="a", artifact="b"),
        ),
    ],
)
def test_a_uri_says_host_model_version_and_parameters(text: str, meant: ModelURI) -> None:
    assert parse_model_uri(text, known_host=CONFIGURED) == meant


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("iris/v1", "does not start with"),
        ("models://iris", "does not start with"),
        ("model-registry:/iris", "does not start with"),
        ("model-registry://", "names no model"),
        ("model-registry://?namespace=a", "names no model"),
        ("model-registry://iris/", "trailing slash"),
        ("model-registry://iris/v1/", "trailing slash"),
        ("model-registry:///iris", "empty segment"),
        ("model-registry://a//b", "empty segment"),
        ("model-registry://h:1/a/b/c", "4 segments"),
        ("model-registry://a b/iris/v1", "'a b' is no host"),
        ("model-registry://iris@champion/v1", "both the alias 'champion' and the version 'v1'"),
        ("model-registry://iris@", "'' after '@' is no alias"),
        ("model-registry://@champion", "no model stands before '@'"),
        ("model-registry://iris@a@b", "'a@b' after '@' is no alias; encode an '@' inside a name as %40"),
        ("model-registry://iris/v1@b", "'v1@b' is in the place of a version"),
        ("model-registry://other.example.com/iris@champion", "a host with its port (HOST:PORT/MODEL@ALIAS)"),
        ("model-registry://iris/v%2", "'%2'"),
        ("model-registry://iris%FF", "UTF-8"),
        ("model-registry://iris%00", "null byte"),
        ("model-registry://iris#v1", "'#'"),
        ("model-registry://iris?", "nothing follows '?'"),
        ("model-registry://iris?version=v1", "'version'"),
        ("model-registry://iris?namespace=a&namespace=b", "twice"),
        ("model-registry://iris?namespace=", "empty"),
        ("model-registry://iris?namespace=a.b", "'a.b'"),
        ("model-registry://iris?namespace=Team", "'Team'"),
        ("model-registry://iris?artifact=", "empty"),
    ],
)
def test_a_refusal_quotes_the_uri_names_the_part_and_gives_the_form(text: str, part: str) -> None:
    with pytest.raises(InvalidURI) as refused:
        parse_model_uri(text)

    message = str(refused.value)
    assert repr(text) in message
    assert part in message
    assert "write model-registry://[HOST/]MODEL[/VERSION|@ALIAS]" in message


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
hosts = st.from_regex(r"[a-z][a-z0-9]{0,10}(\.[a-z]{1,5})?(:[1-9][0-9]{0,3})?", fullmatch=True)
labels = st.from_regex(r"[a-z]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)


@given(st.builds(ModelURI, names, names, st.none() | hosts, st.none() | labels, st.none() | names))
def test_the_text_of_a_uri_with_a_version_parses_to_the_same_uri(uri: ModelURI) -> None:
    assert parse_model_uri(str(uri)) == uri


@given(st.builds(ModelURI, names, st.none(), st.none(), st.none() | labels, st.none() | names))
def test_the_text_of_a_uri_without_version_and_host_parses_to_the_same_uri(uri: ModelURI) -> None:
    assert parse_model_uri(str(uri)) == uri


@given(st.builds(ModelURI, names, st.none(), st.none() | hosts, st.none() | labels, st.none() | names, names))
def test_the_text_of_a_uri_with_an_alias_parses_to_the_same_uri(uri: ModelURI) -> None:
    host = uri.host is None or uri.host.rpartition(":")[2].isdigit() or uri.host == "localhost"
    if host:  # of two segments the first is a host only if it looks like one
        assert parse_model_uri(str(uri)) == uri


def test_a_model_named_like_a_host_survives_the_round_trip() -> None:
    for name in ("localhost", "mr.team-a.svc", "x.svc.cluster.local", "a:80"):
        assert parse_model_uri(str(ModelURI(name, "v1"))) == ModelURI(name, "v1")


def test_what_claims_to_be_a_model_uri_is_taken_for_one_even_malformed() -> None:
    assert is_model_uri("model-registry:iris")
    assert is_model_uri("Model-Registry://iris")
    assert not is_model_uri("s3://model-registry/iris")


@pytest.mark.parametrize(
    "text",
    [
        "model-registry://ann:s3cret@host/iris/v1",
        "model-registry://:s3cret@host:8080/iris",
        "model-registry:ann:s3cret@host/iris",
        "model-registry:/ann:s3cret@host/iris",
    ],
)
def test_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidURI, match="no user and no password") as refused:
        parse_model_uri(text)

    assert "s3cret" not in str(refused.value)
