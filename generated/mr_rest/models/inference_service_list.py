# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.inference_service import InferenceService


T = TypeVar("T", bound="InferenceServiceList")


@_attrs_define
class InferenceServiceList:
    """
    Attributes:
        next_page_token (str):
        page_size (int):
        size (int):
        items (list[InferenceService]):
    """

    next_page_token: str
    page_size: int
    size: int
    items: list[InferenceService]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        next_page_token = self.next_page_token

        page_size = self.page_size

        size = self.size

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "nextPageToken": next_page_token,
                "pageSize": page_size,
                "size": size,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.inference_service import InferenceService  # noqa: PLC0415

        d = dict(src_dict)
        next_page_token = d.pop("nextPageToken")

        page_size = d.pop("pageSize")

        size = d.pop("size")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = InferenceService.from_dict(items_item_data)

            items.append(items_item)

        inference_service_list = cls(
            next_page_token=next_page_token,
            page_size=page_size,
            size=size,
            items=items,
        )

        inference_service_list.additional_properties = d
        return inference_service_list

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
