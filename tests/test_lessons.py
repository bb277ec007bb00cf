"""What `pytest --nbval` does not see: a lesson whose outputs were cleared passes there, and so does a junk image."""

import math
import re
import struct
from base64 import b64decode
from html import unescape
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from nbconvert.filters import markdown2html
from spellchecker import SpellChecker

import stackedu as se
from stackedu.exercises import EXERCISES

FOLDER = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(FOLDER.rglob("*.ipynb"))
LESSONS = [path for path in PATHS if re.match(r"\d\d_\w+\.ipynb$", path.name) and path.parent == FOLDER]
# the order of a lesson in the conventions; the first lesson, which has no theorem, may leave out what is in brackets
ORDER = [
    "What you will be able to do",
    "A tiny case by hand",
    "Predict, then run",
    "The (theorem|definition)",
    "From scratch, then the library",
    "Play with it",
    "(What is measured, and what is proved)",
    "(Why it is true)",
    "Exercises",
    "Discuss",
    "(Map of the course)",
    "Summary",
    "Glossary",
    "References",
]
LOCAL = re.compile(r"(/home/|/root/|/tmp/|/work/|/Users/|site-packages|[A-Z]:\\\\)")

each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
each_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)


def read(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(notebook):
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def outputs(notebook):
    return [output for cell in code(notebook) for output in cell.outputs]


def headings(notebook):
    return re.findall(r"^#{2,3} (.+)$", text(notebook), flags=re.MULTILINE)


def exercises_of(path):
    return sorted(name for name in EXERCISES if name.startswith(path.name[:2]))


def test_there_are_fifteen_lessons_and_a_glossary():
    assert [path.name[:2] for path in LESSONS] == [f"{number:02}" for number in range(15)]
    assert (FOLDER / "glossary.ipynb").is_file()


@each_notebook
def test_every_cell_was_executed_once_in_order(path):
    counts = [cell.execution_count for cell in code(read(path))]
    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_no_errors_no_stderr_no_local_paths_no_clutter(path):
    notebook = read(path)
    nbformat.validate(notebook)
    for output in outputs(notebook):
        assert output.output_type != "error"
        assert output.get("name") != "stderr"
        shown = output.get("text", "") + str(output.get("data", {}).get("text/html", ""))
        assert not LOCAL.search(shown), shown
    assert not LOCAL.search(text(notebook))
    assert path.stat().st_size <= 1_500_000


@each_notebook
def test_metadata_name_the_plain_kernel_and_no_machine(path):
    notebook = read(path)
    assert notebook.metadata.kernelspec.name == "python3"
    assert set(notebook.metadata) <= {"kernelspec", "language_info"}
    assert all(set(cell.metadata) <= {"tags", "jupyter", "nbgrader"} for cell in notebook.cells)


@each_notebook
def test_every_figure_is_an_image_with_words_below_it(path):
    for cell in code(read(path)):
        for place, output in enumerate(cell.outputs):
            if image := output.get("data", {}).get("image/png"):
                png = b64decode(image)
                assert png[:8] == b"\x89PNG\r\n\x1a\n"
                width, height = struct.unpack(">II", png[16:24])
                assert min(width, height) >= 200
                words = cell.outputs[place + 1].data["text/html"]
                assert "This figure in words" in words
                assert len(words) > 150
                assert output.metadata["image/png"]["alt"] in re.sub("&#x27;", "'", words)


@each_notebook
def test_links_lead_to_files_that_exist(path):
    targets = re.findall(r"\]\(([^)\s]+)\)", text(read(path)))
    for target in targets:
        if not target.startswith(("https://", "#")):
            assert (path.parent / target.split("#")[0]).is_file(), target


@each_notebook
def test_no_line_of_code_runs_out_of_its_cell(path):
    assert [line for cell in code(read(path)) for line in cell.source.splitlines() if len(line) > 100] == []


@each_notebook
def test_no_star_of_an_emphasis_is_left_on_the_page(path):
    prose = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|```.*?```|`[^`]*`", "x", text(read(path)), flags=re.DOTALL)
    assert re.findall(r".{,30}\*.{,30}", re.sub(r"<[^>]+>", "", markdown2html(prose))) == []


@each_lesson
def test_headings_are_those_of_the_conventions_in_their_order(path):
    found = headings(read(path))
    required = [each for each in ORDER if not (each.startswith("(") and path.name.startswith("00"))]
    places = []
    for pattern in required:
        if pattern == "(Map of the course)":
            continue
        match = [place for place, heading in enumerate(found) if re.match(pattern, heading)]
        assert len(match) == 1, f"{pattern!r} among {found}"
        places += match
    assert places == sorted(places)


@each_lesson
def test_the_beginning_gives_time_and_prerequisites(path):
    first = "\n".join(cell.source for cell in read(path).cells[:2])
    assert first.startswith(f"# {path.name[:2]} · ")
    assert re.search(r"\*\*Time:\*\* \d+ minutes", first)
    assert "**You need:**" in first


@each_lesson
def test_each_lesson_has_three_exercises_that_are_registered_and_unsolved(path):
    sources = [cell.source for cell in code(read(path)) if "checks.check(" in cell.source]
    names = [name for source in sources for name in re.findall(r'checks\.check\("([^"]+)"', source)]
    assert names == exercises_of(path)
    assert len(names) >= 3
    assert all(re.search(r"^answer = \.\.\.", source, flags=re.MULTILINE) for source in sources)


@each_lesson
def test_there_is_a_question_to_discuss_with_a_folded_answer(path):
    source = text(read(path))
    assert source.count("<details>") == source.count("</details>") >= 1


# How long things take, in minutes. Prose: 200 words a minute (adults read non-fiction at 238 on average: Brysbaert,
# Journal of Memory and Language 109, 2019). The rest is our estimate; who has watched a class knows better.
MINUTES = {"word": 1 / 200, "line of code": 1 / 30, "figure": 1 / 3, "explorer": 1, "exercise": 2.5}


def contents(path):
    """Count what a reader spends time on; the references are for later."""
    cells = [cell.source for cell in code(read(path))]
    exercises = [source for source in cells if "checks.check(" in source]
    lines = "\n".join(source for source in cells if source not in exercises).splitlines()
    return {
        "word": len(re.sub(r"^### References.*", "", text(read(path)), flags=re.MULTILINE | re.DOTALL).split()),
        "line of code": sum(not line.strip().startswith("#") for line in lines if line.strip()),
        "figure": sum("image/png" in output.get("data", {}) for output in outputs(read(path))),
        "explorer": sum("se.widgets." in source for source in cells),
        "exercise": len(exercises),
    }


@each_lesson
def test_a_lesson_with_its_exercises_takes_25_minutes(path):
    counted = contents(path)
    assert sum(MINUTES[each] * number for each, number in counted.items()) <= 25, counted


@each_lesson
def test_a_widget_cell_shows_the_widget_only(path):
    cells = [cell for cell in code(read(path)) if "se.widgets." in cell.source]
    assert cells
    for cell in cells:
        assert len(cell.outputs) == 1
        assert "application/vnd.jupyter.widget-view+json" in cell.outputs[0].data


# ---------------------------------------------------------------- solutions


@each_lesson
def test_solutions_solve_every_exercise_of_their_lesson(path):
    solved = read(FOLDER / "solutions" / path.name)
    said = "".join(output.text for output in outputs(solved) if output.output_type == "stream")
    assert re.findall(r"^(\d\d\.\d+) is right\.", said, flags=re.MULTILINE) == exercises_of(path)
    assert "not right" not in said
    assert "still open" not in said


@each_lesson
def test_a_lesson_has_no_solutions(path):
    assert "is right." not in "".join(output.get("text", "") for output in outputs(read(path)))


# ---------------------------------------------------------------- numbers

# Numbers of the prose that no cell holds: worked out there by hand from those that one does, or for the reader to type.
BY_HAND = {
    "01": [0.69, 0.71],
    "02": [(1204 / 26) ** (1 / 3), math.sqrt(10), math.floor(1000 * 0.5 * math.exp(-0.5) / 4) / 1000],
    "03": [(0.6 + 0.3) / 2],
    "05": [0.5 / math.sqrt(10_000), 0.5440 - 0.5437, 0.07, 0.6 - 0.04, 0.042 - 0.04, (0.6 + 0.5) / 2, (0.04 + 0.6) / 2],
    "07": [0.4 * math.sqrt(2), 2 * 0.4, 3 * 0.4, 0.4 * 0.6, 2 * math.log(10**5) / 0.4**2, 0.95],
    "08": [(0.6 + 0.6 + 0.2 + 0.2 + 0.6 + 0.6) / 6, (0.5 + 0.5 + 0.4 + 0.4) / 4],
    "09": [0.5 / 0.001**2, se.bounds.tolerant_regret_floor(10**6, 0.72 / 100) / 10**4, 2 / 3, 2.9],
    "10": [0.4 / 0.5, (0.5 + 0.4) / 2],
    "12": [(0.5 + 0.4) / 2],
    "13": [(0.55 + 0.5) / 2],
    "14": [0.3597 - 0.3581, 0.5928 - 0.1568],
}
NUMBER = re.compile(r"(?<![\w.])\d+(?:[ \u202f]\d{3})*(?:\.\d+)?(?![\w.]*\d)")
NOT_OURS = re.compile(r"^### References.*|\]\([^)]*\)|\(?\b(19|20)\d\d\b\)?|section \d\.\d", re.MULTILINE | re.DOTALL)


def prose_outside_exercises(notebook):
    for cell, after in zip(notebook.cells, [*notebook.cells[1:], notebook.cells[0]], strict=True):
        if cell.cell_type == "markdown" and "checks.check(" not in after.source:
            yield unescape(NOT_OURS.sub("", cell.source.replace("{,}", "").replace(r"\,", " ")))


def numbers_of_cells(notebook):
    said = [cell.source.replace("_", "") for cell in code(notebook)]
    for output in outputs(notebook):
        html = output.get("data", {}).get("text/html", "")
        said += [output.get("text", ""), re.sub("<[^>]+>", " ", html)]
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", "\n".join(said).replace(",", ""))]


@each_lesson
def test_a_number_in_the_prose_is_shown_by_a_cell_or_worked_out_by_hand(path):
    """Short whole numbers aside, which may count anything; rounded as in the prose, or as a percentage."""
    values = numbers_of_cells(read(path)) + BY_HAND.get(path.name[:2], [])
    found = [
        re.sub(r"\s", "", number) for text in prose_outside_exercises(read(path)) for number in NUMBER.findall(text)
    ]
    for number in (each for each in found if "." in each or float(each) >= 100):
        places = len(number.partition(".")[2])
        assert any(math.isclose(round(value, places), float(number)) for one in values for value in (one, 100 * one)), (
            number
        )


# ---------------------------------------------------------------- words and names

WORDS = Path(__file__).with_name("words.txt")
NOT_PROSE = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|\]\([^)]*\)|<[^>]+>|https?://\S+|arXiv:\S+|&\w+;", re.DOTALL
)


def prose(source):
    return re.findall(r"[A-Za-zÀ-ÖØ-öø-ž]+(?:[’'][a-z]+)?", NOT_PROSE.sub(" ", source))


@pytest.mark.parametrize("path", [*PATHS, *FOLDER.parent.glob("*.md")], ids=lambda path: path.stem)
def test_spelling(path):
    """A word is one of the dictionary's, or one of ours in words.txt (names, terms, British spelling)."""
    known = {word.lower() for word in WORDS.read_text(encoding="utf-8").split()}
    source = text(read(path)) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    words = {word.replace("’", "'").lower() for word in prose(source)}
    words = {re.sub(r"'s?$", "", word) for word in words} - known
    assert sorted(SpellChecker().unknown(words)) == []


def public_names():
    for name in se.__all__:
        value = getattr(se, name)
        if not isinstance(value, ModuleType):
            yield name
            continue
        own = [each for each, entry in vars(value).items() if getattr(entry, "__module__", "") == value.__name__]
        yield from (f"{name}.{each}" for each in getattr(value, "__all__", own) if not each.startswith("_"))


RESULT = "the type of a result: lessons meet its objects"
SHOWN = "shown in the text, for a reader to type"
UNDER = "what explorers are made of, for those who make one"
NOT_IN_LESSONS = {
    **dict.fromkeys(["Benchmark", "Promise", "Rate", "Simulation", "Sweep", "Tournament", "WorstGame"], RESULT),
    "checks.hint": SHOWN,
    "games.StackelbergGame": "se.StackelbergGame is the same",
    "leaders.EpsilonGreedy": "taught as a follower",
    "leaders.ThompsonSampling": "taught as a follower",
    "plots.alt_text": "plots.show puts it below each figure",
    "warm_up": "called by `stackedu lab`",
    **dict.fromkeys([f"widgets.{name}" for name in ("BENCHMARKS", "FAMILIES", "FOLLOWERS", "GAMES", "LEADERS")], UNDER),
    **dict.fromkeys([f"widgets.{name}" for name in ("Board", "Explorer", "Match")], UNDER),
}


def test_every_public_name_is_used_in_a_lesson_or_deliberately_not():
    used = "\n".join(cell.source for path in PATHS for cell in code(read(path)))
    missing = {name for name in public_names() if not re.search(rf"\bse\.{re.escape(name)}\b", used)}
    assert missing == set(NOT_IN_LESSONS)
