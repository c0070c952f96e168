"""What does the registry say?

The only package that speaks to the generated REST layer. Its dialects end here: an ``Error``
that is a value, an undocumented status that is ``None``, a login page where JSON should be,
fields that are ``Unset``, and httpx's exceptions.

``api`` is the registry, ``reading``, ``writing`` and ``experiments`` the calls we make, ``paging`` how a
list is read, ``connection`` how one call is carried out, ``answers`` what an answer means that is no
success, ``fields`` what of a resource is read and sent, ``tracked`` what is kept of an experiment.
"""

from __future__ import annotations

from mr_client.registry.api import ModelArtifact, ModelVersion, RegisteredModel, RegistryAPI
from mr_client.registry.connection import Patience
from mr_client.registry.fields import properties_of
from mr_client.registry.paging import Page
from mr_client.registry.tracked import Dataset, Experiment, Metric, Parameter, RunRecord, when

__all__ = [
    "Dataset",
    "Experiment",
    "Metric",
    "ModelArtifact",
    "ModelVersion",
    "Page",
    "Parameter",
    "Patience",
    "RegisteredModel",
    "RegistryAPI",
    "RunRecord",
    "properties_of",
    "when",
]
