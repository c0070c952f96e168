# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.inference_service import InferenceService
from ...types import Response


def _get_kwargs(
    inferenceservice_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/api/model_registry/v1alpha3/inference_services/{inferenceservice_id}".format(
            inferenceservice_id=quote(str(inferenceservice_id), safe=""),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | InferenceService | None:
    if response.status_code == 200:
        response_200 = InferenceService.from_dict(response.json())

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
) -> Response[Error | InferenceService]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    inferenceservice_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | InferenceService]:
    """
    Args:
        inferenceservice_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | InferenceService]
    """

    kwargs = _get_kwargs(
        inferenceservice_id=inferenceservice_id,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    inferenceservice_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Error | InferenceService | None:
    """
    Args:
        inferenceservice_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | InferenceService
    """

    return sync_detailed(
        inferenceservice_id=inferenceservice_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    inferenceservice_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Response[Error | InferenceService]:
    """
    Args:
        inferenceservice_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | InferenceService]
    """

    kwargs = _get_kwargs(
        inferenceservice_id=inferenceservice_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    inferenceservice_id: str,
    *,
    client: AuthenticatedClient | Client,
) -> Error | InferenceService | None:
    """
    Args:
        inferenceservice_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | InferenceService
    """

    return (
        await asyncio_detailed(
            inferenceservice_id=inferenceservice_id,
            client=client,
        )
    ).parsed
