# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
"""A client library for accessing Model Registry REST API"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
