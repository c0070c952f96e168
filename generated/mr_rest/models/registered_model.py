# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="RegisteredModel")


@_attrs_define
class RegisteredModel:
    """A model by name; its versions hang below it.

    Attributes:
        name (str):
        create_time_since_epoch (str | Unset):
        last_update_time_since_epoch (str | Unset):
        custom_properties (CustomProperties | Unset): Properties of the user's own, by name. In an update they replace
            all that were there.
        description (str | Unset):
        external_id (str | Unset):
        id (str | Unset):
        readme (str | Unset):
        maturity (str | Unset):
        language (list[str] | Unset):
        tasks (list[str] | Unset):
        provider (str | Unset):
        logo (str | Unset):
        license_ (str | Unset):
        license_link (str | Unset):
        library_name (str | Unset):
        owner (str | Unset):
        state (str | Unset): One of LIVE, ARCHIVED, or what a newer server knows.
    """

    name: str
    create_time_since_epoch: str | Unset = UNSET
    last_update_time_since_epoch: str | Unset = UNSET
    custom_properties: CustomProperties | Unset = UNSET
    description: str | Unset = UNSET
    external_id: str | Unset = UNSET
    id: str | Unset = UNSET
    readme: str | Unset = UNSET
    maturity: str | Unset = UNSET
    language: list[str] | Unset = UNSET
    tasks: list[str] | Unset = UNSET
    provider: str | Unset = UNSET
    logo: str | Unset = UNSET
    license_: str | Unset = UNSET
    license_link: str | Unset = UNSET
    library_name: str | Unset = UNSET
    owner: str | Unset = UNSET
    state: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        create_time_since_epoch = self.create_time_since_epoch

        last_update_time_since_epoch = self.last_update_time_since_epoch

        custom_properties: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_properties, Unset):
            custom_properties = self.custom_properties.to_dict()

        description = self.description

        external_id = self.external_id

        id = self.id

        readme = self.readme

        maturity = self.maturity

        language: list[str] | Unset = UNSET
        if not isinstance(self.language, Unset):
            language = self.language

        tasks: list[str] | Unset = UNSET
        if not isinstance(self.tasks, Unset):
            tasks = self.tasks

        provider = self.provider

        logo = self.logo

        license_ = self.license_

        license_link = self.license_link

        library_name = self.library_name

        owner = self.owner

        state = self.state

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
            }
        )
        if create_time_since_epoch is not UNSET:
            field_dict["createTimeSinceEpoch"] = create_time_since_epoch
        if last_update_time_since_epoch is not UNSET:
            field_dict["lastUpdateTimeSinceEpoch"] = last_update_time_since_epoch
        if custom_properties is not UNSET:
            field_dict["customProperties"] = custom_properties
        if description is not UNSET:
            field_dict["description"] = description
        if external_id is not UNSET:
            field_dict["externalId"] = external_id
        if id is not UNSET:
            field_dict["id"] = id
        if readme is not UNSET:
            field_dict["readme"] = readme
        if maturity is not UNSET:
            field_dict["maturity"] = maturity
        if language is not UNSET:
            field_dict["language"] = language
        if tasks is not UNSET:
            field_dict["tasks"] = tasks
        if provider is not UNSET:
            field_dict["provider"] = provider
        if logo is not UNSET:
            field_dict["logo"] = logo
        if license_ is not UNSET:
            field_dict["license"] = license_
        if license_link is not UNSET:
            field_dict["licenseLink"] = license_link
        if library_name is not UNSET:
            field_dict["libraryName"] = library_name
        if owner is not UNSET:
            field_dict["owner"] = owner
        if state is not UNSET:
            field_dict["state"] = state

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_properties import CustomProperties  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        create_time_since_epoch = d.pop("createTimeSinceEpoch", UNSET)

        last_update_time_since_epoch = d.pop("lastUpdateTimeSinceEpoch", UNSET)

        _custom_properties = d.pop("customProperties", UNSET)
        custom_properties: CustomProperties | Unset
        if isinstance(_custom_properties, Unset):
            custom_properties = UNSET
        else:
            custom_properties = CustomProperties.from_dict(_custom_properties)

        description = d.pop("description", UNSET)

        external_id = d.pop("externalId", UNSET)

        id = d.pop("id", UNSET)

        readme = d.pop("readme", UNSET)

        maturity = d.pop("maturity", UNSET)

        language = cast(list[str], d.pop("language", UNSET))

        tasks = cast(list[str], d.pop("tasks", UNSET))

        provider = d.pop("provider", UNSET)

        logo = d.pop("logo", UNSET)

        license_ = d.pop("license", UNSET)

        license_link = d.pop("licenseLink", UNSET)

        library_name = d.pop("libraryName", UNSET)

        owner = d.pop("owner", UNSET)

        state = d.pop("state", UNSET)

        registered_model = cls(
            name=name,
            create_time_since_epoch=create_time_since_epoch,
            last_update_time_since_epoch=last_update_time_since_epoch,
            custom_properties=custom_properties,
            description=description,
            external_id=external_id,
            id=id,
            readme=readme,
            maturity=maturity,
            language=language,
            tasks=tasks,
            provider=provider,
            logo=logo,
            license_=license_,
            license_link=license_link,
            library_name=library_name,
            owner=owner,
            state=state,
        )

        registered_model.additional_properties = d
        return registered_model

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
