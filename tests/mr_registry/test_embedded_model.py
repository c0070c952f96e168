"""The embedded registry held against a plain model of it in memory, by sequences of calls that are made up."""

from __future__ import annotations

from typing import Any

import httpx
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import mr_registry

BASE = "/api/model_registry/v1alpha3"
NAMES = st.sampled_from(["iris", "Iris", "my_model", "my-model", "a/b", "ü", "it's", "%"])
PROPERTIES = st.dictionaries(
    st.sampled_from(["stage", "tag"]),
    st.text(max_size=3).map(
        lambda text: {"metadataType": "MetadataStringValue", "string_value": text.replace("\0", "")}
    ),
)


class Registry(RuleBasedStateMachine):
    """Registered models, by name: what each call must have done."""

    def __init__(self) -> None:
        super().__init__()
        self.served = mr_registry.serve()
        self.http = httpx.Client(base_url=self.served.__enter__() + BASE)
        self.models: dict[str, dict[str, Any]] = {}

    def teardown(self) -> None:
        """Stop the registry."""
        self.http.close()
        self.served.__exit__(None, None, None)

    @rule(name=NAMES, properties=PROPERTIES)
    def register(self, name: str, properties: dict[str, Any]) -> None:
        """A new name is created LIVE; one that is taken is a conflict and changes nothing."""
        answer = self.http.post("/registered_models", json={"name": name, "customProperties": properties})
        if name in self.models:
            assert answer.status_code == 409
        else:
            assert answer.status_code == 201
            self.models[name] = {"id": answer.json()["id"], "state": "LIVE", "customProperties": properties}

    @precondition(lambda self: self.models)
    @rule(data=st.data(), properties=st.none() | PROPERTIES, state=st.sampled_from([None, "LIVE", "ARCHIVED"]))
    def change(self, data: st.DataObject, properties: dict[str, Any] | None, state: str | None) -> None:
        """What is sent replaces what was there; what is not sent stays."""
        model = self.models[data.draw(st.sampled_from(sorted(self.models)))]
        body = {key: value for key, value in (("customProperties", properties), ("state", state)) if value is not None}
        assert self.http.patch(f"/registered_models/{model['id']}", json=body).status_code == 200
        model.update(body)

    @rule(name=NAMES)
    def find(self, name: str) -> None:
        """A name is found exactly as it is, or not."""
        answer = self.http.get("/registered_model", params={"name": name})
        if name in self.models:
            assert answer.json()["id"] == self.models[name]["id"]
        else:
            assert answer.status_code == 404

    @rule(
        size=st.integers(1, 4),
        order=st.sampled_from(["ID", "CREATE_TIME", "LAST_UPDATE_TIME"]),
        way=st.sampled_from(["ASC", "DESC"]),
    )
    def page_through(self, size: int, order: str, way: str) -> None:
        """Pages of any size and order, put together, hold every model once."""
        seen: list[str] = []
        parameters = {"pageSize": str(size), "orderBy": order, "sortOrder": way}
        while True:
            page = self.http.get("/registered_models", params=parameters).json()
            assert page["size"] == len(page["items"]) <= size
            seen += [item["name"] for item in page["items"]]
            if not page["nextPageToken"]:
                break
            parameters["nextPageToken"] = page["nextPageToken"]
        assert sorted(seen) == sorted(self.models)
        if order == "ID":
            by_id = sorted(self.models, key=lambda name: int(self.models[name]["id"]), reverse=way == "DESC")
            assert seen == by_id

    @invariant()
    def everything_is_as_it_should_be(self) -> None:
        """The list shows what the calls have done, and nothing else."""
        items = self.http.get("/registered_models").json()["items"]
        shown = {item["name"]: {key: item[key] for key in ("id", "state", "customProperties")} for item in items}
        assert shown == self.models


Registry.TestCase.settings = settings(max_examples=15, stateful_step_count=20, deadline=None, database=None)
TestRegistry = Registry.TestCase
