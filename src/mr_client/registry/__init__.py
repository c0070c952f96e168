"""What does the registry say?

The only package that speaks to the generated REST layer. Its dialects end here: an ``Error``
that is a value, an undocumented status that is ``None``, a login page where JSON should be,
fields that are ``Unset``, and httpx's exceptions.

``api`` is the registry, ``reading`` and ``writing`` the calls we make, ``paging`` how a list is
read, ``connection`` how one call is carried out, ``answers`` what an answer means that is no
success, ``fields`` what of a resource is read and sent.
"""

from __future__ import annotations

from mr_client.registry.api import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.registry.connection import Patience
from mr_client.registry.fields import properties_of
from mr_client.registry.paging import Page

__all__ = ["ModelArtifact", "ModelVersion", "Page", "Patience", "RegisteredModel", "RegistryAPI", "properties_of"]
