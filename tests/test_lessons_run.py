"""Every lesson once more, without numba: it must end well in a browser, too; and what its figures hold is looked at."""

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stackedu import plots

RUNNER = Path(__file__).with_name("lesson_runner.py")
FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SHOWS = re.compile(r"plots\.show\(")

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@functools.cache
def run(path):
    environment = {**os.environ, "IPYTHONDIR": os.devnull, "PYTHONWARNINGS": "default"}
    command = [sys.executable, str(RUNNER), str(path), "--without-numba"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=FOLDER, env=environment, timeout=900)
    assert ended.returncode == 0, ended.stderr[-4000:]
    return json.loads(ended.stdout)


def figures(path):
    return [(figure, axes) for figure in run(path)["figures"] for axes in figure["axes"]]


@each_notebook
def test_it_runs_where_there_is_no_numba_and_shows_each_of_its_figures(path):
    found = run(path)
    source = "\n".join(cell_sources(path))
    assert len(found["figures"]) >= len(SHOWS.findall(source))
    assert found["left_open"] == [], "a figure that is not shown by plots.show has no words"


def cell_sources(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@each_notebook
def test_figures_say_what_they_show(path):
    for figure, axes in figures(path):
        assert len(figure["words"]) > 60
        drawn = axes["lines"] or axes["marks"]
        assert drawn, f"an empty panel: {axes}"
        assert axes["title"] or axes["x"] or axes["shares_y"]
        if axes["lines"]:
            assert axes["x"], f"no label below {axes['title']!r}"
        assert len(axes["legend"]) == len(set(axes["legend"]))
        assert axes["smallest_text"] >= 9


@each_notebook
def test_what_is_drawn_is_finite_and_inside_the_panel(path):
    for _, axes in figures(path):
        (left, right), (bottom, top) = sorted(axes["x_limits"]), sorted(axes["y_limits"])
        seen = drawn = 0
        for line in axes["lines"]:
            x, y = np.array(line["points"], dtype=float).reshape(-1, 2).T
            lifted = np.isnan(x) | np.isnan(y)  # the pen is lifted between two pieces
            assert not np.isinf(x[~lifted]).any()
            assert not np.isinf(y[~lifted]).any()
            assert not lifted.all() or not len(x), f"nothing but NaN: {line['label']!r}"
            drawn += (~lifted).sum()
            seen += ((left <= x) & (x <= right) & (bottom <= y) & (y <= top)).sum()
        assert seen >= drawn / 2, f"most of {axes['title']!r} is outside its panel"


@each_notebook
def test_leader_and_follower_keep_their_colours(path):
    for _, axes in figures(path):
        for line in axes["lines"]:
            for style in plots.PLAYERS:
                if line["label"] == style["label"]:
                    assert line["color"] == style["color"]
