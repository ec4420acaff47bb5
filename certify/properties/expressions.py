"""Parenthesized expressions of an untrusted text, one at a time, bounded in size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

MAX_DEPTH = 100  # of parentheses: limits the recursion of whoever walks an expression
MAX_SYMBOLS = 2_000_000  # in one expression: a limit on memory
MAX_LENGTH = 200  # of one symbol: limits the digits of a number
SHOWN = 40  # characters of a symbol in a message at most

_TOKEN = re.compile(r"\n|[^\S\n]+|;[^\n]*|[()]|[^\s();]+")


@dataclass(frozen=True)
class Symbol:
    """A word or a number, and its line, from 1."""

    text: str
    line: int

    def __str__(self) -> str:
        return repr(self.text if len(self.text) <= SHOWN else f"{self.text[:SHOWN]}...")


@dataclass(frozen=True)
class Expression:
    """Symbols and expressions between parentheses, and the line of the opening one."""

    items: list[Symbol | Expression]
    line: int

    @property
    def head(self) -> str:
        """The first symbol, "" if there is none."""
        first = self.items[0] if self.items else None
        return first.text if isinstance(first, Symbol) else ""

    def __str__(self) -> str:
        return f"({self.head or '...'} ...)"


Node: TypeAlias = Symbol | Expression


def expressions(text: str) -> Iterator[Expression]:
    """The outermost expressions of a text, in order; comments go from ; to the end of the line.

    Raises
    ------
    ValueError
        With the line, for unbalanced parentheses, anything outside them, quotes, or a bound that is exceeded.
    """
    line, symbols = 1, 0
    open_: list[Expression] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == "\n":
            line += 1
        elif token == "(":
            if len(open_) == MAX_DEPTH:
                raise ValueError(f"line {line}: parentheses are nested more than {MAX_DEPTH} deep")
            open_.append(Expression([], line))
        elif token == ")":
            if not open_:
                raise ValueError(f"line {line}: a closing parenthesis has no opening one")
            done = open_.pop()
            if open_:
                open_[-1].items.append(done)
            else:
                symbols = 0
                yield done
        elif not (token.isspace() or token[0] == ";"):
            if not open_:
                raise ValueError(f"line {line}: {_symbol(token, line)} stands outside parentheses")
            open_[-1].items.append(_symbol(token, line))
        symbols += 1
        if symbols > MAX_SYMBOLS:
            raise ValueError(f"line {line}: an expression or a gap has more than {MAX_SYMBOLS:,} symbols")
    if open_:
        raise ValueError(f"line {open_[-1].line}: the parenthesis that opens here is never closed")


def _symbol(token: str, line: int) -> Symbol:
    symbol = Symbol(token, line)
    if len(token) > MAX_LENGTH:
        raise ValueError(f"line {line}: {symbol} has {len(token):,} characters; symbols up to {MAX_LENGTH} are read")
    if '"' in token or "|" in token:
        raise ValueError(f"line {line}: {symbol}: quotes are not supported")
    return symbol
