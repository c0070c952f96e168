# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

ParameterType = Literal["boolean", "number", "object", "string"]

PARAMETER_TYPE_VALUES: set[ParameterType] = {
    "boolean",
    "number",
    "object",
    "string",
}


def check_parameter_type(value: str) -> ParameterType:
    if value in PARAMETER_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {PARAMETER_TYPE_VALUES!r}")
