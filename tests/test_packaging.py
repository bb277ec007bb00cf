"""What we ship and what we tell a newcomer: dependencies, the wheel, the README's commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text()


def bounds(requirements):
    """Return {canonical name: version bound} of "name>=1.2" or conda's "name >=1.2"."""
    parsed = [Requirement(line) for line in requirements]
    return {canonicalize_name(one.name): str(one.specifier) for one in parsed}


def test_environment_names_the_same_dependencies():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (by_pip,) = (line["pip"] for line in listed if not isinstance(line, str))
    assert by_pip.pop() == "-e ."
    conda = bounds([line for line in listed if isinstance(line, str)] + by_pip)
    extras = PROJECT["optional-dependencies"]
    ours = bounds(PROJECT["dependencies"] + extras["lab"] + extras["test"] + extras["course"])
    assert conda.pop("python") == PROJECT["requires-python"]
    assert conda.pop("pip") == ""
    assert conda == ours


def test_bounds_are_loose():
    for lines in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        assert all(re.fullmatch(r">=[\d.]+", bound) for bound in bounds(lines).values())


def test_each_dependency_says_what_it_is_for():
    text = (ROOT / "pyproject.toml").read_text()
    lines = re.findall(r"^    [\"'][\w-]+>=.*$", text, flags=re.MULTILINE)
    assert len(lines) == len(PROJECT["dependencies"]) + sum(map(len, PROJECT["optional-dependencies"].values()))
    assert [line for line in lines if not re.search(r",  # \w.+", line)] == []


def test_citation():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    paper = citation["references"][0]
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert [author["family-names"] for author in paper["authors"]] == [
        "Donahue",
        "Immorlica",
        "Jagadeesan",
        "Lucier",
        "Slivkins",
    ]
    assert paper["identifiers"][0]["value"] == "arXiv:2403.00188"
    assert paper["title"] in README


def test_changelog_knows_the_version():
    changes = (ROOT / "CHANGELOG.md").read_text()
    assert "## [Unreleased]" in changes
    assert f"## [{PROJECT['version']}]" in changes


def command(mark):
    """Return the fenced block of the README that follows a mark."""
    (block,) = re.findall(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, flags=re.DOTALL)
    return block


@pytest.mark.parametrize(("mark", "end"), [("lab-command", ".venv/bin/stackedu lab"), ("test-command", "pytest")])
def test_readme_commands_are_one_line_each_near_the_top(mark, end):
    line = command(mark)
    assert line.count("\n") == 1
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -e ")
    assert line.rstrip().endswith(end)
    assert line in "\n".join(README.splitlines()[:20]) + "\n"
    for extra in re.search(r"\[(.*)\]", line)[1].split(","):
        assert extra in PROJECT["optional-dependencies"]


def test_readme_links_only_to_what_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README + (ROOT / "CONTRIBUTING.md").read_text()):
        assert re.match("https?:", target) or (ROOT / target).exists(), target


@pytest.fixture
def ci(tmp_path):
    """Run .ci/run on a README, with tools that write down how they were called; return (result, calls)."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    tools = tmp_path / ".venv" / "bin"
    tools.mkdir(parents=True)
    for name in ("python3", "pip", "pytest", "ruff", "mypy", "chromium"):
        tool = tools / name
        tool.write_text(f'#!/bin/sh\necho "{name} $*" >>"{tmp_path}/calls"\n[ "$FAILING" != "{name}" ]\n')
        tool.chmod(0o755)

    def run(readme=README, failing=""):
        (tmp_path / "README.md").write_text(readme)
        (tmp_path / "calls").write_text("")
        environment = os.environ | {"PATH": f"{tools}:/usr/bin:/bin", "FAILING": failing}
        done = subprocess.run(
            ["bash", str(tmp_path / ".ci" / "run")], env=environment, cwd="/", capture_output=True, text=True
        )
        return done, (tmp_path / "calls").read_text().splitlines()

    return run


@pytest.mark.skipif(os.name == "nt", reason="needs bash")
class TestContinuousIntegration:
    def test_runs_the_readmes_command_then_lint_and_types(self, ci):
        done, calls = ci()
        assert done.returncode == 0
        assert calls == [
            "python3 -m venv .venv",
            "pip install -e .[lab,test]",
            "pytest ",
            "ruff check .",
            "ruff format --check .",
            "mypy ",
        ]

    def test_follows_a_change_of_the_readme(self, ci):
        _, calls = ci(README.replace(".venv/bin/pytest\n", ".venv/bin/pytest --all\n"))
        assert "pytest --all" in calls

    @pytest.mark.parametrize("tool", ["python3", "pip", "pytest", "ruff", "mypy"])
    def test_fails_where_a_tool_fails(self, ci, tool):
        done, calls = ci(failing=tool)
        assert done.returncode != 0
        assert calls[-1].startswith(tool)

    def test_fails_without_a_marked_block(self, ci):
        done, calls = ci(README.replace("test-command", "other"))
        assert (done.returncode, calls) == (1, [])
        assert "test-command" in done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built, without a network, from a copy of the checkout that has a lesson and some junk."""
    folder = tmp_path_factory.mktemp("wheel")
    checkout = folder / "checkout"
    checkout.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    for name in ("stackedu", "notebooks", "tests"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, checkout / name)
    for name in (
        "00_start_here.ipynb",
        ".ipynb_checkpoints/00-checkpoint.ipynb",
        "x/_cache/x.ipynb",
        ".junk",
    ):
        path = checkout / "notebooks" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text("{}")
    build = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), "."]
    subprocess.run([sys.executable, "-m", "pip", "-q", *build], cwd=checkout, check=True)
    (built,) = folder.glob("*.whl")
    return built


def test_wheel_holds_the_library_the_lessons_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    inside = {name for name in names if name.startswith("stackedu/")}
    lessons = {name for name in inside if name.startswith("stackedu/notebooks/")}
    tail = f"stackedu-{PROJECT['version']}"
    template = f"{tail}.data/data/share/jupyter/voila/templates/stackedu/"
    outside = {name for name in names - inside if not name.startswith(f"{tail}.dist-info/")}
    assert outside == {f"{template}index.html.j2", f"{template}conf.json"}
    assert "stackedu/cli.py" in inside
    assert "stackedu/notebooks/00_start_here.ipynb" in lessons
    assert not [name for name in inside if re.search(r"/[._](?!_init__|_main__)|\.pyc$", name)]
    shipped = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {name.removeprefix("stackedu/notebooks/") for name in lessons} >= shipped


def test_wheel_works_in_an_empty_environment(wheel, tmp_path):
    """Copying needs no dependency at all, so a broken or a missing one cannot stop it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install = ["--python", str(scripts / "python"), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "-q", *install], cwd=tmp_path, check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def stackedu(*words):
        done = subprocess.run(
            [scripts / "stackedu", *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.stderr == ""
        assert done.returncode == 0
        return done.stdout

    assert stackedu("--version") == f"stackedu {PROJECT['version']}\n"
    assert "added: 00_start_here.ipynb" in stackedu("copy", "mine")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith("stackedu/notebooks/"):
                copied = tmp_path / "mine" / name.removeprefix("stackedu/notebooks/")
                assert copied.read_bytes() == archive.read(name)


def test_every_module_is_reached_by_its_name_as_the_readme_says():
    """In a fresh Python: `help(stackedu.sweeps)` right after the import."""
    code = "import stackedu; print(stackedu.sweeps.__name__, hasattr(stackedu, 'leader'), hasattr(stackedu, '_MODULE'))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.split() == ["stackedu.sweeps", "False", "False"]
