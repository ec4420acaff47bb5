"""A bundle does what its modules do: each once, after those it imports, in a scope of its own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from figures.live_view.javascript import bundle
from tests.javascript.node import COMMAND, find_node, run_node


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, **modules: str) -> Path:
    """The modules as files; the first is the entry."""
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(modules))}.js"


def told(script: str) -> str:
    """What a script writes."""
    if find_node() is None:
        pytest.skip(f"no node on this machine; {COMMAND}")
    done = run_node("--input-type=module", "--eval", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_modules_run_after_those_they_import_and_once(folder):
    entry = write(
        folder,
        entry='import { b } from "./b.js";\nimport { c } from "./c.js";\nconsole.log("entry", b(), c());\n',
        b='import { c } from "./c.js";\nconsole.log("b");\nexport function b() {\n  return c() + 1;\n}\n',
        c='console.log("c");\nexport const c = () => 1;\n',
    )
    assert told(bundle(entry)).split() == ["c", "b", "entry", "2", "1"]


def test_names_that_several_modules_use_stay_apart(folder):
    entry = write(
        folder,
        entry='import { far as reach, near } from "./b.js";\nconst LIMIT = 1;\nconsole.log(LIMIT, reach(), near);\n',
        b='const LIMIT = 2;\nexport function far() {\n  return LIMIT;\n}\nexport const near = "b";\n',
    )
    assert told(bundle(entry)).split() == ["1", "2", "b"]


def test_classes_asynchronous_functions_and_imports_over_several_lines_are_understood(folder):
    entry = write(
        folder,
        entry='import {\n  A,\n  later,\n} from "./b.js";\nconsole.log(new A().name, await later());\n',
        b='export class A {\n  name = "a";\n}\nexport async function later() {\n  return "late";\n}\n',
    )
    assert told(bundle(entry)).split() == ["a", "late"]


def test_comments_go_and_what_looks_like_one_stays(folder):
    code = (
        "// a comment\n/** A comment\n * of several lines. */\n"
        "const f = (/** @type {number} */ x) => /** @type {any} */ (x); // goes\n"
        "  /** @type {any} */ (globalThis).seen = f(3);\n"
        'console.log(seen, "http://a", "/* b // */"); // stays\n'
    )
    script = bundle(write(folder, entry=code))
    assert not any(word in script for word in ("comment", "@type", "goes"))
    assert told(script).split() == ["3", "http://a", "/*", "b", "//", "*/"]


def test_constants_are_what_python_says_and_end_no_script_element(folder):
    value = {"name": '</script><!-- "\\ \u2028', "numbers": [1, None, 0.5]}
    script = bundle(write(folder, entry="console.log(JSON.stringify(GIVEN));\n"), {"GIVEN": value})
    assert "<" not in script
    assert json.loads(told(script)) == value


def test_a_circle_is_refused_by_its_names(folder):
    entry = write(
        folder,
        entry='import { a } from "./a.js";\n',
        a='import { b } from "./b.js";\nexport const a = 1;\n',
        b='import { a } from "./a.js";\nexport const b = 1;\n',
    )
    with pytest.raises(ValueError, match=r"circle: a\.js → b\.js → a\.js"):
        bundle(entry)


def test_a_name_that_is_not_exported_is_refused(folder):
    entry = write(folder, entry='import { a, gone } from "./b.js";\n', b="export const a = 1;\nconst gone = 2;\n")
    with pytest.raises(ValueError, match=r"entry\.js imports what b\.js does not export: gone"):
        bundle(entry)


def test_a_file_that_is_not_there_is_named(folder):
    with pytest.raises(FileNotFoundError, match=r"gone\.js"):
        bundle(write(folder, entry='import { a } from "./gone.js";\n'))


@pytest.mark.parametrize(
    "line",
    [
        'import a from "./b.js";', 'import * as a from "./b.js";', 'import "./b.js";', 'import { a } from "elsewhere";',
        'export { a } from "./b.js";', "export let a = 1;", "const a = await import('./b.js');",
    ],
)  # fmt: skip
def test_forms_that_a_bundle_cannot_keep_are_refused(folder, line):
    with pytest.raises(ValueError, match=r"entry\.js: .* is not understood"):
        bundle(write(folder, entry=f"{line}\n", b="export const a = 1;\n"))


def test_only_the_entry_has_a_default_export(folder):
    entry = write(folder, entry='import { a } from "./b.js";\nexport default a;\n', b="export const a = 1;\n")
    assert "export default a;" in bundle(entry)
    write(folder, b="export const a = 1;\nexport default a;\n")
    with pytest.raises(ValueError, match=r"b\.js: .* is not understood"):
        bundle(entry)
