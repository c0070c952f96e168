"""An ONNX file, made without onnx: what it is in protocol buffers (onnx/onnx, ``onnx/onnx.proto``)."""

from __future__ import annotations

import struct
from collections.abc import Sequence


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _tensor(name: str, shape: Sequence[int], values: Sequence[float]) -> bytes:
    """TensorProto: dims 1, data_type 2 (FLOAT is 1), name 8, raw_data 9."""
    raw = struct.pack(f"<{len(values)}f", *values)
    return b"".join(_field(1, size) for size in shape) + _field(2, 1) + _field(8, name) + _field(9, raw)


def _value(name: str, shape: Sequence[int]) -> bytes:
    """ValueInfoProto: name 1, type 2 → tensor_type 1 → elem_type 1, shape 2 → dim 1 → dim_value 1."""
    dims = b"".join(_field(1, _field(1, size)) for size in shape)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, dims)))


def linear_model(weights: Sequence[float], bias: float) -> bytes:
    """Return a model of ``dense_input`` FP32 [1, n] whose ``dense_3`` FP32 [1, 1] is ``dense_input · weights + bias``."""

    def node(kind: str, inputs: Sequence[str], output: str) -> bytes:
        return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)

    count = len(weights)
    graph = b"".join(
        [
            _field(1, node("MatMul", ["dense_input", "w"], "product")),
            _field(1, node("Add", ["product", "b"], "dense_3")),
            _field(2, "linear"),
            _field(5, _tensor("w", [count, 1], weights)),
            _field(5, _tensor("b", [1], [bias])),
            _field(11, _value("dense_input", [1, count])),
            _field(12, _value("dense_3", [1, 1])),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))
