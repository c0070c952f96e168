"""A server of many models, scikit-learn's and ONNX files, that speaks V2: load, unload, ready, infer.

python server.py --model_dir /mnt/models --http_port 8080
"""

from __future__ import annotations

import argparse
import uuid
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import onnxruntime
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelRepository, ModelServer, model_server
from kserve.errors import InvalidInput


class SklearnModel(Model):
    """One scikit-learn estimator in a ``.joblib`` or ``.pkl`` file; loading it runs code that is in the file."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name)
        self._estimator = joblib.load(file)
        self.ready = True

    def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> InferResponse:
        """Answer one input, a row for each sample."""
        given = list(arrays(payload).values())
        if len(given) != 1:
            raise InvalidInput(f"the model {self.name} takes one input, not {len(given)}")
        try:
            predicted = self._estimator.predict(given[0])
        except ValueError as error:  # rows that it does not take
            raise InvalidInput(str(error)) from error
        return answer(self.name, payload, {"predict": np.asarray(predicted)})


class OnnxModel(Model):
    """One ``.onnx`` file."""

    def __init__(self, name: str, file: Path) -> None:
        super().__init__(name)
        self._session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
        self.ready = True

    def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> InferResponse:
        """Answer inputs that are called as in the file."""
        given = arrays(payload)
        wanted = {each.name for each in self._session.get_inputs()}
        if given.keys() != wanted:
            raise InvalidInput(f"the model {self.name} takes the inputs {sorted(wanted)}, not {sorted(given)}")
        names = [each.name for each in self._session.get_outputs()]
        return answer(self.name, payload, dict(zip(names, self._session.run(names, given), strict=True)))


KINDS = {".joblib": SklearnModel, ".pkl": SklearnModel, ".onnx": OnnxModel}


class FolderRepository(ModelRepository):
    """A folder for each model, with one file of a kind that is known."""

    def load(self, name: str) -> bool:
        """Load what is in a model's folder; only when that is done it takes the place of what was loaded."""
        folder = Path(self.models_dir) / name
        files = sorted(path for path in folder.rglob("*") if path.suffix in KINDS)
        if len(files) != 1:
            raise ValueError(f"{folder} holds {len(files)} files of {', '.join(KINDS)}, not one")
        self.update(KINDS[files[0].suffix](name, files[0]))
        return True


def arrays(request: Any) -> dict[str, Any]:
    """Return the inputs of a V2 request by name."""
    if not isinstance(request, InferRequest):
        raise InvalidInput("ask by V2: POST /v2/models/NAME/infer")
    return {each.name: each.as_numpy() for each in request.inputs}


def answer(name: str, request: InferRequest, outputs: dict[str, Any]) -> InferResponse:
    """Make a V2 answer of arrays."""
    told = []
    for label, values in outputs.items():
        values = values.astype(object) if values.dtype.kind == "U" else values  # classes may have names
        output = InferOutput(label, list(values.shape), datatype(values.dtype))
        output.set_data_from_numpy(values, binary_data=False)
        told.append(output)
    return InferResponse(request.id or str(uuid.uuid4()), name, told)


def datatype(dtype: Any) -> str:
    """Return what V2 calls a type of numpy's."""
    kind = {"i": "INT", "u": "UINT", "f": "FP", "b": "BOOL"}.get(dtype.kind)
    return "BYTES" if kind is None else kind if kind == "BOOL" else f"{kind}{dtype.itemsize * 8}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(parents=[model_server.parser])
    parser.add_argument("--model_dir", default="/mnt/models", help="Folder with a folder for each model.")
    options, _ = parser.parse_known_args()
    ModelServer(registered_models=FolderRepository(options.model_dir)).start([])
