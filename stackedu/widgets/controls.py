"""Controls: each maker takes a label and limits, and returns a function of name, starting value and controls so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import is_dataclass
from typing import Any

import ipywidgets as W

from stackedu import validation

Control = Callable[[str, Any, dict[str, Any]], Any]
WIDE = {"description_width": "initial"}


def slider(label: str, low: float, high: float, step: float) -> Control:
    def make(name: str, value: Any, controls: dict[str, Any]) -> W.FloatSlider:
        value = validation.number(name, value, low=low, high=high)
        options: dict[str, Any] = {"min": low, "max": high, "step": step, "readout_format": f".{len(str(step)) - 2}f"}
        return W.FloatSlider(value, description=label, style=WIDE, layout=W.Layout(width="275px"), **options)

    return make


def powers(label: str, low: int, high: int) -> Control:
    """A slider over whole numbers from 10**low to 10**high."""

    def make(name: str, value: Any, controls: dict[str, Any]) -> W.FloatLogSlider:
        value = validation.integer(name, value, low=10**low, high=10**high)
        options: dict[str, Any] = {"min": low, "max": high, "step": 0.125, "readout_format": ",.0f"}
        return W.FloatLogSlider(value, description=label, style=WIDE, layout=W.Layout(width="370px"), **options)

    return make


def entry(label: str, width: int) -> Control:
    def make(name: str, value: Any, controls: dict[str, Any]) -> W.Text:
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        return W.Text(
            shown, description=label, continuous_update=False, style=WIDE, layout=W.Layout(width=f"{width}px")
        )

    return make


RUNS, SEED = entry("runs", 110), entry("seed", 100)


def choice(label: str, options: dict[str, Any] | Iterable[str]) -> Control:
    """A menu of names, or of named things to which the starting value may add one."""
    named = options if isinstance(options, dict) else {option: option for option in options}

    def make(name: str, value: Any, controls: dict[str, Any]) -> W.Dropdown:
        known = named
        if isinstance(value, str):
            value = known[validation.one_of(name, value, list(known))]
        elif value not in known.values():
            own = repr(value) if is_dataclass(value) else "your own"
            known = {getattr(value, "name", "") or own: value, **known}
        layout = W.Layout(width="max-content")
        return W.Dropdown(options=list(known.items()), value=value, description=label, style=WIDE, layout=layout)

    return make


def typed(text: Any) -> Any:
    """Return a number if the text is one; otherwise the text, for the library to say what is wrong."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return text
