"""The table of stores says what the program does."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from mr_client.errors import InvalidURI
from mr_client.storage.known_stores import STORES, KnownStore
from mr_client.storage.locate import locate

ROOT = Path(__file__).parents[3]
ENVIRON = {
    "AZURE_ACCOUNT_NAME": "account",
    "STORAGE_CONFIG": '{"type": "hdfs", "HDFS_NAMENODE": "http://namenode:9870"}',
}
SPELLINGS = [pytest.param(store, uri, id=uri) for store in STORES for uri in store.uris]


@pytest.mark.parametrize(("store", "uri"), SPELLINGS)
def test_each_spelling_is_of_the_store_that_the_table_says(store: KnownStore, uri: str) -> None:
    assert locate(uri.lower(), ENVIRON).protocol == store.protocol


def test_each_extra_can_be_installed() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    assert {store.extra for store in STORES if store.extra} <= extras.keys()


@pytest.mark.parametrize("store", STORES, ids=lambda store: store.name)
def test_an_extra_is_named_where_a_library_is_missing(store: KnownStore) -> None:
    """The sentence of ``open_store`` names the extra by the protocol."""
    assert store.extra in ("", store.protocol)


def test_a_scheme_that_nobody_knows_is_answered_with_those_of_the_table() -> None:
    with pytest.raises(InvalidURI) as refused:
        locate("nobody://knows/it", {})

    assert set(re.findall(r"[a-z0-9]+://", str(refused.value))) - {"nobody://"} == {
        uri.partition("://")[0] + "://" for store in STORES for uri in store.uris if "://" in uri
    } - {"hdfs://", "abfss://"}, "one spelling of each is enough"
