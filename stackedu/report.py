"""The report: every theorem and proposition beside what simulations show, as a table, figures and their numbers."""

from __future__ import annotations

import base64
import csv
import math
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from stackedu import plots
from stackedu.claims import Experiment, experiments
from stackedu.regret import Rate, fit_rate
from stackedu.sweeps import sweep

TOLERANCE = 0.03
"""Exponents this close count as equal: terms of lower order bend a curve by as much at any horizon one can afford."""
MEASURED = ["leader_regret", "leader_error", "follower_regret", "follower_error", "worst"]
COLUMNS = ["axis", "value", "horizon", "game", *MEASURED, "plotted", "floor"]


# ---------------------------------------------------------------- measuring


@dataclass(frozen=True)
class Finding:
    """What an experiment showed."""

    experiment: Experiment
    sample: np.ndarray
    """Worst regret, shape (n_runs, number of values), divided as the experiment says; so are the floors."""
    floors: np.ndarray | None
    rate: Rate | None
    rows: list[list[Any]]
    """Of the CSV file, with `COLUMNS`."""
    seconds: float

    @property
    def verdict(self) -> str:
        """What the interval and the floor say, in words."""
        words = verdict(self.experiment, self.rate)
        if self.floors is None:
            return words
        ratio = self.means / self.floors
        if (self.means + 4 * self.errors < self.floors).any():
            return f"{words}; BELOW THE FLOOR ({ratio.min():.2f} times): either the floor or the simulation is wrong"
        least, most = f"{ratio.min():.2g}", f"{ratio.max():.2g}"
        return f"{words}; {least if least == most else f'{least} to {most}'} times the floor"

    @property
    def means(self) -> np.ndarray:
        """Of the sample; `errors` are their standard errors."""
        return self.sample.mean(axis=0)

    @property
    def errors(self) -> np.ndarray:
        return self.sample.std(axis=0, ddof=1) / math.sqrt(len(self.sample))


def verdict(experiment: Experiment, rate: Rate | None) -> str:
    """Compare the interval of the exponent with the proven one."""
    if rate is None:
        return "nothing to fit: no clearly positive regret at some point"
    steeper, flatter = rate.low > experiment.power + TOLERANCE, rate.high < experiment.power - TOLERANCE
    not_reached = f"not reached at these {'horizons' if experiment.axis == 'T' else 'sizes'}"
    if steeper and experiment.bound == "at most":
        return f"{not_reached}: steeper than proven for large ones"
    if flatter and experiment.bound == "at least":
        return f"{not_reached}: flatter than proven"
    return "consistent with the bound" + ", and steeper" * steeper + ", and flatter" * flatter


def measure(experiment: Experiment, *, executor: Executor | None = None, store: Path | None = None) -> Finding:
    """Simulate an experiment and fit its exponent."""
    start, samples, floors, rows = time.perf_counter(), [], [], []
    for value in experiment.values:
        T, family = experiment.setting(value)
        played = sweep(
            lambda _: family,  # noqa: B023 (called before the loop goes on)
            [experiment.pair(value)], [T], benchmark=experiment.benchmark, n_runs=experiment.n_runs,
            executor=executor, store=store and store / f"{value:g}", progress=False,
        )  # fmt: skip
        unit = T**experiment.horizon_power * math.log(T) ** experiment.log_power
        samples.append(played.worst_regret[0, :, 0] / unit)
        floors += [experiment.floor(value) / unit] if experiment.floor else []
        shown = [samples[-1].mean(), floors[-1] if floors else ""]
        table = played.table()[COLUMNS[2:-2]].itertuples(index=False, name=None)
        rows += [[experiment.axis, value, *row, *shown] for row in table]
    sample = np.column_stack(samples)
    try:
        rate = fit_rate(experiment.values, sample)
    except ValueError:
        rate = None
    return Finding(experiment, sample, np.array(floors) if floors else None, rate, rows, time.perf_counter() - start)


@contextmanager
def executor_from(word: str | None) -> Iterator[Executor | None]:
    """Open what ``--executor`` names: threads, processes, or dask://host:port."""
    if word is None:
        yield None
    elif word.startswith("dask://"):
        from distributed import Client

        with Client(word.replace("dask://", "tcp://", 1)) as client:
            yield client.get_executor()
    elif word in ("threads", "processes"):
        n = os.cpu_count() or 1
        spawn = get_context("spawn")  # forking a process that has threads may hang
        with ThreadPoolExecutor(n) if word == "threads" else ProcessPoolExecutor(n, mp_context=spawn) as pool:
            yield pool
    else:
        raise ValueError(f"--executor must be threads, processes or dask://host:port, got {word!r}")


def write_report(
    folder: Path,
    *,
    full: bool = False,
    executor: str | None = None,
    chosen: Sequence[Experiment] | None = None,
    say: Callable[[str], object] = lambda text: print(text, file=sys.stderr, flush=True),
) -> Path:
    """Measure all experiments (or those ``chosen``) and write index.html and a CSV file each; return the page.

    A report that was interrupted goes on where it stopped when the call is repeated with the same folder.

    Raises
    ------
    ValueError, OSError
        If the executor has no such name, or the folder cannot be written.
    """
    listed = list(experiments(full) if chosen is None else chosen)
    findings = []
    with executor_from(executor) as pool:
        folder.mkdir(parents=True, exist_ok=True)
        for number, experiment in enumerate(listed):
            store = folder / "cells" / f"{experiment.key}-{experiment.n_runs}"
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)  # a failed cell is a failed report
                finding = measure(experiment, executor=pool, store=store)
            findings.append(finding)
            _write_csv(folder / f"{experiment.key}.csv", COLUMNS, finding.rows)
            say(f"[{number + 1}/{len(listed)}] {finding.seconds:5.1f} s  {experiment.title}: {finding.verdict}")
    summary = [_summary(finding) for finding in findings]
    _write_csv(folder / "table.csv", list(summary[0]), [list(row.values()) for row in summary])
    page = folder / "index.html"
    page.write_text(_page(findings, summary, full), encoding="utf-8")
    return page


def _write_csv(path: Path, columns: Sequence[str], rows: list[list[Any]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([columns, *rows])


# ---------------------------------------------------------------- writing


def _summary(finding: Finding) -> dict[str, str]:
    rate, experiment = finding.rate, finding.experiment
    return {
        "source": experiment.source,
        "experiment": experiment.title,
        "proven": experiment.claim,
        "measured exponent": "–" if rate is None else f"{rate.exponent:.3f} [{rate.low:.3f}, {rate.high:.3f}]",
        "constant": "–" if rate is None else f"{rate.constant:.3g}",
        "floor [R]": "–" if finding.floors is None else f"{finding.floors[-1]:.3g} at {experiment.values[-1]:.3g}",
        "verdict": finding.verdict,
        "data": f"{experiment.key}.csv",
    }


@plots.styled
def _figure(finding: Finding) -> tuple[bytes, str]:
    """Return a PNG file and its text."""
    from matplotlib.figure import Figure

    experiment, means, fit, floor = finding.experiment, finding.means, "no fit", ""
    x = np.array(experiment.values, dtype=float)
    figure = Figure(figsize=(6, 3.6), layout="constrained")
    ax = figure.add_subplot()
    error = 1.96 * finding.errors
    ax.errorbar(x, means, yerr=error, fmt="o", capsize=3, color=plots.INK, label="mean, 95 % interval")
    if (rate := finding.rate) is not None:
        fit = f"fitted {rate}".replace("T^", f"{experiment.axis}^")
        ax.plot(x, rate.constant * x**rate.exponent, label=f"fit: {experiment.axis}^{rate.exponent:.2f}")
    ax.plot(x, means[-1] * (x / x[-1]) ** experiment.power, "--", label=f"{experiment.bound} (slope only)")
    if finding.floors is not None:
        floor = f"; floor from {finding.floors[0]:.3g} to {finding.floors[-1]:.3g}"
        ax.plot(x, finding.floors, **plots.FLOOR, label="floor")
    divided = experiment.claim.split(" ", 3)[3:]  # after the bound's two words and the axis
    plots.scale(ax)
    plots.scale(ax, bool((means > 0).all()), "y")
    if experiment.axis != "T":
        ax.set_xticks(x, [f"{value:g}" for value in x])
    ax.set(xlabel=experiment.axis, ylabel=" / ".join(["worst regret", *divided]))
    ax.legend()
    points = "; ".join(f"{experiment.axis} = {a:.3g}: {b:.3g}" for a, b in zip(x, means, strict=True))
    words = f"{experiment.title}. Worst regret on logarithmic axes, {points}; {fit}; proven: {experiment.claim}{floor}."
    return plots.png(figure, dpi=110), words


def _page(findings: list[Finding], summary: list[dict[str, str]], full: bool) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in summary[0])
    body = ""
    for row in summary:
        cells = [escape(text) for text in row.values()]
        cells[-1] = f'<a href="{cells[-1]}">{cells[-1]}</a>'
        body += "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>\n"
    figures = ""
    for finding in findings:
        image, words = _figure(finding)
        source = f"data:image/png;base64,{base64.b64encode(image).decode()}"
        figures += (
            f"<figure><figcaption><b>{escape(finding.experiment.source)}: {escape(finding.experiment.title)}</b><br>"
            f"{escape(finding.verdict)} ({finding.experiment.n_runs} runs, {finding.seconds:.0f} s)</figcaption>"
            f'<img src="{source}" alt="{escape(words)}">'
            "</figure>\n"
        )
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>stackedu: theory and simulation</title>
<meta name="viewport" content="width=device-width"><style>
:root {{ color-scheme: light dark }}
body {{ font-family: sans-serif; line-height: 1.4; max-width: 75rem; margin: auto; padding: 1rem }}
p {{ max-width: 45rem }} table {{ border-collapse: collapse; font-size: .85rem }}
td, th {{ border-bottom: 1px solid #8888; padding: .35rem .8rem .35rem 0; text-align: left; vertical-align: top }}
td:nth-child(2), td:nth-child(7) {{ min-width: 11rem }} td:nth-child(3), td:nth-child(4) {{ white-space: nowrap }}
main {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1.5rem }}
main {{ margin-top: 2rem }} figure {{ margin: 0 }} img {{ width: 100%; border-radius: 4px }}
</style></head><body><h1>Theory and simulation</h1>
<p>What is measured: regret of the worse-off player on the worst game of a family whose gaps shrink with the horizon
({"full" if full else "default"} size, seed 0, noise 1). One half of the runs chooses the worst game for the other half.
</p><p>Exponents are slopes on logarithmic axes with 95 % bootstrap intervals over runs; one within {TOLERANCE} of the
proven exponent counts as equal. Where the claim has further factors, such as a logarithm, regret is divided by them
before the fit, and the constant is of that quotient. [R] marks reconstructions: floors with explicit constants, and
rules or benchmarks whose details the paper leaves open and this library filled in.</p>
<p>A bound speaks of every game and of long horizons: measurements are evidence beside it, not proof of it. The games of
a family are a few of infinitely many, so “flatter” may mean that a harder game is missing. The scalings need care, too.
Further leader actions are worth nothing to anyone, so that exploring them costs the most. In |B| the horizon grows as
well: of many bad responses the luckiest looks better, by the expected maximum of as many normal variables. The claim
covers that by its log T, so log T grows with the square of that maximum. (T = |B|⁵ came first: from 0.33 to 0.38.)
The sizes of these two rows were chosen after a look at others.</p>
<div style="overflow-x: auto" tabindex="0" role="region" aria-label="table of results">
<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>
<main>{figures}</main></body></html>
"""
