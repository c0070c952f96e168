"""What does the registry say?

The only package that speaks to the generated REST layer. Its dialects end here: an ``Error``
that is a value, an undocumented status that is ``None``, a login page where JSON should be,
fields that are ``Unset``, and httpx's exceptions.

``api`` is the calls we make, ``connection`` how one call is carried out, ``answers`` what an
answer means that is no success, ``fields`` what of a resource is read and sent.
"""

from __future__ import annotations

from mr_client.registry.api import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.registry.connection import Patience
from mr_client.registry.fields import properties_of

__all__ = ["ModelArtifact", "ModelVersion", "Patience", "RegisteredModel", "RegistryAPI", "properties_of"]
