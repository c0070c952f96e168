"""Which registry is asked, and what is shown to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings, InvalidURI, NotAllowed
from mr_client.settings import Settings, read_token, registry_url
from mr_client.uri import ModelURI


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://localhost:8080"),
        ({"MODEL_REGISTRY_BASE_URL": ""}, "http://localhost:8080"),
        ({"MODEL_REGISTRY_BASE_URL": "mr:9090"}, "http://mr:9090"),
        ({"MODEL_REGISTRY_BASE_URL": "mr:9090", "MODEL_REGISTRY_SCHEME": "https"}, "https://mr:9090"),
        ({"MODEL_REGISTRY_BASE_URL": "https://mr/", "MODEL_REGISTRY_SCHEME": "http"}, "https://mr"),
        ({"MODEL_REGISTRY_BASE_URL": "http://gateway/team-a"}, "http://gateway/team-a"),
    ],
)
def test_the_base_url_is_host_and_port_or_a_whole_url(environ: dict[str, str], url: str) -> None:
    assert Settings.from_env(environ).url == url


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ftp://mr",
        "http://",
        "http://mr:0",
        "http://mr:port",
        "mr?x=1",
        "http://[::1",
        "http://a b",
        "http://a\x1b[31m",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidSettings, match="no address of a registry"):
        registry_url(address)


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    with pytest.raises(InvalidSettings) as refused:
        registry_url("http://user:hunter2@mr:8080")

    assert "hunter2" not in str(refused.value)


def test_a_namespace_names_the_service_there_with_the_configured_port() -> None:
    namespaced = ModelURI("iris", namespace="team-a")

    assert Settings().endpoint(namespaced).url == "http://model-registry-service.team-a.svc.cluster.local:8080"
    configured = Settings.from_env(
        {
            "MODEL_REGISTRY_BASE_URL": "https://mr:443",
            "MODEL_REGISTRY_SERVICE_NAME": "mr",
            "MODEL_REGISTRY_CLUSTER_DOMAIN": "svc.example",
        }
    )
    assert configured.endpoint(namespaced).url == "https://mr.team-a.svc.example:443"
    assert Settings(url="http://mr").endpoint(namespaced).url.endswith(":8080")


def test_a_namespace_wins_over_a_host() -> None:
    assert "team-a" in Settings().endpoint(ModelURI("iris", host="other:80", namespace="team-a")).url


def test_the_configured_host_without_its_port_is_the_configured_registry() -> None:
    settings = Settings(url="https://registry.example.com:8443", token="t")

    assert settings.endpoint(ModelURI("iris", host="Registry.Example.com")).url == settings.url


def test_the_token_is_shown_to_no_host_but_the_configured_and_the_trusted() -> None:
    settings = Settings(url="http://mr:8080", token="t", trusted_hosts=frozenset({"friend", "exact:9"}))

    def token(**parts: str) -> str | None:
        return settings.endpoint(ModelURI("iris", "v1", **parts)).token

    assert token() == token(host="mr:8080") == token(host="mr") == "t"
    assert token(host="friend:80") == token(host="Friend") == token(host="exact:9") == "t"
    assert token(host="stranger") is None
    assert token(host="mr:8081") is None
    assert token(host="exact:10") is None
    assert token(namespace="team-a") is None


def test_the_token_is_in_its_variable_or_in_a_file() -> None:
    path = "/var/run/secrets/token"

    in_file = Settings.from_env({"MODEL_REGISTRY_TOKEN_PATH": path}).endpoint()
    in_variable = Settings.from_env({"MODEL_REGISTRY_TOKEN": "t", "MODEL_REGISTRY_TOKEN_PATH": path}).endpoint()

    assert (in_file.token, in_file.token_path) == (None, Path(path))
    assert (in_variable.token, in_variable.token_path) == ("t", None)
    assert Settings.from_env({}).endpoint().token is None


def test_a_file_of_a_token_is_named_to_no_stranger_either() -> None:
    settings = Settings(token_path=Path("/var/run/secrets/token"))

    assert settings.endpoint(ModelURI("iris", "v1", host="stranger")).token_path is None


def test_a_token_is_read_without_the_line_end_and_a_file_without_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-file\n")
    assert read_token(file) == "from-file"

    file.write_text("\n")
    with pytest.raises(InvalidSettings, match="MODEL_REGISTRY_TOKEN_PATH .* holds no token .it is empty."):
        read_token(file)
    with pytest.raises(InvalidSettings, match="No such file"):
        read_token(tmp_path / "nowhere")


def test_certificates_are_in_their_own_file_or_in_the_bundle_that_kserve_mounts(tmp_path: Path) -> None:
    bundle, own = tmp_path / "cabundle.crt", tmp_path / "own.crt"
    mounted = {"CA_BUNDLE_VOLUME_MOUNT_POINT": str(tmp_path)}
    assert Settings.from_env(mounted).ca_file is None

    bundle.touch()
    own.touch()
    assert Settings.from_env(mounted).ca_file == bundle
    assert Settings.from_env({**mounted, "MODEL_REGISTRY_CA_FILE": str(own)}).endpoint().ca_file == own


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MODEL_REGISTRY_TIMEOUT", "soon"),
        ("MODEL_REGISTRY_TIMEOUT", "0"),
        ("MODEL_REGISTRY_TIMEOUT", "inf"),
        ("MODEL_REGISTRY_CA_FILE", "/nowhere/ca.crt"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_the_name_of_its_variable(variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings) as refused:
        Settings.from_env({variable: value})

    assert variable in str(refused.value)
    assert repr(value) in str(refused.value)


def test_a_token_is_in_no_repr() -> None:
    settings = Settings(token="hunter2")

    assert "hunter2" not in repr(settings) + repr(settings.endpoint())


# -- the token, and hosts that try to get it ---------------------------------------------------


@pytest.mark.parametrize(
    ("configured", "trusted", "uri", "shown"),
    [
        # the host is compared without case, and as the URL has it
        ("http://mr:8080", "", ModelURI("iris", host="MR:8080"), True),
        ("http://mr:8080", "", ModelURI("iris", host="mr.:8080"), False),
        ("http://mr:8080", "", ModelURI("iris", host="mr.evil:8080"), False),
        ("http://mr", "", ModelURI("iris", host="mr:81"), False),
        # a host alone is trusted on any port; with a port, on that one
        ("http://mr:8080", "friend", ModelURI("iris", host="friend:1234"), True),
        ("http://mr:8080", "FRIEND", ModelURI("iris", host="Friend"), True),
        ("http://mr:8080", "friend:80", ModelURI("iris", host="friend"), False),
        ("http://mr:8080", "friend:80", ModelURI("iris", host="friend:81"), False),
        ("http://mr:8080", "friend", ModelURI("iris", host="friend."), False),
        ("http://mr:8080", "friend", ModelURI("iris", host="friend.evil"), False),
        ("http://mr:8080", "friend", ModelURI("iris", host="evil.friend"), False),
        # a namespace is a host like any other
        ("http://mr:8080", "model-registry-service.a.svc.cluster.local", ModelURI("iris", namespace="a"), True),
        ("http://mr:8080", "model-registry-service.a.svc.cluster.local", ModelURI("iris", namespace="b"), False),
        ("http://model-registry-service.a.svc.cluster.local:8080", "", ModelURI("iris", namespace="a"), True),
    ],
)
def test_the_token_is_shown_to_a_host_only_if_it_is_meant(
    configured: str, trusted: str, uri: ModelURI, shown: bool
) -> None:
    settings = Settings.from_env(
        {
            "MODEL_REGISTRY_BASE_URL": configured,
            "MODEL_REGISTRY_TRUSTED_HOSTS": trusted,
            "MODEL_REGISTRY_TOKEN": "t",
        }
    )

    assert (settings.endpoint(uri).token == "t") is shown


@pytest.mark.parametrize("uri", [ModelURI("iris", host="friend:80"), ModelURI("iris", namespace="a")])
def test_a_token_for_https_is_never_sent_in_the_clear(uri: ModelURI) -> None:
    settings = Settings(url="https://mr", token="t", trusted_hosts=frozenset({"friend"}))

    assert settings.endpoint(uri).url.startswith("https://")


@pytest.mark.parametrize(
    "host", ["user@friend", "friend:80@evil", "friend/../@evil", "friend#@evil", "friend?", "friend\\@evil", "a b", ""]
)
def test_a_host_that_parsers_could_differ_about_is_refused(host: str) -> None:
    settings = Settings(token="t", trusted_hosts=frozenset({"friend"}))

    with pytest.raises(InvalidURI, match=r"no HOST\[:PORT\]"):
        settings.endpoint(ModelURI("iris", "v1", host=host))
    with pytest.raises(InvalidURI, match=r"no HOST\[:PORT\]"):
        settings.endpoint(ModelURI("iris", "v1", namespace=f"{host}@"))


@pytest.mark.parametrize("entry", ["https://friend", "user@friend", "*.friend", "friend/x", "friend:port"])
def test_a_trusted_host_that_is_no_host_is_refused(entry: str) -> None:
    with pytest.raises(InvalidSettings, match="MODEL_REGISTRY_TRUSTED_HOSTS holds .* no HOST or HOST:PORT"):
        Settings.from_env({"MODEL_REGISTRY_TRUSTED_HOSTS": f"fine,{entry}"})


@pytest.mark.parametrize("host", ["169.254.169.254", "2852039166:80", "[fe80::1]:80", "metadata", "0xa9fea9fe"])
def test_a_registry_that_is_never_asked_is_refused(host: str) -> None:
    with pytest.raises(NotAllowed, match="model-registry://.*iris/v1' names .* never asked"):
        Settings().endpoint(ModelURI("iris", "v1", host=host))
    with pytest.raises(InvalidSettings, match="never asked"):
        registry_url(host)
