"""Files in VNN-LIB, the format of the verification competition: the subset with boxes on inputs.

`declare-const` of Real variables X_0, X_1, ... for inputs and Y_0, Y_1, ... for outputs, and `assert` of `<=`, `>=`,
`=`, `and` and `or` over linear terms. An inequality has inputs or outputs, and at most one input. Together the
assertions describe the violations: a network has the property if they are true nowhere. Files are untrusted.

Source: Demarchi, Guidotti, Pulina and Tacchella, *Supporting standardization of neural networks verification with
VNN-LIB and CoCoNet* (2023).
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

from certify.properties.expressions import Expression, Symbol, expressions
from certify.properties.formulas import MAX_ATOMS, Atom, Conjunction, Variable, cases, conjunction
from certify.properties.property import Case, Inequality, Property

MAX_BYTES = 64_000_000  # a limit on memory
IGNORED = ("set-logic", "set-info", "check-sat")  # they say nothing about the property


def read_vnnlib(source: str | os.PathLike[str] | bytes) -> Property:
    """The property in a file, given by its path or its bytes.

    Raises
    ------
    ValueError
        In one sentence, with the line where there is one, for anything else than the subset.
    OSError
        If the file cannot be read.
    """
    declared: dict[str, Variable] = {}
    parts: list[list[Conjunction]] = []
    line, atoms = 1, 0
    for command in expressions(_text(source)):
        line = command.line
        match command.head:
            case "declare-const":
                name, variable = _declaration(command)
                if name in declared:
                    raise ValueError(f"line {line}: {name} is declared twice")
                declared[name] = variable
                if len(declared) > MAX_ATOMS:
                    raise ValueError(f"line {line}: the file declares more than {MAX_ATOMS:,} variables")
            case "assert":
                if len(command.items) != 2:
                    raise ValueError(f"line {line}: assert takes one formula, got {len(command.items) - 1}")
                parts.append(cases(command.items[1], declared))
                atoms += sum(map(len, parts[-1]))
                if atoms > MAX_ATOMS:
                    raise ValueError(f"line {line}: the file has more than {MAX_ATOMS:,} inequalities")
            case name if name not in IGNORED:
                raise ValueError(f"line {line}: command {command} is not supported; declare-const and assert are")
    inputs, outputs = (_count(declared, letter) for letter in "XY")
    if not parts:
        raise ValueError("the file asserts nothing; a property has one assert or more")
    found = [_case(case, inputs) for case in conjunction(parts, line)]
    return Property(inputs, outputs, tuple(case for case in found if case is not None))


def _text(source: str | os.PathLike[str] | bytes) -> str:
    if not isinstance(source, bytes):
        path = Path(source)
        if not path.is_file():
            raise ValueError(f"there is no file {str(source)[:200]!r}")
        with path.open("rb") as file:
            source = file.read(MAX_BYTES + 1)
    if len(source) > MAX_BYTES:
        raise ValueError(f"the file has more than {MAX_BYTES:,} bytes, which is the limit")
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: this is no text in UTF-8; a file in VNN-LIB is") from None


def _declaration(command: Expression) -> tuple[str, Variable]:
    texts = [item.text if isinstance(item, Symbol) else "" for item in command.items[1:]]
    if len(texts) != 2 or texts[1] != "Real":
        raise ValueError(f"line {command.line}: declare-const takes a name and the type Real")
    letter, _, place = texts[0].partition("_")
    short = place.isascii() and place.isdigit() and len(place) < 10
    if letter not in ("X", "Y") or not short or str(int(place)) != place:
        raise ValueError(f"line {command.line}: variable {command.items[1]} is not supported; X_0, Y_0 and so on are")
    return texts[0], (letter, int(place))


def _count(declared: dict[str, Variable], letter: str) -> int:
    """How many variables of this letter there are; their numbers must have no gap."""
    places = {place for own, place in declared.values() if own == letter}
    if not places:
        raise ValueError(f"the file declares no variable {letter}_0")
    if max(places) >= len(places):
        missing = next(place for place in range(len(places)) if place not in places)
        raise ValueError(f"the file declares {letter}_{max(places)}, but not {letter}_{missing}")
    return len(places)


def _case(atoms: Conjunction, inputs: int) -> Case | None:
    """The case of these inequalities; None if no input satisfies them."""
    low: dict[int, Fraction] = {}
    high: dict[int, Fraction] = {}
    inequalities = []
    for atom in atoms:
        letters = {letter for letter, _ in atom.coefficients}
        if not letters:
            if atom.constant < 0:
                return None
        elif letters == {"Y"}:
            inequalities.append(Inequality({place: f for (_, place), f in atom.coefficients.items()}, atom.constant))
        elif len(atom.coefficients) > 1:
            what = "several inputs" if letters == {"X"} else "inputs and outputs"
            raise ValueError(f"line {atom.line}: an inequality over {what} is not supported; bounds of one input are")
        else:
            _bound(atom, low, high)
    for name, bounds in (("lower", low), ("upper", high)):
        if len(bounds) < inputs:
            free = next(place for place in range(inputs) if place not in bounds)
            raise ValueError(f"X_{free} has no {name} bound in a case of the property; inputs must lie in a box")
    if any(low[place] > high[place] for place in range(inputs)):
        return None
    return Case(tuple((low[place], high[place]) for place in range(inputs)), tuple(inequalities))


def _bound(atom: Atom, low: dict[int, Fraction], high: dict[int, Fraction]) -> None:
    """Take in a bound of one input: factor * x + constant >= 0."""
    ((_, place), factor), *_ = atom.coefficients.items()
    limit = -atom.constant / factor
    if factor > 0:
        low[place] = max(low.get(place, limit), limit)
    else:
        high[place] = min(high.get(place, limit), limit)
