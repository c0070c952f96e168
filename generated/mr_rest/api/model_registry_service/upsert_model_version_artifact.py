# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.data_set import DataSet
from ...models.doc_artifact import DocArtifact
from ...models.error import Error
from ...models.metric import Metric
from ...models.model_artifact import ModelArtifact
from ...models.other_artifact import OtherArtifact
from ...models.parameter import Parameter
from ...types import Response


def _get_kwargs(
    modelversion_id: str,
    *,
    body: DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/api/model_registry/v1alpha3/model_versions/{modelversion_id}/artifacts".format(
            modelversion_id=quote(str(modelversion_id), safe=""),
        ),
    }

    if isinstance(body, ModelArtifact):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, DocArtifact):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, DataSet):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, Metric):
        _kwargs["json"] = body.to_dict()
    elif isinstance(body, Parameter):
        _kwargs["json"] = body.to_dict()
    else:
        _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error | None:
    if response.status_code == 200:

        def _parse_response_200(
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

        response_200 = _parse_response_200(response.json())

        return response_200

    if response.status_code == 201:

        def _parse_response_201(
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

        response_201 = _parse_response_201(response.json())

        return response_201

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

    if response.status_code == 409:
        response_409 = Error.from_dict(response.json())

        return response_409

    if response.status_code == 422:
        response_422 = Error.from_dict(response.json())

        return response_422

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
) -> Response[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    modelversion_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter,
) -> Response[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error]:
    """
    Args:
        modelversion_id (str):
        body (DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error]
    """

    kwargs = _get_kwargs(
        modelversion_id=modelversion_id,
        body=body,
    )

    response = client.get_httpx_client().request(
        **kwargs,
    )

    return _build_response(client=client, response=response)


def sync(
    modelversion_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter,
) -> DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error | None:
    """
    Args:
        modelversion_id (str):
        body (DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error
    """

    return sync_detailed(
        modelversion_id=modelversion_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    modelversion_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter,
) -> Response[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error]:
    """
    Args:
        modelversion_id (str):
        body (DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error]
    """

    kwargs = _get_kwargs(
        modelversion_id=modelversion_id,
        body=body,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    modelversion_id: str,
    *,
    client: AuthenticatedClient | Client,
    body: DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter,
) -> DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error | None:
    """
    Args:
        modelversion_id (str):
        body (DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        DataSet | DocArtifact | Metric | ModelArtifact | OtherArtifact | Parameter | Error
    """

    return (
        await asyncio_detailed(
            modelversion_id=modelversion_id,
            client=client,
            body=body,
        )
    ).parsed
