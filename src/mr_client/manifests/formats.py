"""Which of KServe's runtimes serves a format, and how does KServe write its name?

The registry takes any text for a format. KServe compares names letter for letter, and versions as texts: ``1.3.2`` is
not ``1``. So a name is written as KServe's runtimes have it, and a version by its major number, where a runtime lists it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mr_client.errors import UsageError

__all__ = ["KSERVE", "MODEL_MESH", "ModelFormat", "Runtime", "chosen_runtime", "model_format", "parsed_format"]


@dataclass(frozen=True, slots=True)
class ModelFormat:
    """A format as KServe compares it."""

    name: str
    version: str | None = None
    """None where any will do."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """A server that comes with KServe or ModelMesh."""

    name: str
    formats: Mapping[str, tuple[str, ...]]
    """The versions of each format that it lists."""
    protocols: tuple[str, ...]
    apart: bool = False
    """Whether it comes with KServe, but is not installed with it."""


_OF_KSERVE = ("v1", "v2")
_ALL = ("v1", "v2", "grpc-v1", "grpc-v2")

KSERVE = (
    Runtime(
        "kserve-mlserver",
        {"sklearn": ("0", "1"), "xgboost": ("1", "2"), "lightgbm": ("3", "4"), "mlflow": ("1", "2")},
        ("v2",),
    ),
    Runtime("kserve-sklearnserver", {"sklearn": ("1",)}, _OF_KSERVE),
    Runtime("kserve-xgbserver", {"xgboost": ("2",)}, _OF_KSERVE),
    Runtime("kserve-lgbserver", {"lightgbm": ("4",)}, _OF_KSERVE),
    Runtime("kserve-pmmlserver", {"pmml": ("3", "4")}, _OF_KSERVE),
    Runtime("kserve-paddleserver", {"paddle": ("2",)}, _OF_KSERVE),
    Runtime("kserve-huggingfaceserver", {"huggingface": ("1",)}, _OF_KSERVE),
    Runtime("kserve-tensorflow-serving", {"tensorflow": ("1", "2")}, ("v1", "grpc-v1")),
    Runtime(
        "kserve-tritonserver",
        {"tensorrt": ("8",), "tensorflow": ("1", "2"), "onnx": ("1",), "triton": ("2",)},
        ("v2", "grpc-v2"),
    ),
    Runtime("kserve-torchserve", {"pytorch": ("1",)}, ("v1", "v2", "grpc-v2")),
    Runtime("kserve-autogluonserver", {"autogluon": ("1",)}, _OF_KSERVE),
    Runtime("kserve-vllmserver", {"vLLM": ("1",)}, _ALL),
    Runtime("kserve-openvino", {"openvino": ("10",)}, ("v1", "v2", "grpc-v2"), apart=True),
)
"""``config/runtimes`` of KServe 0.20, those that it chooses by itself; of two for a format, the one that it prefers first:
its ``priority`` is the higher number. The runtime of vLLM lists no protocol, so it takes all. That of OpenVINO is in neither
KServe's kustomization nor its charts; it lists ONNX and TensorFlow, too, for which nobody can count on it.
"""

MODEL_MESH = (
    Runtime("mlserver-1.x", {"sklearn": ("0",), "xgboost": ("1",), "lightgbm": ("3",)}, ("grpc-v2",)),
    Runtime(
        "triton-2.x",
        {"keras": ("2",), "onnx": ("1",), "pytorch": ("1",), "tensorflow": ("1", "2"), "tensorrt": ("7",)},
        ("grpc-v2",),
    ),
    Runtime("ovms-1.x", {"openvino_ir": ("opset1",)}, ("grpc-v1",)),
    Runtime("torchserve-0.x", {"pytorch-mar": ("0",)}, ("grpc-v2",)),
)
"""``config/runtimes`` of ModelMesh, what it chooses by itself."""

_SPELLINGS = {
    "scikitlearn": ("sklearn",),
    "xgb": ("xgboost",),
    "lgb": ("lightgbm",),
    "lgbm": ("lightgbm",),
    "torch": ("pytorch",),
    "pt": ("pytorch",),
    "pth": ("pytorch",),
    "torchscript": ("pytorch",),
    "mar": ("pytorch-mar", "pytorch"),
    "torchmar": ("pytorch-mar", "pytorch"),
    "pytorchmar": ("pytorch",),
    "tf": ("tensorflow",),
    "savedmodel": ("tensorflow",),
    "tensorflowsavedmodel": ("tensorflow",),
    "trt": ("tensorrt",),
    "hf": ("huggingface",),
    "transformers": ("huggingface",),
    "paddlepaddle": ("paddle",),
    "openvino": ("openvino_ir",),
    "openvinoir": ("openvino",),
}
"""What people write, without case and signs, and the words for it, of which KServe has one and ModelMesh perhaps another."""


def model_format(name: str, version: str | None = None, runtimes: tuple[Runtime, ...] = KSERVE) -> ModelFormat:
    """Return a format as the runtimes compare it; one that none of them knows stays as it is written.

    Args:
        name: what the registry or a person calls it, such as ``scikit-learn``.
        version: of the format, such as ``1.3.2``; None where nobody says.
        runtimes: those of KServe, or of ModelMesh.
    """
    known = {_bare(each): each for runtime in runtimes for each in runtime.formats}
    bare = _bare(name)
    found = known.get(bare) or next((each for each in _SPELLINGS.get(bare, ()) if each in known.values()), None)
    if found is None:
        return ModelFormat(name, version)
    listed = {each for runtime in runtimes for each in runtime.formats.get(found, ())}
    major = (version or "").lstrip("vV").partition(".")[0]
    return ModelFormat(found, version if version in listed else major if major in listed else None)


def chosen_runtime(
    wanted: ModelFormat, runtimes: tuple[Runtime, ...] = KSERVE, *, protocol: str | None = None
) -> Runtime | None:
    """Return the runtime that is preferred for a format in a protocol, None where none serves it.

    Args:
        wanted: the format.
        runtimes: those of KServe, or of ModelMesh.
        protocol: None where any will do; KServe asks for ``v1`` where nothing is said.
    """
    for runtime in runtimes:
        versions = runtime.formats.get(wanted.name)
        if (
            versions is not None
            and (wanted.version is None or wanted.version in versions)
            and (protocol is None or protocol in runtime.protocols)
        ):
            return runtime
    return None


def parsed_format(text: str) -> tuple[str, str | None]:
    """Return the name and the version of ``NAME[:VERSION]``.

    Raises:
        UsageError: it has no name.
    """
    name, _, version = text.partition(":")
    if not name.strip():
        raise UsageError(f"{text!r} names no model format: write NAME or NAME:VERSION, such as sklearn:1.")
    return name.strip(), version.strip() or None


def _bare(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())
