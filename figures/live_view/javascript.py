"""A bundler: several JavaScript modules as one script.

Streamlit gives each component one script, which cannot import others. Modules declare what they need by `import`, and
the order of the modules in the bundle follows from that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[^"]+)";[ \t]*$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?function\b|class\b|const\b)", re.MULTILINE)
_EXPORTED = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", re.MULTILINE)
_LEFT = re.compile(r"^(?:import|export)\b.*|\bimport\(.*", re.MULTILINE)
_TAIL = re.compile(r"^([^\"'`\n]*\S)[ \t]+// [^\n]*$", re.MULTILINE)  # after code without a string
_TYPE = re.compile(r"/\*\* @(?:(?!\*/).)*\*/ ?")  # JSDoc within a line
_COMMENT = re.compile(r"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class _Module:
    """A module's code without its imports, exports and comments."""

    code: str
    imports: tuple[tuple[Path, str], ...]  # the module, and the names of a destructuring assignment from it
    exports: tuple[str, ...]


def bundle(entry: Path, constants: Mapping[str, object] | None = None) -> str:
    """The script of a module and of all that it imports, each module once and after those it imports.

    Parameters
    ----------
    entry : Path
        Its `export default` and other exports stay; those of other modules become local to the script.
    constants : names and values
        Values from Python, as JSON: global to all modules.

    Raises
    ------
    ValueError
        For modules that import each other in a circle, for an import of a name that its module does not export, and
        for forms other than `import { a, b as c } from "./file.js";` and `export` before a function, class or const.
    FileNotFoundError
        For an import of a file that does not exist.
    """
    modules: dict[Path, _Module] = {}
    _read(entry.resolve(), (), modules)
    numbers = {path: number for number, path in enumerate(modules)}
    parts = [f"const {name} = {_literal(value)};" for name, value in (constants or {}).items()]
    for path, module in modules.items():
        taken = [f"const {{{names}}} = module{numbers[source]};" for source, names in module.imports]
        if path == entry.resolve():
            parts += [*taken, module.code]
        else:
            code = "\n".join([*taken, module.code])
            parts.append(
                f"const module{numbers[path]} = (() => {{\n{code}\nreturn {{{', '.join(module.exports)}}};\n}})();"
            )
    return "\n".join(parts)


def _literal(value: object) -> str:
    """JSON that cannot end a script element, whatever text it holds."""
    return json.dumps(value).replace("<", "\\u003c")


def _read(path: Path, importers: tuple[Path, ...], modules: dict[Path, _Module]) -> None:
    """Add a module to `modules`, after those it imports."""
    if path in importers:
        circle = [*importers[importers.index(path) :], path]
        raise ValueError(
            f"modules import each other in a circle: {' → '.join(module_path.name for module_path in circle)}"
        )
    if path in modules:
        return
    text = path.read_text(encoding="utf-8")
    imports = []
    for names, source in _IMPORT.findall(text):
        imported = (path.parent / source).resolve()
        _read(imported, (*importers, path), modules)
        pairs = [pair.split(" as ") for pair in names.replace("\n", " ").split(",") if pair.strip()]
        local_names = {pair[0].strip(): pair[-1].strip() for pair in pairs}
        if missing := sorted(local_names.keys() - set(modules[imported].exports)):
            raise ValueError(f"{path.name} imports what {imported.name} does not export: {', '.join(missing)}")
        imports.append((imported, ", ".join(a if a == b else f"{a}: {b}" for a, b in local_names.items())))
    modules[path] = _Module(_code(path, text, not importers), tuple(imports), tuple(_EXPORTED.findall(text)))


def _code(path: Path, text: str, is_entry: bool) -> str:
    code = _IMPORT.sub("", _TYPE.sub("", _TAIL.sub(r"\1", _COMMENT.sub("", text))))
    left = code if not is_entry else _DEFAULT.sub("", code)
    if unread := _LEFT.search(_EXPORT.sub("", left)):
        raise ValueError(
            f'{path.name}: "{unread.group().strip()}" is not understood; write `import {{ a, b }} from "./file.js";`, '
            "and `export` before a function, a class or a const"
        )
    return (code if is_entry else _EXPORT.sub("", code)).strip()
