"""Headers that KServe's secret of an https host holds (``HOST-headers``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from mr_client.errors import InvalidSettings
from mr_client.flow import fetch
from mr_client.storage.locate import locate
from servers.web import WebServer, web_server

HEADERS = '{"Authorization": "Bearer hunter2", "X-Api-Key": "hunter2"}'


def shown(web: WebServer) -> set[str]:
    return {name for request in web.seen for name, value in request if "hunter2" in value}


def test_every_request_to_the_host_has_them(web: WebServer, target: Path) -> None:
    web.content["/m.bin"] = b"trained"

    fetch(f"{web.url}/m.bin", target, environ={"127.0.0.1-headers": HEADERS})

    assert len(web.seen) >= 2
    assert all(("authorization", "Bearer hunter2") in request for request in web.seen)
    assert all(("x-api-key", "hunter2") in request for request in web.seen)


def test_no_request_to_another_host_has_them(web: WebServer, target: Path) -> None:
    web.content["/m.bin"] = b"trained"

    fetch(f"{web.url}/m.bin", target, environ={"localhost-headers": HEADERS, "127.0.0.10-headers": HEADERS})

    assert shown(web) == set()


def test_nor_has_one_to_where_a_redirect_leads(web: WebServer, target: Path) -> None:
    with web_server() as other:
        other.content["/m.bin"] = b"trained"
        web.redirects["/m.bin"] = f"{other.url}/m.bin"

        fetch(f"{web.url}/m.bin", target, environ={"127.0.0.1-headers": HEADERS})

    assert (target / "m.bin").read_bytes() == b"trained"
    assert shown(web) == {"authorization", "x-api-key"}
    assert shown(other) == set()


@pytest.mark.parametrize(
    "value", ["hunter2", '["hunter2"]', '{"Authorization": 2}', '{"A b": "hunter2"}', '{"A": "hunter2\\r\\nB: c"}']
)
def test_what_is_no_object_of_headers_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(InvalidSettings, match="'host-headers' is no JSON object of headers: write one") as raised:
        locate("https://HOST/m.bin", {"host-headers": value})

    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_location_does_not_show_them() -> None:
    assert "hunter2" not in repr(locate("https://host/m.bin", {"host-headers": HEADERS}))
