"""What readers answered who had one lesson and nothing else: not as we would have put it, and right all the same."""

import runpy
from pathlib import Path

import pytest

import stackedu as se
from stackedu.exercises import EXERCISES

PATHS = sorted(Path(__file__).with_name("readers").glob("lesson_*.py"))


def test_every_lesson_has_had_two_readers():
    stems = [f"lesson_{number:02}{which}" for number in range(15) for which in ("", "_again")]
    assert [path.stem for path in PATHS] == sorted(stems)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_the_exercises_can_be_solved_from_the_lesson_with_at_most_one_hint(path, capsys):
    reader = runpy.run_path(str(path))
    assert "Its idea: " in reader["__doc__"]
    names = [name for name in EXERCISES if name.startswith(path.stem.split("_")[1])]
    assert list(reader["ANSWERS"]) == list(reader["HINTS"]) == names
    assert max(reader["HINTS"].values()) <= 1
    for name, answer in reader["ANSWERS"].items():
        se.checks.check(name, answer)
        assert capsys.readouterr().out.startswith(f"{name} is right.")
