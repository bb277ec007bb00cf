"""Checks of arguments: every error names the argument, the value and what would be right."""

from __future__ import annotations

import inspect
import math
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

LARGEST_HORIZON = 2**53
"""Rounds are exact in float64 up to here."""


def number(name: str, value: Any, *, low: float = -math.inf, high: float = math.inf, above: bool = False) -> float:
    """Return ``value`` as a float in [low, high] (above ``low`` if ``above``); otherwise say what is wrong.

    Raises
    ------
    TypeError
        If ``value`` is not a real number.
    ValueError
        If it is NaN or out of range.

    Examples
    --------
    >>> number("gamma", 0.1, low=0)
    0.1
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a number, got {value!r} of type {type(value).__name__}")
    result = float(value)
    if math.isnan(result) or result < low or result > high or (above and result == low):
        raise ValueError(f"{name} must be {_interval(low, high, above)}, got {value!r}")
    return result


def _interval(low: float, high: float, above: bool) -> str:
    lower = f"greater than {low:g}" if above else f"at least {low:g}"
    if high == math.inf:
        return "a number" if low == -math.inf else lower
    return f"{lower} and at most {high:g}"


def integer(name: str, value: Any, *, low: int = 0, high: int | None = None) -> int:
    """Return ``value`` as an int in [low, high]; whole floats such as ``1e6`` are accepted.

    Raises
    ------
    TypeError
        If ``value`` is not a real number.
    ValueError
        If it is fractional or out of range.

    Examples
    --------
    >>> integer("horizon", 1e6, low=1)
    1000000
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} must be a whole number, got {value!r} of type {type(value).__name__}")
    if not isinstance(value, numbers.Integral) and (not math.isfinite(value) or value != math.floor(value)):
        raise ValueError(f"{name} must be a whole number, got {value!r}")
    result = int(math.floor(value))  # noqa: RUF046 (a Real has no int() for mypy)
    if result < low or (high is not None and result > high):
        limits = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ValueError(f"{name} must be {limits}, got {value!r}")
    return result


def horizon(value: Any, name: str = "horizon") -> int:
    """Return a number of rounds, from 1 to 2**53.

    Examples
    --------
    >>> horizon(1e12)
    1000000000000
    """
    return integer(name, value, low=1, high=LARGEST_HORIZON)


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """Return ``value`` if it is one of ``choices``.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> one_of("ties", "leader", ["leader", "adverse"])
    'leader'
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def takes(name: str, function: Any, arguments: Iterable[str]) -> None:
    """Check that a function can be called with arguments of these names, by their order.

    Raises
    ------
    TypeError
        If it is no function, or one of other arguments.

    Examples
    --------
    >>> takes("observe", lambda action, reward: None, ("action", "reward"))
    """
    names = tuple(arguments)
    wanted = f"({', '.join(names)})"
    if not callable(function):
        raise TypeError(f"{name} must be a function of {wanted}, got {function!r}")
    try:
        own = inspect.signature(function)
    except (TypeError, ValueError):  # some of Python's own functions do not tell
        return
    try:
        own.bind(*names)
    except TypeError:
        raise TypeError(f"{name} must take {wanted}, but it takes {own}") from None


def unit_table(name: str, values: Any) -> np.ndarray:
    """Return a read-only float64 copy of a 2-D table with entries in [0, 1].

    Raises
    ------
    TypeError
        If an entry is not a number.
    ValueError
        If the table is ragged, empty, not 2-D, or has an entry that is NaN or outside [0, 1].

    Examples
    --------
    >>> unit_table("leader", [[0, 1]]).shape
    (1, 2)
    """
    try:
        table = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} must be a table whose rows have equal length, got {values!r}") from None
    if np.ma.is_masked(values):
        raise ValueError(f"{name} must have no masked entries, got {values!r}")
    if table.dtype.kind not in "iuf":
        raise TypeError(f"{name} must be a table of numbers, got entries of type {table.dtype}")
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"{name} must be a 2-D table with at least one row and one column, got shape {table.shape}")
    table = np.array(table, dtype=np.float64, order="C")
    bad = np.argwhere(~((table >= 0) & (table <= 1)))
    if len(bad):
        row, column = map(int, bad[0])
        raise ValueError(f"{name}[{row}, {column}] must be a number in [0, 1], got {float(table[row, column])!r}")
    table.flags.writeable = False
    return table
