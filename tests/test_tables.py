"""Tables of names are complete: compared with the files and classes that are there."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

import certify
import geometry
import models
from certify import attacks
from certify.bounds import methods
from certify.records import Bound, Record
from certify.rungs import RECORDS
from models import gallery, objectives, presets
from models.objectives import OBJECTIVES
from models.objectives.record import ObjectiveRecord
from pages.teaching.tours import TOURS

ROOT = Path(__file__).parents[1]


def _modules(package: ModuleType) -> dict[str, ModuleType]:
    names = [found.name for found in pkgutil.iter_modules(package.__path__)]
    return {name: importlib.import_module(f"{package.__name__}.{name}") for name in names if name != "__main__"}


@pytest.mark.parametrize("package", [geometry, certify, models], ids=lambda package: package.__name__)
def test_every_public_name_is_there_and_said_once(package: ModuleType):
    assert all(hasattr(package, name) for name in package.__all__)
    assert len(package.__all__) == len(set(package.__all__))


def test_a_public_function_is_found_though_a_folder_has_its_name():
    """Importing any module of a package runs the package's `__init__` first, which binds the function last."""
    import certify.polytopes.comparison
    import certify.records
    import geometry.distances.hyperplanes

    for package in (certify, geometry):
        assert not [name for name in package.__all__ if isinstance(getattr(package, name), ModuleType)]


def test_every_file_with_an_attack_has_its_line():
    """Such a file has a function of its own name, which takes a problem."""
    functions = {name: getattr(module, name, None) for name, module in _modules(attacks).items()}
    written = {function for name, function in functions.items() if inspect.isfunction(function)}
    assert written == {method.run for method in attacks.ATTACKS.values()}


def test_every_objective_has_its_line():
    """An objective is a class of `models.objectives` that can be called with a network and a batch."""
    classes = {
        one
        for module in _modules(objectives).values()
        for name, one in inspect.getmembers(module, inspect.isclass)
        if one.__module__ == module.__name__ and not name.startswith("_") and not getattr(one, "_is_protocol", False)
        if list(inspect.signature(one.__call__).parameters)[1:3] == ["network", "x"]
    }
    named: set[type] = {record.run for record in OBJECTIVES.values()}
    bases = {base for one in classes for base in one.__bases__} - named
    assert classes - bases == named


def test_every_record_of_a_bound_has_its_line():
    written = [one for module in _modules(methods).values() for one in vars(module).values() if isinstance(one, Bound)]
    assert {id(one) for one in written} <= {id(one) for one in certify.METHODS.values()}


@pytest.mark.parametrize("records", [RECORDS, OBJECTIVES], ids=["methods", "objectives"])
def test_no_two_records_have_the_same_title_or_line(records: Mapping[str, Record | ObjectiveRecord]):
    assert len({record.title for record in records.values()}) == len(records)
    assert len({record.line for record in records.values()}) == len(records)


def test_no_two_methods_have_the_same_place():
    assert len({record.place for record in RECORDS.values()}) == len(RECORDS)


def test_every_shipped_network_has_a_name_and_a_card():
    toy = {*presets.PRESETS, *presets.SMALL, *presets.ROBUST}
    for folder, names in ((presets.FOLDER, toy), (gallery.FOLDER, gallery.gallery())):
        assert {path.stem for path in folder.glob("*.safetensors")} == set(names)
        assert {path.stem for path in folder.glob("*.json")} == set(names)


def test_every_network_of_the_gallery_has_a_title_of_its_own():
    titles = {gallery.gallery_title(name) for name in gallery.gallery()}
    assert len(titles) == len(gallery.gallery()) and not titles & {*gallery.gallery()}


def test_every_page_is_on_the_list_of_pages_and_has_a_tour_but_papers():
    folders = {path.parent.name for path in (ROOT / "pages").glob("*/page.py")}
    listed = re.findall(r'"pages/(\w+)/page\.py", title', (ROOT / "app.py").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(folders)
    assert set(TOURS) == folders - {"papers"}  # a table that explains itself
