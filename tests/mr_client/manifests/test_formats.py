"""KServe's words for formats, and who serves them."""

from __future__ import annotations

import pytest

from manifests_found import found
from mr_client.manifests import Choice, inference_service
from mr_client.manifests.formats import KSERVE, MODEL_MESH, ModelFormat, chosen_runtime, model_format


@pytest.mark.parametrize(
    ("written", "version", "name", "major"),
    [
        ("sklearn", "1.3.2", "sklearn", "1"),
        ("Scikit-Learn", "1", "sklearn", "1"),
        ("scikit_learn", "0.24", "sklearn", "0"),
        ("sklearn", None, "sklearn", None),
        ("sklearn", "7", "sklearn", None),
        ("onnx", "v1", "onnx", "1"),
        ("vllm", None, "vLLM", None),
        ("XGBoost", "2.0.3", "xgboost", "2"),
        ("saved_model", "2", "tensorflow", "2"),
        ("OpenVINO-IR", None, "openvino", None),
        ("PyTorch", "2.1", "pytorch", None),
        ("pt", "1.13", "pytorch", "1"),
        ("ONNX", "1.16", "onnx", "1"),
        ("LGB", "v4.1", "lightgbm", "4"),
        ("my-own", "7.1", "my-own", "7.1"),
    ],
)
def test_a_format_is_written_as_kserve_compares_it(
    written: str, version: str | None, name: str, major: str | None
) -> None:
    assert model_format(written, version) == ModelFormat(name, major)


def test_modelmesh_has_words_of_its_own() -> None:
    assert model_format("OpenVINO IR", "opset1", MODEL_MESH) == ModelFormat("openvino_ir", "opset1")
    assert model_format("OpenVINO", None, MODEL_MESH) == ModelFormat("openvino_ir")
    assert model_format("keras", "2.9", MODEL_MESH) == ModelFormat("keras", "2")
    assert model_format("MAR", None, MODEL_MESH) == ModelFormat("pytorch-mar")
    assert model_format("MAR", None) == ModelFormat("pytorch")


@pytest.mark.parametrize(
    ("name", "version", "protocol", "runtime"),
    [
        ("sklearn", "1", "v1", "kserve-sklearnserver"),
        ("sklearn", "1", "v2", "kserve-mlserver"),
        ("sklearn", "0", None, "kserve-mlserver"),
        ("xgboost", None, "v2", "kserve-mlserver"),
        ("onnx", None, None, "kserve-tritonserver"),
        ("onnx", None, "grpc-v2", "kserve-tritonserver"),
        ("onnx", None, "v1", None),
        ("tensorflow", None, "v1", "kserve-tensorflow-serving"),
        ("tensorflow", None, "v2", "kserve-tritonserver"),
        ("vLLM", None, "grpc-v2", "kserve-vllmserver"),
        ("mlflow", None, "v1", None),
        ("exotic", None, None, None),
    ],
)
def test_a_runtime_is_chosen_by_format_version_and_protocol_as_kserve_would(
    name: str, version: str | None, protocol: str | None, runtime: str | None
) -> None:
    chosen = chosen_runtime(ModelFormat(name, version), protocol=protocol)

    assert (chosen.name if chosen else None) == runtime


@pytest.mark.parametrize(
    ("name", "said", "runtime", "protocol"),
    [
        ("sklearn", "auto", "kserve-sklearnserver", None),  # KServe asks for v1 where nothing is said
        ("tensorflow", "auto", "kserve-tensorflow-serving", None),
        ("onnx", "auto", "kserve-tritonserver", "v2"),
        ("sklearn", "kserve-mlserver", "kserve-mlserver", "v2"),  # a name alone would be asked for v1, and refused
        ("sklearn", "kserve-sklearnserver", "kserve-sklearnserver", None),
        ("sklearn", "our-own", "our-own", None),
    ],
)
def test_a_runtime_is_named_with_the_protocol_that_it_needs(
    name: str, said: str, runtime: str, protocol: str | None
) -> None:
    model = inference_service(found(model_format=name, model_format_version=""), Choice(runtime=said)).manifest
    model = model["spec"]["predictor"]["model"]

    assert (model["runtime"], model.get("protocolVersion")) == (runtime, protocol)


@pytest.mark.parametrize("runtime", [None, "auto"])
def test_a_runtime_that_kserve_does_not_install_is_said(runtime: str | None) -> None:
    rendered = inference_service(found(model_format="openvino", model_format_version=""), Choice(runtime=runtime))

    assert "not installed with it" in rendered.warnings[0]


@pytest.mark.parametrize("runtimes", [KSERVE, MODEL_MESH])
def test_every_format_of_the_table_is_found_by_its_own_name(runtimes: tuple[object, ...]) -> None:
    for runtime in KSERVE if runtimes is KSERVE else MODEL_MESH:
        for name, versions in runtime.formats.items():
            table = KSERVE if runtimes is KSERVE else MODEL_MESH
            assert model_format(name, versions[0], table) == ModelFormat(name, versions[0])


@pytest.mark.parametrize(
    ("name", "protocol"), [("mlflow", "v2"), ("tensorrt", "v2"), ("sklearn", None), ("onnx", "v2")]
)
def test_the_protocol_is_written_where_kserve_s_default_would_find_no_runtime(name: str, protocol: str | None) -> None:
    model = inference_service(found(model_format=name, model_format_version=""), Choice()).manifest
    assert model["spec"]["predictor"]["model"].get("protocolVersion") == protocol
