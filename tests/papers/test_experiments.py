"""The table of experiments: every table and figure of the four papers, with the numbers that the papers print."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.files.network_files import recognise
from models.gallery import FOLDER, gallery
from papers.experiment import Column, Experiment, Measured, Row
from papers.experiments import EXPERIMENTS, PAPERS, experiment
from papers.result_files import SHIPPED, read
from tests.reference import SHARED

TEXTS = {
    "mmr": "maximization-of-linear-regions.txt",
    "kw": "convex-outer-adversarial-polytope.txt",
    "simplex": "simplex-certificate.txt",
    "tight": "tighter-relaxations.txt",
}
EXPECTED = {  # numbers of the papers' tables and figures; Simplex's Tables 2 to 4 are lists of settings
    "mmr": {"table": range(1, 7), "figure": range(2, 11)},
    "kw": {"table": range(1, 3), "figure": range(3, 15)},
    "simplex": {"table": range(1, 2), "figure": range(2, 3)},
    "tight": {"table": range(1, 5), "figure": range(0)},
}
# Drawings that explain an idea: no experiment.
DRAWINGS = {("mmr", "figure-1"), ("kw", "figure-1"), ("kw", "figure-2"), ("simplex", "figure-1"),
            ("tight", "figure-1"), ("tight", "figure-2")}  # fmt: skip
SETTINGS = {("simplex", f"table-{number}") for number in (2, 3, 4)}
CAPTION = re.compile(r"^(Figure|Table) (\d+)[.:]", re.MULTILINE)

needs_texts = pytest.mark.skipif(not (SHARED / "papers").is_dir(), reason="the papers' texts are not here")


def text(paper: str) -> str:
    return (SHARED / "papers" / TEXTS[paper]).read_text(encoding="utf-8")


def test_every_table_and_figure_of_the_four_papers_is_an_experiment() -> None:
    expected = {
        f"{paper}-{kind}-{number}" for paper, kinds in EXPECTED.items() for kind, of in kinds.items() for number in of
    }
    assert set(EXPERIMENTS) == expected and len(EXPERIMENTS) == 35
    assert {each.paper for each in EXPERIMENTS.values()} == set(PAPERS) == set(TEXTS)


@needs_texts
@pytest.mark.parametrize("paper", TEXTS)
def test_every_caption_in_a_papers_text_is_an_experiment_or_a_drawing_or_a_list_of_settings(paper: str) -> None:
    captions = {f"{kind.lower()}-{number}" for kind, number in CAPTION.findall(text(paper))}
    others = {place for of, place in DRAWINGS | SETTINGS if of == paper}
    assert captions - others == {name.removeprefix(f"{paper}-") for name in EXPERIMENTS if name.startswith(f"{paper}-")}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_is_under_its_own_name_and_says_what_it_is(name: str) -> None:
    each = EXPERIMENTS[name]
    assert each.name == name
    assert all(words.endswith((".", "?")) and "  " not in words for words in (each.says, each.how)), each
    assert each.rows and each.columns and len({row.title for row in each.rows}) == len(each.rows)


def test_an_experiment_that_nobody_has_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"mmr-table-1, .*there is no 'mmr-table-7'"):
        experiment("mmr-table-7")


def test_a_row_that_nobody_has_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"the rows eps-0.05, .*there is no 'eps-9'"):
        EXPERIMENTS["kw-table-2"].row("eps-9")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((Row("A", "a"),), "small letters"),
        ((Row("a", "a"), Row("a", "b")), "two rows 'a'"),
        ((Row("a", "a", {"other": 1.0}),), "no column 'other'"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(rows: tuple[Row, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Experiment("kw-table-9", "t", "s", "h", (Column("x", "x"),), rows, lambda row, job: Measured({}))


def cells(line: str) -> list[float | None]:
    """The numbers of a line with tabs: None for a dash, and what is no number left out."""
    found: list[float | None] = []
    for cell in line.split("\t"):
        if cell.strip() == "-":
            found.append(None)
        elif number := re.match(r"\$?-?(\d+(?:\.\d+)?)", cell.strip()):
            found.append(float(number[1]))
    return found


def lines(paper: str, pattern: str) -> list[str]:
    return [line for line in text(paper).splitlines() if re.match(pattern, line)]


def papers_values(name: str, rows: Iterator[str] | list[str], columns: tuple[str, ...]) -> list[float | None]:
    each = EXPERIMENTS[name]
    known = {row.name: row.paper for row in each.rows}
    return [known.get(row, {}).get(column) for row in rows for column in columns]


@needs_texts
def test_mmr_table_1_has_the_papers_numbers() -> None:
    setups = [f"{network}-{norm}" for norm in ("linf", "l2") for network in ("fc1", "cnn")]
    schemes = {"plain": "plain", "at": "at", "KW": "kw", "Xiao et al": "xiao", "MMR": "mmr", r"MMR\+at": "mmr-at"}
    for printed, scheme in schemes.items():
        sets = ["mnist", "cifar-10"] if scheme == "xiao" else ["mnist", "fashion-mnist", "gts", "cifar-10"]
        found = [line for line in lines("mmr", f"{printed}\t") if len(line.split("\t")) == 13]
        assert len(found) == len(sets)
        for dataset, line in zip(sets, found):
            names = [f"{dataset}-{setup}-{scheme}" for setup in setups]
            assert cells(line.split("\t", 1)[1]) == papers_values("mmr-table-1", names, ("te", "lb", "ub")), line


@needs_texts
def test_mmr_tables_2_to_6_have_the_papers_numbers() -> None:
    sets = {"MNIST": "mnist", "GTS": "gts", "F-MNIST": "fashion-mnist"}
    schemes = ["plain", "at", "kw", "mmr", "mmr-at"]
    dataset, rows_of_3, rows_of_4 = "", 0, 0
    for line in text("mmr").splitlines():
        parts = line.split("\t")
        dataset = sets.get(parts[0], dataset)
        numbers = cells("\t".join(parts[2:]))
        if len(parts) == 8 and parts[1] in ("FC1", "FC10") and "%" in parts[5] and "%" not in parts[6]:
            names = [f"{dataset}-{parts[1].lower()}-{part}" for part in ("full", "dd")]
            assert numbers == papers_values("mmr-table-2", names, ("te", "lb", "ub")), line
        elif len(parts) == 7 and parts[2] in ("MMR", "MMR+at"):
            rows_of_4 += 1
            name = f"{dataset}-{parts[1].lower()}-{parts[2].lower().replace('+', '-')}"
            expected = papers_values("mmr-table-4", [name], ("te", "kw", "theorem", "neighbours"))
            assert cells("\t".join(parts[3:])) == expected, line
        elif len(parts) == 7 and parts[1] in ("FC1", "FC10", "CNN"):
            rows_of_3 += 1
            trained, plain = (f"{dataset}-{parts[1].lower()}-{scheme}" for scheme in ("mmr", "plain"))
            expected = papers_values("mmr-table-3", [trained], ("te", "optimal", "gap"))
            assert numbers == expected + papers_values("mmr-table-3", [plain], ("te", "optimal")), line
    assert (rows_of_3, rows_of_4) == (9, 12)
    five = [line.split("\t") for line in text("mmr").splitlines() if len(line.split("\t")) == 11]
    five = [parts for parts in five if re.match(r"\d", parts[2])]
    assert len(five) == 15
    for number, parts in enumerate(five):
        name = [*sets.values()][number // 5]
        names = [f"{name}-{network}-{schemes[number % 5]}" for network in ("fc1", "fc10", "cnn")]
        assert cells("\t".join(parts[2:])) == papers_values("mmr-table-5", names, ("te", "lb", "ub")), parts
    six = [line for line in text("mmr").splitlines() if len(line.split("\t")) == 4 and re.search(r"\t\d", line)]
    assert len(six) == 5
    for scheme, line in zip(schemes, six):
        assert cells(line.split("\t", 1)[1]) == papers_values(
            "mmr-table-6", [f"cifar-10-cnn-{scheme}"], ("te", "lb", "ub")
        )


@needs_texts
def test_kw_tables_have_the_papers_numbers() -> None:
    names = ("mnist", "fashion-mnist", "har", "svhn")
    printed = lines("kw", r"(MNIST|FASHION-MNIST|HAR|SVHN)\t")
    assert len(printed) == 8
    for number, line in enumerate(printed):
        row = f"{names[number // 2]}-{('plain', 'robust')[number % 2]}"
        eps, *errors = cells("\t".join(line.split("\t")[2:]))
        assert errors == papers_values("kw-table-1", [row], ("te", "fgsm", "pgd", "bound")), line
        assert eps == EXPERIMENTS["kw-table-1"].row(row).setting["eps"]
    for line in lines("kw", r"(0\.05|0\.1|0\.25|0\.5|1)\t"):
        eps, *errors = cells(line)
        assert errors == papers_values("kw-table-2", [f"eps-{eps:g}"], ("te", "fgsm", "bound")), line


@needs_texts
def test_simplex_table_1_has_the_papers_numbers() -> None:
    for line in lines("simplex", r"(MNIST|CIFAR) \d×"):
        kind, layers = re.match(r"(\w+) (\d)", line).groups()  # type: ignore[union-attr]
        columns = ("fast-lin", "fast-lip", "crown", "simplex")
        expected = papers_values("simplex-table-1", [f"{kind.lower()}-{layers}x1024"], columns)
        assert cells(line.split("\t", 1)[1]) == expected, line


@needs_texts
def test_tight_tables_have_the_papers_numbers_as_far_as_our_text_can_be_read() -> None:
    printed = lines("tight", r"(MNIST|CIFAR10)\t\S")
    printed = [line for line in printed if len(line.split("\t")) == 9]
    rows = EXPERIMENTS["tight-table-1"].rows
    assert len(printed) == len(rows) == 32
    for row, line in zip(rows, printed):
        for column, cell in zip(("robust", "pgd", "std"), line.split("\t")[6:]):
            if number := re.fullmatch(r"-*(\d+(?:\.\d+)?)%", cell):
                assert row.paper[column] == float(number[1]), line
            else:
                assert cell in ("-", "34%^") and (column in row.paper) is (cell == "34%^"), line
    four = {"copied": r"CoPied\t|\tverified \(%\)\t15\.4 ", "baseline": r"Baseline\t|\tverified \(%\)\t14\.70 "}
    for method, pattern in four.items():
        std, verified = (re.findall(r"(\d+\.?\d*) ±\s*(\d*\.?\d+|\d+\.)", line) for line in lines("tight", pattern))
        for letter, both in zip("abcdefghij", zip(std, verified)):
            expected = papers_values(
                "tight-table-4", [f"{letter}-{method}"], ("std", "std-sd", "verified", "verified-sd")
            )
            assert [float(part) for pair in both for part in pair] == expected, letter


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.json")))
def test_shipped_results_are_of_rows_and_columns_that_there_are(name: str) -> None:
    each, results = EXPERIMENTS[name], read(SHIPPED / f"{name}.json")
    assert set(results) <= {row.name for row in each.rows}
    for row, result in results.items():
        assert set(result.values) <= {column.name for column in each.columns}, row
        assert result.hardware and re.fullmatch(r"\d{4}-\d\d-\d\d", result.date)
        assert result.kind != "gallery" or result.network in gallery()


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.json")))
def test_a_shipped_picture_is_drawn_in_both_themes(name: str) -> None:
    each = EXPERIMENTS[name]
    if each.draw is None:
        return
    light, dark = (each.draw(read(SHIPPED / f"{name}.json"), theme) for theme in ("light", "dark"))
    assert (light is None) == (dark is None)
    assert light is None or light.caption.endswith(".")


def test_the_gallerys_networks_have_the_shape_that_a_row_opens_them_with() -> None:
    path = next(Path(FOLDER).glob("*-fc1-*.safetensors"))
    assert recognise(path).input_shape in ((784,), (1, 28, 28))
