"""An ONNX file, made without onnx: what it is in protocol buffers (onnx/onnx, ``onnx/onnx.proto``)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Layer:
    """What is densely connected: ``then(x · weights + bias)``."""

    weights: Sequence[Sequence[float]]
    """A row for each input, with a number for each output."""
    bias: Sequence[float]
    """One for each output."""
    then: str
    """An operator of ONNX that takes one input: ``Relu``, ``Sigmoid``, ``Identity``."""


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


def network(*layers: Layer) -> bytes:
    """Return a model of ``dense_input`` FP32 [1, n] and ``dense_3`` FP32 [1, m]: each layer's output is the next one's input."""
    graph, given = _field(2, "dense"), "dense_input"
    for number, layer in enumerate(layers):
        names = [f"{given}_w", f"{given}_b", f"product_{number}", f"sum_{number}"]
        weights, bias, product, total = names
        out = "dense_3" if layer is layers[-1] else f"hidden_{number}"
        graph += _field(1, _node("MatMul", [given, weights], product)) + _field(1, _node("Add", [product, bias], total))
        graph += _field(1, _node(layer.then, [total], out))
        shape = [len(layer.weights), len(layer.bias)]
        graph += _field(5, _tensor(weights, shape, [each for row in layer.weights for each in row]))
        graph += _field(5, _tensor(bias, [len(layer.bias)], layer.bias))
        given = out
    graph += _field(11, _value("dense_input", [1, len(layers[0].weights)]))
    graph += _field(12, _value("dense_3", [1, len(layers[-1].bias)]))
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))


def _node(kind: str, inputs: Sequence[str], output: str) -> bytes:
    """NodeProto: input 1, output 2, op_type 4."""
    return b"".join(_field(1, name) for name in inputs) + _field(2, output) + _field(4, kind)
