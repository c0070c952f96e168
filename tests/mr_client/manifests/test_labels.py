"""Names that Kubernetes takes, of names that the registry takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mr_client.manifests.labels import LONGEST, checked_name, dns_label, is_label_value


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("iris", "iris"),
        ("Iris_A", "iris-a"),
        ("ibm-granite/granite-3.1-8b", "ibm-granite-granite-3-1-8b"),
        ("--x..y--", "x-y"),
        ("3d", "m-3d"),
        ("Müller", "m-ller"),
        ("鳶尾花", "model-3121dd22"),
        ("a" * 47, "a" * 47),
        ("a" * 48, f"{'a' * 38}-97daac0e"),
    ],
)
def test_a_model_s_name_becomes_a_label(model: str, name: str) -> None:
    assert dns_label(model) == name


@given(st.text())
def test_any_name_becomes_one_that_may_be_chosen(model: str) -> None:
    name = dns_label(model)

    assert len(name) <= LONGEST
    assert checked_name(name) == name == dns_label(name)


@given(st.text(min_size=48), st.text(min_size=48))
def test_names_that_are_cut_differ_where_the_models_do(one: str, other: str) -> None:
    cut = [dns_label(each) for each in (f"{'a' * 60}{one}", f"{'a' * 60}{other}")]

    assert (cut[0] == cut[1]) == (one == other)


@pytest.mark.parametrize(
    ("value", "is_one"),
    [("", True), ("1", True), ("a" * 63, True), ("a" * 64, False), ("-a", False), ("a.b_c-D", True), ("a b", False)],
)
def test_what_may_be_the_value_of_a_label(value: str, is_one: bool) -> None:
    assert is_label_value(value) is is_one
