"""The frame of every explorer: controls, what a plain function makes of their values, and its picture."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import Any

import ipywidgets as W

from stackedu import plots
from stackedu.widgets.controls import Control, Controls, read

GATHER = 0.04
"""Seconds without a further change before the browser's changes are answered."""
PATIENCE = 0.4
"""Seconds before a run shows its progress and can be cancelled."""
WIDTH = 8.8
"""Inches of a picture: what a cell has room for on a small laptop, so that text is not shrunk."""

# JupyterLab takes arrows and letters for its own: "b" in a menu would add a cell. And ipywidgets 8 gives the handle of
# a slider no accessible name. Both are mended whenever a control is drawn; a page that is being closed has no root.
DRESS = """<style onload="
const root = this.closest('.stackedu'), mend = () => {
    root.querySelectorAll('input, select, textarea, button, [role=slider]').forEach(
        control => control.dataset.lmSuppressShortcuts = 'true');
    root.querySelectorAll('.widget-slider').forEach(slider => {
        slider.querySelector('.widget-readout').setAttribute('role', 'textbox');
        slider.querySelectorAll('.noUi-handle, .widget-readout').forEach(
            part => part.setAttribute('aria-label', slider.querySelector('label').textContent));
    });
};
if (root) {
    mend(); new MutationObserver(mend).observe(root, {childList: true, subtree: true});
}">
.stackedu .widget-html-content {line-height: 1.45}
.stackedu p {margin: 0.2em 0}
.stackedu table {border-collapse: collapse; margin: 0.2em 0}
.stackedu caption {text-align: left; font-weight: bold; color: inherit; white-space: nowrap}
.stackedu th, .stackedu td {padding: 0.1em 0.8em 0.1em 0; text-align: left; border-bottom: 1px solid}
.stackedu .tables {display: flex; flex-flow: row wrap; gap: 0 1.5em; align-items: flex-start}
.stackedu [role=alert] {background: #fff1eb; color: #8a2c0a; padding: 0.1em 0.5em; border-radius: 4px}
.stackedu.stackedu :focus-visible {outline: 2px solid var(--jp-brand-color1, #1976d2) !important; outline-offset: 1px}
</style>"""


Draw = Callable[[Sequence[Any]], tuple[str, str]]


class Stopped(InterruptedError):
    """A run that nobody waits for any more."""


def never(share: float) -> None:
    """Tell nobody how much is done; whoever raises `Stopped` here ends the run."""


def part(tick: Callable[[float], None], start: float, size: float) -> Callable[[float], None]:
    """Return a ``tick`` for a part of the work."""
    return lambda share: tick(start + share * size)


def dressed(widget: W.VBox, *children: Any) -> None:
    """Fill a box whose looks and names for assistive technology are ours."""
    widget.add_class("stackedu")
    widget.children = [W.HTML(DRESS, layout=W.Layout(display="none")), *children]


def flow(children: Iterable[Any]) -> W.Box:
    """Return a row that continues in the next line."""
    return W.Box(list(children), layout=W.Layout(display="flex", flex_flow="row wrap", grid_gap="0 14px"))


class Explorer(W.VBox):  # type: ignore[misc]
    """Named controls, and what ``compute`` makes of their values, in words and as a picture.

    ``compute(**values, tick=...)`` calls ``tick(share)`` now and then, which may stop it, and returns a function that
    draws on axes and returns (headline, details) as HTML; or it raises the library's error. A change made in Python
    is answered at once; changes from the browser are gathered, and the last one wins.

    Attributes
    ----------
    controls : dict
        The widgets whose values matter.
    text, picture, details : HTML
        The answer.
    """

    def __init__(
        self, controls: dict[str, Any], compute: Callable[..., Draw], height: float, widths: Sequence[float], top: float
    ) -> None:
        super().__init__()
        self.controls, self._compute = controls, compute
        self._axes = panels(height, widths, top)
        self.text, self.picture, self.details, self.problem = (W.HTML() for _ in range(4))
        self.problems = {name: W.HTML() for name in controls}
        self.progress = W.FloatProgress(min=0, max=1, description="working", bar_style="info")
        self.cancel = W.Button(description="cancel", tooltip="stop the run and keep the previous result")
        self.cancel.on_click(lambda _: self._abandon("Cancelled: the result below is the one of before."))
        self._busy = W.HBox([self.progress, self.cancel], layout=W.Layout(display="none"))
        self._task: asyncio.Task | None = None
        pairs = [W.HBox([control, self.problems[name]]) for name, control in controls.items()]
        dressed(self, flow(pairs), self._busy, self.problem, self.text, self.picture, self.details)
        for name, control in controls.items():
            control.observe(functools.partial(self._changed, name), "value")
        self._deliver(self._compute(**self.values()))  # a wrong initial value is the caller's error

    def __repr__(self) -> str:
        return "Sliders and fields appear here when this cell is run."  # what a stored lesson shows before

    def values(self) -> dict[str, Any]:
        """Return what the controls say."""
        return {name: read(control) for name, control in self.controls.items()}

    def _changed(self, name: str, change: Any) -> None:
        self._abandon()
        # ipywidgets holds this lock on a control while it takes in a value from the browser
        if any(getattr(control, "_property_lock", None) for control in self.controls.values()):
            with contextlib.suppress(RuntimeError):  # a kernel without a loop answers at once
                self._task = asyncio.get_running_loop().create_task(self._respond(name))
                return
        try:
            self._deliver(self._compute(**self.values()))
        except (ValueError, TypeError) as error:
            self._complain(name, error)

    async def _respond(self, name: str) -> None:
        """Compute beside the loop, so that the next change, or cancel, is heard; either cancels this task."""
        share, unwanted = 0.0, threading.Event()

        def tick(done: float) -> None:
            nonlocal share
            share = done
            if unwanted.is_set():
                raise Stopped

        await asyncio.sleep(GATHER)
        work = _beside(functools.partial(self._compute, **self.values(), tick=tick))
        try:
            while not (await asyncio.wait([work], timeout=PATIENCE))[0]:
                self.progress.value, self._busy.layout.display = share, "flex"
            self._deliver(work.result())
        except Exception as error:  # whatever it is, it is to be seen: there is no traceback in a widget
            self._complain(name, error)
        finally:
            unwanted.set()

    def _abandon(self, notice: str = "") -> None:
        if self._task is not None:
            self._task.cancel()
        self._busy.layout.display = "none"
        self.problem.value = notice and alert(notice)

    def _deliver(self, draw: Draw) -> None:
        self._clear()
        self.text.value, self.details.value = draw([plots.recycle(ax) for ax in self._axes])
        self.picture.value = plots.img(self._axes[0].figure)

    def _complain(self, name: str, error: Exception) -> None:
        self._clear()
        sentence = str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"
        first = re.split(r"\W", sentence, maxsplit=1)[0]
        named = first if first in self.controls else name
        if (role := re.match(r"\w+ of (leader|follower)s\.", sentence)) and f"{role[1]}_parameters" in self.controls:
            named = f"{role[1]}_parameters"
        self.problems[named].value = alert(in_labels(sentence, self.controls))

    def _clear(self) -> None:
        self._busy.layout.display = "none"
        for line in (self.problem, *self.problems.values()):
            line.value = ""


def _beside(function: Callable) -> asyncio.Future:
    """Call a function in a thread that does not keep the process alive."""
    future: concurrent.futures.Future = concurrent.futures.Future()

    def run() -> None:
        try:
            future.set_result(function())
        except BaseException as error:
            future.set_exception(error)

    result = asyncio.wrap_future(future)
    result.add_done_callback(lambda done: done.cancelled() or done.exception())  # a stopped run is no news
    try:
        threading.Thread(target=run, daemon=True).start()
    except RuntimeError:  # Python in a browser has no threads: then beside is here
        run()
    return result


def explorer(
    height: float, widths: Sequence[float] = (1,), *, top: float = 0.7, **controls: Control
) -> Callable[[Callable[..., Draw]], Callable[..., Explorer]]:
    """Make a function of its controls' values, and of ``tick``, an explorer that starts with the values it is given.

    ``height`` of the picture and ``top``, the room for titles and legends, are in inches.
    """

    def decorate(compute: Callable[..., Draw]) -> Callable[..., Explorer]:
        signature = inspect.signature(compute)
        settings = [each for each in signature.parameters.values() if each.name in controls]
        shown = signature.replace(parameters=settings, return_annotation="Explorer")

        @functools.wraps(compute)
        def make(*args: Any, **options: Any) -> Explorer:
            start = shown.bind(*args, **options)
            start.apply_defaults()
            made: Controls = {}
            for name, (kind, *limits) in controls.items():
                made[name] = kind(name, start.arguments[name], made, *limits)
            return Explorer(made, compute, height, widths, top)

        make.__signature__ = shown  # type: ignore[attr-defined]
        return make

    return decorate


# ---------------------------------------------------------------- words and picture


def alert(sentence: str) -> str:
    return f'<span role="alert">⚠ {escape(sentence)}</span>'


def in_labels(sentence: str, controls: dict[str, Any]) -> str:
    """Return the library's sentence about an argument in the words of who fills in a field.

    >>> in_labels("horizon must be a whole number, got '' of type str", {"horizon": W.Text(description="T (rounds)")})
    "T (rounds) must be a whole number, got ''"
    """
    labels = {name: control.description for name, control in controls.items()}
    sentence = re.sub(r"(\.0| of type str)$", "", sentence)  # how Python has it
    return re.sub(r"^\w+|(?<= of )\w+", lambda word: labels.get(word[0], word[0]), sentence)


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return an HTML table; the first cell of a row is its heading."""
    lines = ["".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)]
    for first, *cells in rows:
        shown = [escape(f"{cell:.3g}" if isinstance(cell, float) else str(cell)) for cell in cells]
        lines.append(f'<th scope="row">{escape(str(first))}</th>' + "".join(f"<td>{cell}</td>" for cell in shown))
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{escape(caption)}</caption>{body}</table>"


def tables(*parts: str) -> str:
    """Return tables side by side, if there is room."""
    return f'<div class="tables">{"".join(parts)}</div>'


@plots.styled
def panels(height: float, widths: Sequence[float], top: float) -> list[Any]:
    """Return axes side by side on a figure of their own, to be drawn on again and again."""
    from matplotlib.figure import Figure
    from matplotlib.transforms import blended_transform_factory

    figure = Figure((WIDTH, height), dpi=72)
    place = {"left": 0.75 / WIDTH, "right": 0.975, "bottom": 0.5 / height, "top": 1 - top / height, "wspace": 0.36}
    axes = list(figure.subplots(1, len(widths), squeeze=False, width_ratios=widths, gridspec_kw=place)[0])
    for ax in axes:  # what has to do with ticks is half of the time of a drawing
        width = WIDTH * ax.get_position().width
        ax.locator_params(nbins=5 if width > 2 else 3)
        ax.xaxis.set_label_coords(0.5, 0.21, blended_transform_factory(ax.transAxes, figure.dpi_scale_trans))
        ax.yaxis.set_label_coords(-0.54 / width, 0.5)
    return axes
