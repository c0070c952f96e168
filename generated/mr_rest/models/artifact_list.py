# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.data_set import DataSet
    from ..models.doc_artifact import DocArtifact
    from ..models.metric import Metric
    from ..models.model_artifact import ModelArtifact
    from ..models.other_artifact import OtherArtifact
    from ..models.parameter import Parameter


T = TypeVar("T", bound="ArtifactList")


@_attrs_define
class ArtifactList:
    """
    Attributes:
        next_page_token (str):
        page_size (int):
        size (int):
        items (list[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter]):
    """

    next_page_token: str
    page_size: int
    size: int
    items: list[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.data_set import DataSet  # noqa: PLC0415
        from ..models.doc_artifact import DocArtifact  # noqa: PLC0415
        from ..models.metric import Metric  # noqa: PLC0415
        from ..models.model_artifact import ModelArtifact  # noqa: PLC0415
        from ..models.parameter import Parameter  # noqa: PLC0415

        next_page_token = self.next_page_token

        page_size = self.page_size

        size = self.size

        items = []
        for items_item_data in self.items:
            items_item: dict[str, Any]
            if isinstance(items_item_data, ModelArtifact):
                items_item = items_item_data.to_dict()
            elif isinstance(items_item_data, DocArtifact):
                items_item = items_item_data.to_dict()
            elif isinstance(items_item_data, DataSet):
                items_item = items_item_data.to_dict()
            elif isinstance(items_item_data, Metric):
                items_item = items_item_data.to_dict()
            elif isinstance(items_item_data, Parameter):
                items_item = items_item_data.to_dict()
            else:
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
        from ..models.data_set import DataSet  # noqa: PLC0415
        from ..models.doc_artifact import DocArtifact  # noqa: PLC0415
        from ..models.metric import Metric  # noqa: PLC0415
        from ..models.model_artifact import ModelArtifact  # noqa: PLC0415
        from ..models.other_artifact import OtherArtifact  # noqa: PLC0415
        from ..models.parameter import Parameter  # noqa: PLC0415

        d = dict(src_dict)
        next_page_token = d.pop("nextPageToken")

        page_size = d.pop("pageSize")

        size = d.pop("size")

        items = []
        _items = d.pop("items")
        for items_item_data in _items:

            def _parse_items_item(
                data: object,
            ) -> DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter:
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_artifact_type_0 = ModelArtifact.from_dict(data)

                    return componentsschemas_artifact_type_0
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_artifact_type_1 = DocArtifact.from_dict(data)

                    return componentsschemas_artifact_type_1
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_artifact_type_2 = DataSet.from_dict(data)

                    return componentsschemas_artifact_type_2
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_artifact_type_3 = Metric.from_dict(data)

                    return componentsschemas_artifact_type_3
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                try:
                    if not isinstance(data, dict):
                        raise TypeError()
                    componentsschemas_artifact_type_4 = Parameter.from_dict(data)

                    return componentsschemas_artifact_type_4
                except (TypeError, ValueError, AttributeError, KeyError):
                    pass
                if not isinstance(data, dict):
                    raise TypeError()
                componentsschemas_artifact_type_5 = OtherArtifact.from_dict(data)

                return componentsschemas_artifact_type_5

            items_item = _parse_items_item(items_item_data)

            items.append(items_item)

        artifact_list = cls(
            next_page_token=next_page_token,
            page_size=page_size,
            size=size,
            items=items,
        )

        artifact_list.additional_properties = d
        return artifact_list

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
