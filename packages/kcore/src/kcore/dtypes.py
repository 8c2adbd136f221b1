"""Names of number types, how they combine, and the policy of a layer.

A policy says which type a layer computes in and which one its weights have.

A dtype is its name: "float32", "int64", "bool". Nothing here imports the backend.
"""

from __future__ import annotations

from typing import Any

from kcore.errors import ConfigurationError, DtypeError, nearest, shown

FLOATS = ("float16", "bfloat16", "float32", "float64")
SIGNED = ("int8", "int16", "int32", "int64")
UNSIGNED = ("uint8", "uint16", "uint32", "uint64")
OTHERS = ("bool", "complex64", "complex128", "string")
ALL = FLOATS + SIGNED + UNSIGNED + OTHERS

_PYTHON = {float: "float32", int: "int32", bool: "bool", str: "string"}
_BITS = {name: int("".join(c for c in name if c.isdigit())) for name in FLOATS + SIGNED + UNSIGNED}


def standardize(dtype: Any) -> str:
    """The name of a dtype given as a string, a numpy or backend dtype, or a Python type.

    Args:
        dtype: for example "float32", `numpy.float32`, `numpy.dtype("int8")`, `float`.

    Returns:
        One of the names in `dtypes.ALL`.

    Raises:
        DtypeError: if it names no dtype of this framework.

    Example:
        >>> standardize(float), standardize("uint8")
        ('float32', 'uint8')
    """
    if isinstance(dtype, str) and dtype in ALL:
        return dtype
    if isinstance(dtype, type) and dtype in _PYTHON:
        return _PYTHON[dtype]
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    name = {"str": "string", "object": "string", "half": "float16", "bool_": "bool"}.get(name, name)
    if name.startswith("str"):
        name = "string"
    if name not in ALL:
        raise DtypeError(
            f"Expected a dtype, one of {', '.join(ALL)}; received {shown(dtype)}. "
            f"{nearest(name[:80], ALL)}".strip()
        )
    return name


def is_float(dtype: str) -> bool:
    """Whether the dtype holds real numbers with a fraction."""
    return dtype in FLOATS


def is_integer(dtype: str) -> bool:
    """Whether the dtype holds whole numbers (bool does not count)."""
    return dtype in SIGNED or dtype in UNSIGNED


def combine(*dtypes: str) -> str:
    """The dtype of a result computed from values of the given dtypes.

    A float wins over an integer, an integer over bool; of two floats the wider wins; float16 with
    bfloat16 gives float32; a signed with an unsigned integer gives a signed one that holds both
    where there is one.

    Example:
        >>> combine("int32", "float16"), combine("uint8", "int8"), combine("float16", "bfloat16")
        ('float16', 'int16', 'float32')
    """
    result = dtypes[0]
    for other in dtypes[1:]:
        result = _combine_two(result, other)
    return result


def summed(dtype: str) -> str:
    """The dtype of a sum: small integers are summed as 32-bit ones.

    Example:
        >>> summed("bool"), summed("uint8"), summed("int64")
        ('int32', 'uint32', 'int64')
    """
    if dtype in ("uint8", "uint16"):
        return "uint32"
    return "int32" if dtype in ("bool", "int8", "int16") else dtype


def _combine_two(a: str, b: str) -> str:
    if a == b:
        return a
    if "string" in (a, b):
        raise DtypeError(
            f"Values of dtype {a} and {b} do not combine: a string is no number. Encode the text "
            "first."
        )
    for family in (("complex128", "complex64"), FLOATS):
        if a in family or b in family:
            return _wider_float([d for d in (a, b) if d in family])
    if a == "bool" or b == "bool":
        return b if a == "bool" else a
    if (a in SIGNED) == (b in SIGNED):
        return a if _BITS[a] >= _BITS[b] else b
    signed, unsigned = (a, b) if a in SIGNED else (b, a)
    bits = max(_BITS[signed], min(2 * _BITS[unsigned], 64))
    return f"int{bits}"


def _wider_float(dtypes: list[str]) -> str:
    if len(dtypes) == 2 and set(dtypes) == {"float16", "bfloat16"}:
        return "float32"
    order = (*FLOATS, "complex64", "complex128")
    return max(dtypes, key=order.index)


class DTypePolicy:
    """Which dtype a layer computes in and which its weights have.

    Args:
        name: a float dtype for both ("float32"), or "mixed_float16" / "mixed_bfloat16": compute in
            16 bits, keep weights in float32 (Micikevicius et al., Mixed Precision Training, 2018).

    Raises:
        ConfigurationError: if the name is no policy.

    Example:
        >>> DTypePolicy("mixed_float16").variable_dtype
        'float32'
    """

    def __init__(self, name: str) -> None:
        self.name = name
        if name.startswith("mixed_") and name[6:] in ("float16", "bfloat16"):
            self.compute_dtype, self.variable_dtype = name[6:], "float32"
            return
        if name not in ALL:
            names = (*FLOATS, "mixed_float16", "mixed_bfloat16")
            raise ConfigurationError(
                f"Expected a dtype policy, one of {', '.join(names)}; received {shown(name)}. "
                f"{nearest(name[:80], names)}".strip()
            )
        self.compute_dtype = self.variable_dtype = name

    def get_config(self) -> dict[str, Any]:
        """The arguments that make an equal policy."""
        return {"name": self.name}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> DTypePolicy:
        """A policy with the given configuration."""
        return cls(**config)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DTypePolicy) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)

    def __repr__(self) -> str:
        return f"DTypePolicy({self.name!r})"


def as_policy(value: Any) -> DTypePolicy:
    """A policy from a policy, its name, a dtype, or the dict that a saved model holds."""
    if isinstance(value, DTypePolicy):
        return value
    if isinstance(value, dict):
        config = value.get("config", value)
        if not isinstance(config, dict) or not isinstance(config.get("name"), str):
            raise ConfigurationError(
                "The saved form of a dtype policy is a dict whose 'config' has a 'name'; received "
                f"{shown(value)}."
            )
        value = config["name"]
    if isinstance(value, str) and value.startswith("mixed_"):
        return DTypePolicy(value)
    return DTypePolicy(standardize(value))


FloatDTypePolicy = DTypePolicy
get = as_policy


def serialize(dtype_policy: DTypePolicy) -> dict[str, Any]:
    """The saved form of a policy, as files of Keras hold it.

    Example:
        >>> serialize(DTypePolicy("mixed_float16"))["config"]
        {'name': 'mixed_float16'}
    """
    return {
        "module": "keras",
        "class_name": "DTypePolicy",
        "config": dtype_policy.get_config(),
        "registered_name": None,
    }


def deserialize(config: dict[str, Any], custom_objects: Any = None) -> DTypePolicy:
    """The policy for what `serialize` gave.

    Args:
        config: saved data.
        custom_objects: accepted for compatibility; there is one class of policies.

    Raises:
        ConfigurationError: if the data name no policy.

    Example:
        >>> deserialize(serialize(DTypePolicy("float64"))).compute_dtype
        'float64'
    """
    if config.get("class_name") not in ("DTypePolicy", "FloatDTypePolicy", "Policy"):
        raise ConfigurationError(
            f"A saved dtype policy has the class DTypePolicy; received "
            f"{config.get('class_name')!r}. Quantized models are not supported."
        )
    return as_policy(config)
