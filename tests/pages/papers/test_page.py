"""The Papers page without a browser: what it shows of results, its links, and what it opens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.papers import controls, rows
from papers import result_files
from papers.experiments import EXPERIMENTS
from papers.result_files import add, read
from papers.running import run_rows
from papers.settings import Settings
from tests.pages.driving import link_of, opened, texts
from tests.papers.toy import NAME, TOY
from tests.slow import others_slow

SCRIPT = "pages/papers/page.py"


@pytest.fixture(autouse=True)
def own_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of results that ran here."""
    monkeypatch.setattr(result_files, "RUNS", tmp_path)
    rows.row_states.clear()
    return tmp_path


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch, own_results: Path) -> str:
    monkeypatch.setitem(EXPERIMENTS, NAME, TOY)
    list(run_rows(TOY, TOY.rows[:1], Settings(), own_results))
    return NAME


def page(**link: str) -> AppTest:
    return opened(SCRIPT, link)


def table(app: AppTest) -> dict:
    """The message of the table."""
    for element in app.get("bidi_component"):
        message = json.loads(element.proto.json) if element.proto.json else {}
        if "lines" in message:
            return message
    raise AssertionError(texts(app))


def test_a_new_experiment_shows_the_papers_numbers_beside_ours(toy: str) -> None:
    app = page(paper="mmr", experiment=toy)
    shown = table(app)
    assert shown["columns"] == ["weights", "a share"]
    moons, spirals, nowhere = shown["lines"]
    assert [cell["standing"] for cell in moons["cells"]] == ["other", "worse"]
    assert (moons["cells"][1]["ours"], moons["cells"][1]["difference"]) == ("12.5\u2009%", "+0.5")
    assert moons["cells"][1]["words"] == "worse than the paper" and moons["state"] == ""
    assert (spirals["state"], nowhere["state"]) == ("not run", "not run: something is missing")


@pytest.mark.parametrize(("which", "names"), [("run", ["moons"]), ("left", ["spirals", "nowhere"])])
def test_rows_are_filtered(toy: str, which: str, names: list[str]) -> None:
    app = page(paper="mmr", experiment=toy, rows=which)
    assert [line["name"] for line in table(app)["lines"]] == names
    assert link_of(app)["rows"] == which


def test_a_row_says_where_its_numbers_come_from_or_how_to_run_it(toy: str) -> None:
    said = texts(page(paper="mmr", experiment=toy, row="moons"))
    assert "moons, 500 epochs, seed 0, 5 points" in said and "a note" in said
    app = page(paper="mmr", experiment=toy, row="spirals")
    assert "Not run. This command measures, about 1 s on one core" in texts(app)
    assert [code.value for code in app.code] == [f"python -m papers run {toy} --rows spirals"]
    assert "Not run: it needs a recipe nobody" in texts(page(paper="mmr", experiment=toy, row="nowhere"))


def test_a_link_reopens_the_page(toy: str) -> None:
    asked = {"paper": "kw", "experiment": "kw-figure-6", "row": "eps-0.1"}
    app = page(**asked)
    assert link_of(app) == asked and not app.warning and not app.error


@pytest.mark.parametrize(
    ("link", "said"),
    [({"paper": "bible"}, "one of mmr"), ({"paper": "mmr", "experiment": "kw-table-1"}, ""), ({"row": "../x"}, "")],
)
def test_a_broken_link_is_explained_or_left_out(link: dict[str, str], said: str) -> None:
    app = page(**link)
    assert said in texts(app)
    assert link_of(app).get("row") is None and table(app)["lines"]


def test_a_file_that_holds_something_else_is_explained(own_results: Path) -> None:
    (own_results / "mmr-table-1.json").write_text("[]")
    app = page()
    assert any("holds no results" in error.value for error in app.error)


@pytest.mark.parametrize("name", others_slow(EXPERIMENTS, quick=("mmr-figure-5", "kw-figure-6", "tight-table-1")))
def test_every_experiment_is_shown(name: str) -> None:
    app = page(paper=name.partition("-")[0], experiment=name)
    assert not app.error and len(table(app)["lines"]) == len(EXPERIMENTS[name].rows)


def test_the_table_is_saved_with_both_numbers(toy: str) -> None:
    from pages.papers.picture import table_csv

    chosen = controls.Chosen(TOY, read(result_files.RUNS / f"{NAME}.json"), controls.ALL, {})
    lines = table_csv(chosen).splitlines()
    assert lines[0] == "# content: mmr-table-99: a table that only tests have"
    head = next(number for number, line in enumerate(lines) if line.startswith("row,"))
    assert lines[head].split(",")[1:5] == [
        "weights paper",
        "weights ours",
        "a share [%] paper",
        "a share [%] ours",
    ]
    assert lines[head + 1].startswith("two moons,1234.0,1218.0,12.0,12.5,")
    assert lines[head + 3].startswith("nowhere,,,3.0,,")
    assert lines[head].split(",")[5] == "data"
    assert [lines[head + number].split(",")[5] for number in (1, 2, 3)] == ["moons", "spirals", "mnist"]


def test_the_saved_table_says_once_what_all_rows_share_and_has_no_digits_of_rounding(toy: str) -> None:
    from pages.papers.picture import table_csv

    rows = tuple(replace(row, dataset="moons", setting={"eps": 0.1, "p": "l2"}) for row in TOY.rows[:2])
    found = read(result_files.RUNS / f"{NAME}.json")
    ours = {"moons": replace(found["moons"], values={"weights": 1218.0, "share": 100 * (1 - 0.056)})}
    text = table_csv(controls.Chosen(replace(TOY, rows=rows), ours, controls.ALL, {}))
    assert {"# data: moons", "# norm: l2", "# eps: 0.1"} <= set(text.splitlines())
    assert 100 * (1 - 0.056) != 94.4 and ",94.4," in text
    assert ",eps," not in text and ",data," not in text


def test_results_that_come_with_the_project_are_shown_unless_others_ran_here(
    toy: str, own_results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (result,) = read(own_results / f"{NAME}.json").values()
    shipped = tmp_path / "shipped"
    add(shipped / f"{NAME}.json", "spirals", result)
    monkeypatch.setattr(result_files, "SHIPPED", shipped)
    states = [line["state"] for line in table(page(paper="mmr", experiment=toy))["lines"]]
    assert states == ["", "", "not run: something is missing"]


def open_pages(app: AppTest) -> list[str]:
    keys = [str(button.key) for button in app.button]
    return [key.removeprefix("papers-open-") for key in keys if key.startswith("papers-open-")]


def test_networks_of_the_gallery_open_on_slices_and_certify_and_presets_on_explore(toy: str) -> None:
    assert open_pages(page(paper="mmr", experiment="mmr-table-1", row="mnist-fc1-linf-mmr")) == ["slices", "certify"]
    assert open_pages(page(paper="mmr", experiment=toy, row="moons")) == ["explore"]
    assert open_pages(page(paper="mmr", experiment="mmr-table-1", row="gts-fc1-linf-mmr")) == []
