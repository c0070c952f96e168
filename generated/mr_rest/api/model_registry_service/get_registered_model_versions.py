# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.model_version_list import ModelVersionList
from ...models.order_by_field import OrderByField
from ...models.sort_order import SortOrder
from ...types import UNSET, Response, Unset


def _get_kwargs(
    registeredmodel_id: str,
    *,
    name: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    filter_query: str | Unset = UNSET,
    page_size: str | Unset = UNSET,
    order_by: OrderByField | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    next_page_token: str | Unset = UNSET,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["name"] = name

    params["externalId"] = external_id

    params["filterQuery"] = filter_query

    params["pageSize"] = page_size

    json_order_by: str | Unset = UNSET
    if not isinstance(order_by, Unset):
        json_order_by = order_by

    params["orderBy"] = json_order_by

    json_sort_order: str | Unset = UNSET
    if not isinstance(sort_order, Unset):
        json_sort_order = sort_order

    params["sortOrder"] = json_sort_order

    params["nextPageToken"] = next_page_token

    params = {k: v for k, v in params.items() if v is not UNSET and v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/model_registry/v1alpha3/registered_models/{registeredmodel_id}/versions".format(
            registeredmodel_id=quote(str(registeredmodel_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | ModelVersionList | None:
    if response.status_code == 200:
        response_200 = ModelVersionList.from_dict(response.json())

        return response_200

    if response.status_code == 400:
        response_400 = Error.from_dict(response.json())

        return response_400

    if response.status_code == 401:
        response_401 = Error.from_dict(response.json())

        return response_401

    if response.status_code == 403:
        response_403 = Error.from_dict(response.json())

        return response_403

    if response.status_code == 404:
        response_404 = Error.from_dict(response.json())

        return response_404

    if response.status_code == 500:
        response_500 = Error.from_dict(response.json())

        return response_500

    if response.status_code == 503:
        response_503 = Error.from_dict(response.json())

        return response_503

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | ModelVersionList]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    registeredmodel_id: str,
    *,
    client: AuthenticatedClient | Client,
    name: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    filter_query: str | Unset = UNSET,
    page_size: str | Unset = UNSET,
    order_by: OrderByField | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    next_page_token: str | Unset = UNSET,
) -> Response[Error | ModelVersionList]:
    """
    Args:
        registeredmodel_id (str):
        name (str | Unset):
        external_id (str | Unset):
        filter_query (str | Unset):
        page_size (str | Unset):
        order_by (OrderByField | Unset):
        sort_order (SortOrder | Unset):
        next_page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | ModelVersionList]
    """

    kwargs = _get_kwargs(
        registeredmodel_id=registeredmodel_id,
        name=name,
        external_id=external_id,
        filter_query=filter_query,
        page_size=page_size,
        order_by=order_by,
        sort_order=sort_order,
        next_page_token=next_page_token,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    registeredmodel_id: str,
    *,
    client: AuthenticatedClient | Client,
    name: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    filter_query: str | Unset = UNSET,
    page_size: str | Unset = UNSET,
    order_by: OrderByField | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    next_page_token: str | Unset = UNSET,
) -> Error | ModelVersionList | None:
    """
    Args:
        registeredmodel_id (str):
        name (str | Unset):
        external_id (str | Unset):
        filter_query (str | Unset):
        page_size (str | Unset):
        order_by (OrderByField | Unset):
        sort_order (SortOrder | Unset):
        next_page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | ModelVersionList
    """

    return sync_detailed(
        registeredmodel_id=registeredmodel_id,
        client=client,
        name=name,
        external_id=external_id,
        filter_query=filter_query,
        page_size=page_size,
        order_by=order_by,
        sort_order=sort_order,
        next_page_token=next_page_token,
    ).parsed


async def asyncio_detailed(
    registeredmodel_id: str,
    *,
    client: AuthenticatedClient | Client,
    name: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    filter_query: str | Unset = UNSET,
    page_size: str | Unset = UNSET,
    order_by: OrderByField | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    next_page_token: str | Unset = UNSET,
) -> Response[Error | ModelVersionList]:
    """
    Args:
        registeredmodel_id (str):
        name (str | Unset):
        external_id (str | Unset):
        filter_query (str | Unset):
        page_size (str | Unset):
        order_by (OrderByField | Unset):
        sort_order (SortOrder | Unset):
        next_page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | ModelVersionList]
    """

    kwargs = _get_kwargs(
        registeredmodel_id=registeredmodel_id,
        name=name,
        external_id=external_id,
        filter_query=filter_query,
        page_size=page_size,
        order_by=order_by,
        sort_order=sort_order,
        next_page_token=next_page_token,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    registeredmodel_id: str,
    *,
    client: AuthenticatedClient | Client,
    name: str | Unset = UNSET,
    external_id: str | Unset = UNSET,
    filter_query: str | Unset = UNSET,
    page_size: str | Unset = UNSET,
    order_by: OrderByField | Unset = UNSET,
    sort_order: SortOrder | Unset = UNSET,
    next_page_token: str | Unset = UNSET,
) -> Error | ModelVersionList | None:
    """
    Args:
        registeredmodel_id (str):
        name (str | Unset):
        external_id (str | Unset):
        filter_query (str | Unset):
        page_size (str | Unset):
        order_by (OrderByField | Unset):
        sort_order (SortOrder | Unset):
        next_page_token (str | Unset):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | ModelVersionList
    """

    return (
        await asyncio_detailed(
            registeredmodel_id=registeredmodel_id,
            client=client,
            name=name,
            external_id=external_id,
            filter_query=filter_query,
            page_size=page_size,
            order_by=order_by,
            sort_order=sort_order,
            next_page_token=next_page_token,
        )
    ).parsed
