"""Controls: each function takes a name, a starting value, the controls so far, and then its label and limits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import is_dataclass
from typing import Any

import ipywidgets as W

from stackedu import validation

Control = tuple[Any, ...]
"""One of the functions below, then its label and limits."""
Controls = dict[str, Any]


def labelled(kind: Any, value: Any, label: str, width: str, **options: Any) -> Any:
    """Return a widget beside its label; the width holds both."""
    style, layout = {"description_width": "initial"}, W.Layout(width=width)
    return kind(value=value, description=label, style=style, layout=layout, **options)


def slider(name: str, value: Any, made: Controls, label: str, low: float, high: float, step: float) -> W.FloatSlider:
    value, shown = validation.number(name, value, low=low, high=high), f".{len(str(step)) - 2}f"
    return labelled(W.FloatSlider, value, label, "275px", min=low, max=high, step=step, readout_format=shown)


def powers(name: str, value: Any, made: Controls, label: str, low: int, high: int) -> W.FloatLogSlider:
    """A slider over whole numbers from 10**low to 10**high."""
    value = validation.integer(name, value, low=10**low, high=10**high)
    return labelled(W.FloatLogSlider, value, label, "370px", min=low, max=high, step=0.125, readout_format=",.0f")


class Number(W.Text):  # type: ignore[misc]
    """A line of text that counts as a number if it is one."""


def entry(name: str, value: Any, made: Controls, label: str, width: int) -> Number:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return labelled(Number, shown, label, f"{width}px", continuous_update=False)


RUNS, SEED = (entry, "runs", 110), (entry, "seed", 100)


def choice(name: str, value: Any, made: Controls, label: str, options: dict[str, Any] | Iterable[str]) -> W.Dropdown:
    """A menu of names, or of named things to which the starting value may add one."""
    known = options if isinstance(options, dict) else {option: option for option in options}
    if isinstance(value, str):
        value = known[validation.one_of(name, value, list(known))]
    elif value not in known.values():
        own = getattr(value, "name", "") or (repr(value) if is_dataclass(value) else "your own")
        known = {f"{own} (as given)" if own in known else own: value, **known}
    return labelled(W.Dropdown, value, label, "max-content", options=list(known.items()))


def typed(text: str) -> Any:
    """Return a number if the text is one; otherwise the text, for the library to say what is wrong.

    >>> typed("10 000"), typed("10,000"), typed("1e4"), typed("1,5")
    (10000.0, 10000.0, 10000.0, '1,5')
    """
    grouped = re.fullmatch(r"[1-9]\d{0,2}([,\s]\d{3})+", text.strip())
    try:
        return float(re.sub(r"[,\s]", "", text) if grouped else text)
    except ValueError:
        return text


def read(control: Any) -> Any:
    """Return what a control says."""
    return typed(control.value) if isinstance(control, Number) else control.value
