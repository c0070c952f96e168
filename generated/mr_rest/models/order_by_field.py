# Generated from openapi/model-registry.yaml. Do not edit: change openapi/ and run scripts/generate.
from typing import Literal

OrderByField = Literal["CREATE_TIME", "ID", "LAST_UPDATE_TIME"]

ORDER_BY_FIELD_VALUES: set[OrderByField] = {
    "CREATE_TIME",
    "ID",
    "LAST_UPDATE_TIME",
}


def check_order_by_field(value: str) -> OrderByField:
    if value in ORDER_BY_FIELD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ORDER_BY_FIELD_VALUES!r}")
