"""Which proxy is for which address."""

from __future__ import annotations

import traceback

import pytest

from mr_client.errors import InvalidSettings
from mr_client.storage.locate import locate
from mr_client.storage.network.proxies import Proxies, proxies

BOTH = {"HTTP_PROXY": "http://plain:1", "HTTPS_PROXY": "http://tls:2"}


def through(address: str, environ: dict[str, str]) -> str | None:
    proxy = proxies(environ).of(address)
    return proxy.url if proxy else None


@pytest.mark.parametrize(
    ("environ", "http", "https"),
    [
        ({}, None, None),
        (BOTH, "http://plain:1", "http://tls:2"),
        ({"HTTP_PROXY": "http://plain:1"}, "http://plain:1", None),
        ({"HTTPS_PROXY": "https://tls:2"}, None, "https://tls:2"),
        ({**BOTH, "http_proxy": "http://lower:3", "https_proxy": "http://lower:4"}, "http://lower:3", "http://lower:4"),
        ({**BOTH, "http_proxy": " "}, "http://plain:1", "http://tls:2"),
        ({"ALL_PROXY": "http://all:5"}, "http://all:5", "http://all:5"),
        ({"ALL_PROXY": "http://all:5", "all_proxy": "http://lower:6", **BOTH}, "http://plain:1", "http://tls:2"),
        ({"ALL_PROXY": "http://all:5", "all_proxy": "http://lower:6"}, "http://lower:6", "http://lower:6"),
        ({"HTTP_PROXY": "proxy:3128", "HTTPS_PROXY": "http://proxy"}, "http://proxy:3128", "http://proxy:80"),
        ({**BOTH, "NO_PROXY": "*"}, None, None),
        ({**BOTH, "NO_PROXY": "host", "no_proxy": "other"}, "http://plain:1", "http://tls:2"),
    ],
)
def test_the_variables_that_everybody_reads(environ: dict[str, str], http: str | None, https: str | None) -> None:
    assert (through("http://host/a", environ), through("https://host/a", environ)) == (http, https)


@pytest.mark.parametrize(
    ("entries", "address", "direct"),
    [
        ("example.com", "http://example.com/a", True),
        ("example.com", "http://Models.Example.com.:8080/a", True),
        ("ample.com", "http://example.com/a", False),
        (".example.com", "http://models.example.com", True),
        (".example.com", "http://example.com", False),
        ("*.example.com", "http://models.example.com", True),
        ("EXAMPLE.com ,x", "http://example.com", True),
        ("other, example.com", "http://example.com", True),
        ("example.com:8080", "http://example.com:8080", True),
        ("example.com:8080", "http://example.com", False),
        ("example.com:443", "https://example.com", True),
        ("10.0.0.0/8", "http://10.1.2.3:9000", True),
        ("10.0.0.7/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.0.0.0/8", "http://ten.example.com", False),
        ("10.0.0.0/nonsense", "http://10.0.0.0", False),
        ("10.1.2.3", "http://10.1.2.3", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9000", True),
        ("10.1.2.3:9000", "http://10.1.2.3:9001", False),
        ("2.3", "http://10.1.2.3", False),
        ("fd00::/8", "http://[fd00::1]:9000", True),
        ("fd00::1", "http://[fd00::1]", True),
        ("[fd00::1]:9000", "http://[fd00::1]:9000", True),
        ("[fd00::1]", "http://[fd00:0::1]:9000", True),
        ("[fd00::1]:9000", "http://[fd00::1]:9001", False),
        ("localhost", "http://localhost:8080", True),
        ("127.0.0.1", "http://localhost", False),
        ("", "http://localhost", False),
        (", ,", "http://host", False),
    ],
)
def test_who_is_asked_directly(entries: str, address: str, direct: bool) -> None:
    assert (through(address, {**BOTH, "NO_PROXY": entries}) is None) == direct


def test_user_and_password_are_read_and_never_shown() -> None:
    known = proxies({"HTTPS_PROXY": "http://me:hunter%402@proxy:3128"})
    proxy = known.of("https://host")

    assert proxy is not None
    assert (proxy.url, proxy.user, proxy.password) == ("http://proxy:3128", "me", "hunter@2")
    assert "hunter" not in repr((known, proxy, locate("s3://b/k", {"HTTPS_PROXY": "http://me:hunter2@proxy:3128"})))


@pytest.mark.parametrize(
    "value", ["socks5://me:hunter2@proxy:1080", "ftp://hunter2", "http://", "http://proxy:hunter2", "http://[hunter2"]
)
def test_what_is_no_proxy_is_refused_where_it_would_be_asked(value: str) -> None:
    with pytest.raises(InvalidSettings, match="HTTPS_PROXY or ALL_PROXY names no proxy that can be used") as raised:
        through("https://host", {"HTTPS_PROXY": value})

    assert "hunter2" not in "".join(traceback.format_exception(raised.value))
    assert through("https://host", {"HTTPS_PROXY": value, "NO_PROXY": "host"}) is None


def test_without_variables_there_is_none() -> None:
    assert proxies({}) == Proxies()
    assert locate("https://host/m", BOTH).proxies == proxies(BOTH)
