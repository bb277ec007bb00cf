"""Run the code of one notebook in a process of its own, and print what its figures hold.

    python tests/lesson_runner.py NOTEBOOK [--without-numba]

As JSON: the seconds of processor time, and of each figure that was shown its words and what is on its axes.
"""

import json
import sys
import time
import warnings
from pathlib import Path

if "--without-numba" in sys.argv:
    sys.modules["numba"] = None  # type: ignore[assignment]  # whoever imports it gets an ImportError

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
import nbformat
import numpy as np
from IPython.core.interactiveshell import InteractiveShell

from stackedu import plots


def on_axes(ax):
    """Return what a reader sees on axes, as plain numbers and words."""
    legend = ax.get_legend()
    texts = [ax.title, ax.xaxis.label, ax.yaxis.label, *ax.texts, *(legend.get_texts() if legend else [])]
    ticks = [*ax.get_xticklabels(), *ax.get_yticklabels()]
    low, high = ax.get_xlim(), ax.get_ylim()
    return {
        "title": ax.get_title("left") or ax.get_title(),
        "x": ax.get_xlabel(),
        "y": ax.get_ylabel(),
        "shares_y": any(ax.get_shared_y_axes().joined(ax, other) for other in ax.figure.axes if other is not ax),
        "x_limits": [float(low[0]), float(low[1])],
        "y_limits": [float(high[0]), float(high[1])],
        "lines": [
            {
                "label": line.get_label(),
                "color": matplotlib.colors.to_hex(line.get_color()),
                "points": np.column_stack([np.asarray(d, dtype=float) for d in line.get_data()]).tolist(),
            }
            for line in ax.lines
        ],
        "marks": len(ax.patches) + len(ax.images) + len(ax.collections) + len(ax.texts),
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
        "smallest_text": min(text.get_fontsize() for text in texts + ticks if text.get_text()),
    }


def main(path, folder):
    figures = []

    def show(ax):
        figure = plots._each(ax)[0].figure
        figure.canvas.draw()
        figures.append({"words": plots.alt_text(ax), "axes": [on_axes(each) for each in figure.axes]})
        plt.close(figure)

    plots.show = show
    shell = InteractiveShell.instance(display_page=False)
    sys.path.insert(0, str(folder))
    start, said = time.process_time(), sys.stdout
    sys.stdout = sys.stderr
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            result = shell.run_cell(cell.source, store_history=True)
            if "raises-exception" not in cell.metadata.get("tags", []):
                result.raise_error()
    sys.stdout = said
    left_open = plt.get_fignums()
    print(json.dumps({"seconds": time.process_time() - start, "figures": figures, "left_open": left_open}))


if __name__ == "__main__":
    warnings.simplefilter("error", RuntimeWarning)
    main(Path(sys.argv[1]), Path(sys.argv[1]).parent)
