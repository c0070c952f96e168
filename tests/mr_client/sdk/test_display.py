"""What a notebook shows, and makes a frame of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

import pytest

import mr_client
from mr_client import errors
from mr_client.registry import Metric, ModelArtifact, ModelVersion, Page, RegisteredModel
from mr_client.resolver import Resolution
from mr_client.sdk.listing import Listing, Named
from mr_client.uri import parse_model_uri

EVIL = "<script>alert(1)</script>"
SIGNED = "https://acme.blob.core.windows.net/models/iris?sig=hunter2"


def metrics(total: int) -> Listing[Metric]:
    return Listing(lambda: (Metric("loss", float(at), at) for at in range(total)), Metric, "metrics")


def html(shown: object) -> str:
    """What a notebook asks for."""
    return str(shown._repr_html_())  # type: ignore[attr-defined]


def rows(shown: object) -> int:
    body = html(shown).partition("<tbody>")[2]
    return body.count("<tr>")


# -- lists --------------------------------------------------------------------------------------


def test_a_listing_is_iterated_once_like_any_iterator() -> None:
    listing = metrics(5)

    assert next(listing).value == 0
    assert [each.value for each in islice(listing, 2)] == [1, 2]
    assert [each.value for each in listing] == [3, 4]
    assert list(listing) == []
    with pytest.raises(StopIteration):
        next(listing)


@pytest.mark.parametrize("total", [0, 1, 20, 21, 22, 50])
@pytest.mark.parametrize("before", [0, 1, 20, 21, 30])
def test_showing_a_listing_takes_nothing_from_it(total: int, before: int) -> None:
    listing = metrics(total)
    taken = list(islice(listing, before))

    first, again = html(listing), html(listing)

    assert [each.value for each in [*taken, *listing]] == list(range(total))
    assert first == again == html(listing)
    assert rows(listing) == min(total, 20)
    assert ("The first 20; there are more." in first) == (total > 20)


def test_an_empty_listing_says_so() -> None:
    assert "There are none." in html(metrics(0))


def test_no_more_is_fetched_than_is_asked_for() -> None:
    fetched = count()

    def walk() -> Iterator[Metric]:
        return (Metric("loss", float(next(fetched))) for _ in range(1000))

    listing = Listing(walk, Metric, "metrics")
    assert (repr(listing), next(fetched)) == ("<Listing of metrics>", 0)
    html(listing)
    next(listing)
    assert next(fetched) == 22


def test_a_long_listing_is_not_kept_in_memory() -> None:
    listing = metrics(1000)

    assert len(list(listing)) == 1000
    assert len(listing._head) == 21


def test_the_first_page_of_a_list_says_whether_it_goes_on() -> None:
    for more in (True, False):
        assert ("there are more" in html(Page((RegisteredModel("iris"),), more=more))) == more


def test_a_listing_that_failed_is_begun_again_where_it_was() -> None:
    """It would seem to have ended."""
    failures = [True]

    def walk() -> Iterator[Metric]:
        for at in range(5):
            if at == 3 and failures and failures.pop():
                raise errors.RegistryError("gone")
            yield Metric("loss", float(at))

    listing = Listing(walk, Metric, "metrics")
    with pytest.raises(errors.RegistryError):
        html(listing)
    assert [each.value for each in listing] == [0, 1, 2, 3, 4]


def test_what_goes_by_its_name_completes_its_names() -> None:
    named = Named({name: Metric(name, 1.0) for name in ("loss", "accuracy")}, Metric, "metrics of run 'r'")

    assert named["loss"].value == 1.0
    assert (list(named), len(named)) == (["loss", "accuracy"], 2)
    assert named._ipython_key_completions_() == ["loss", "accuracy"]
    assert repr(named) == "<metrics of run 'r': 'loss', 'accuracy'>"
    assert rows(named) == 2


# -- things -------------------------------------------------------------------------------------


def resolution(uri: str = "https://hub.example/iris", **fields: Any) -> Resolution:
    return Resolution(
        parse_model_uri("model-registry://iris/v1"),
        "http://localhost:8080",
        RegisteredModel(EVIL, id="1"),
        ModelVersion("v1", "1", id="2"),
        ModelArtifact(name="iris", uri=uri),
        uri,
        **fields,
    )


@pytest.mark.parametrize(
    ("thing", "plain"),
    [
        (RegisteredModel("iris", id="1", state="LIVE"), "RegisteredModel(name='iris', state='LIVE', id='1')"),
        (ModelVersion("v1", "1"), "ModelVersion(name='v1')"),
        (ModelArtifact(name="a", uri="s3://models/a"), "ModelArtifact(name='a', uri='s3://models/a')"),
        (resolution("s3://models/a"), "Resolution(asked='model-registry://iris/v1', uri='s3://models/a')"),
    ],
)
def test_plain_text_is_short(thing: object, plain: str) -> None:
    assert repr(thing) == plain


@pytest.mark.parametrize(
    "thing",
    [
        RegisteredModel(EVIL, description=EVIL),
        ModelVersion(EVIL, "1", author=EVIL),
        ModelArtifact(name=EVIL, uri=f"https://hub.example/{EVIL}"),
        resolution(warnings=(EVIL,), region=EVIL, endpoint=f"https://{EVIL}"),
        Page((RegisteredModel(EVIL),), more=True),
        mr_client.Experiment("1", EVIL, owner=EVIL, properties={EVIL: [EVIL]}),
        mr_client.Metric(EVIL, 1.0),
        mr_client.Parameter(EVIL, {EVIL: EVIL}),
        mr_client.Dataset(EVIL, uri=EVIL),
    ],
)
def test_each_thing_has_a_table_without_anybodys_markup(thing: object) -> None:
    assert "<script" not in html(thing)
    assert "&lt;script&gt;" in html(thing)
    assert html(thing).startswith("<table")


def test_a_resolution_links_to_the_web_and_shows_no_secret() -> None:
    assert '<a href="https://hub.example/iris"' in html(resolution())
    for shown in (html(resolution(SIGNED)), repr(resolution(SIGNED)), html(ModelArtifact(uri=SIGNED))):
        assert "hunter2" not in shown
        assert "acme.blob.core.windows.net" in shown


def test_times_and_properties_are_columns(registry_url: str) -> None:
    with mr_client.Registry(registry_url, environ={}) as registry:
        registry.register("iris", "v1", uri="s3://models/iris", properties={"accuracy": 0.97})

        for shown in (html(registry.version("iris", "v1")), html(registry.versions("iris"))):
            assert "accuracy: 0.97" in shown
            assert " UTC<" in shown
        assert rows(registry.models()) == 1
        assert ">versions of &#x27;iris&#x27;</caption>" in html(registry.versions("iris"))


# -- frames -------------------------------------------------------------------------------------


def test_a_frame_has_a_column_for_each_property_and_takes_nothing_from_the_iteration() -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    items = [
        mr_client.Experiment("1", "a", properties={"stage": "prod"}, created=moment),
        mr_client.Experiment("2", "b", properties={"name": "other"}),
    ]
    listing = Listing(lambda: items, mr_client.Experiment, "experiments")
    next(listing)

    frame = listing.to_frame()

    assert list(frame.columns[:2]) == ["name", "state"]
    assert list(frame.columns[-2:]) == ["properties.stage", "properties.name"]
    assert "properties" not in frame.columns
    assert list(frame["name"]) == ["a", "b"]
    assert (frame["created"][0], frame["properties.stage"][0]) == (moment, "prod")
    assert [each.name for each in listing] == ["b"]


def test_a_frame_of_numbers_can_be_reckoned_with() -> None:
    assert metrics(5).to_frame()["value"].mean() == 2.0


def test_a_frame_of_nothing_has_its_columns() -> None:
    for frame in (metrics(0).to_frame(), Named({}, Metric, "metrics").to_frame()):
        assert (list(frame.columns), len(frame)) == (["name", "value", "step", "time"], 0)


def test_a_frame_shows_no_secret() -> None:
    listing = Listing(lambda: [ModelArtifact(name="a", uri=SIGNED)], ModelArtifact, "artifacts")

    assert listing.to_frame()["uri"][0] == "https://acme.blob.core.windows.net/models/iris?…"


def test_a_frame_without_pandas_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(errors.MissingExtra, match="needs pandas, which is not installed: pip install pandas"):
        metrics(1).to_frame()
