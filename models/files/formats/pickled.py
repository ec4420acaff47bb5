"""Reading a pickle as plain values: nothing named in it is imported, called or constructed.

A pickle is a program for a small stack machine (Python's `pickletools` documents and splits its operations). Here it
runs with containers, numbers and texts alone. An object stays a `Call`: the name of the function and its arguments. The
reader of a Call decides on its meaning.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MAX_STEPS = 2_000_000  # operations of one pickle: a limit on time. A network of 400 layers has some ten thousand
DICTS = frozenset({"collections OrderedDict", "collections defaultdict", "__builtin__ dict", "builtins dict"})
DAMAGED = "the file is damaged or cut off; save or download it again"


@dataclass(frozen=True)
class Name:
    """A class or function by its module and name, such as 'torch.nn.modules.linear Linear'."""

    text: str


@dataclass(eq=False)
class Call:
    """A call that the pickle contains, which is not made. `state` is the state that its result would get."""

    name: str
    arguments: tuple[Any, ...]
    state: Any = None


@dataclass(frozen=True)
class Persistent:
    """A reference to data outside the pickle in the same file, such as the numbers of a tensor."""

    key: Any


_MARK = object()


def described(stream: io.BytesIO, known: Collection[str] | None = None) -> Any:
    """The value of the pickle at the stream's position, which is moved to the pickle's end.

    `known` are the only classes and functions that it may name; None allows all, as none is called.

    Raises
    ------
    ValueError
        If it is damaged or too long, uses operations that no known writer of networks uses, or names what is not known.
    """
    machine = _Machine(known)
    try:
        for steps, (operation, argument, _) in enumerate(_operations(stream)):
            if steps > MAX_STEPS:
                raise ValueError(f"the file has more than {MAX_STEPS:,} parts; it is no network that is known")
            if operation.name == "STOP":
                return machine.stack[-1]
            machine.step(operation.name, argument)
    except (IndexError, KeyError, TypeError, AttributeError, UnicodeError, OverflowError, RecursionError) as error:
        raise ValueError(DAMAGED) from error
    raise ValueError(DAMAGED)


def _operations(stream: io.BytesIO) -> Iterator[tuple[pickletools.OpcodeInfo, Any, int | None]]:
    """The operations of the pickle; a ValueError of one sentence if it is damaged."""
    try:
        yield from pickletools.genops(stream)
    except ValueError as error:
        raise ValueError(DAMAGED) from error


class _Machine:
    """The stack and the memo of a pickle."""

    def __init__(self, known: Collection[str] | None) -> None:
        self.known = known
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        """Perform one operation."""
        if name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _LITERALS:
            self.stack.append(argument)
        elif name in _OPERATIONS:
            _OPERATIONS[name](self, argument)
        elif name not in ("PROTO", "FRAME"):
            raise ValueError(f"the file uses the pickle operation {name}, which no writer of networks needs")

    def marked(self) -> list[Any]:
        """Pop the items above the last mark, and the mark."""
        at = len(self.stack) - 1
        while self.stack[at] is not _MARK:
            at -= 1
            if at < 0:
                raise ValueError(DAMAGED)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def taken(self, count: int) -> list[Any]:
        """Pop the last `count` items."""
        if len(self.stack) < count:
            raise ValueError(DAMAGED)
        items = self.stack[len(self.stack) - count :]
        del self.stack[len(self.stack) - count :]
        return items

    def put(self, argument: Any) -> None:
        self.memo[len(self.memo) if argument is None else int(argument)] = self.stack[-1]

    def call(self, _: Any) -> None:
        function, arguments = self.taken(2)
        self.stack.append(_called(function, arguments))

    def call_with_keywords(self, _: Any) -> None:
        function, arguments, keywords = self.taken(3)
        self.stack.append(_called(function, (*arguments, keywords)))

    def build(self, _: Any) -> None:
        (state,) = self.taken(1)
        if isinstance(self.stack[-1], Call):
            self.stack[-1].state = state

    def set_items(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], dict):
            self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def append_all(self, items: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(items)

    def named(self, argument: Any) -> None:
        name = str(argument)
        if self.known is not None and name not in self.known:
            raise ValueError(f"it names {name[:60]!r}, which its format does not need; it may be malicious")
        self.stack.append(Name(name))

    def named_on_stack(self, _: Any) -> None:
        self.named(" ".join(map(str, self.taken(2))))

    def drop_marked(self, _: Any) -> None:
        self.marked()

    def dictionary(self, _: Any) -> None:
        items = self.marked()
        self.stack.append(dict(zip(items[::2], items[1::2], strict=True)))


def _called(function: Any, arguments: Any) -> Any:
    """The dictionary or bytes of a known constructor, else a Call."""
    name = function.text if isinstance(function, Name) else getattr(function, "name", "something unknown")
    if name in DICTS:
        pairs = arguments[0] if arguments and isinstance(arguments[0], (list, tuple)) else []
        return dict(pairs)
    if name == "_codecs encode" and isinstance(arguments[0], str):
        return arguments[0].encode("latin1")
    return Call(name, tuple(arguments) if isinstance(arguments, (tuple, list)) else (arguments,))


_CONSTANTS: Mapping[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": (), "MARK": _MARK}
_LITERALS = frozenset(
    {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT", "STRING", "BINSTRING",
     "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8", "UNICODE", "BINUNICODE",
     "SHORT_BINUNICODE", "BINUNICODE8"}
)  # fmt: skip
_OPERATIONS: Mapping[str, Callable[[_Machine, Any], None]] = {
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_SET": lambda machine, _: machine.stack.append([]),
    "ADDITEMS": lambda machine, _: machine.append_all(machine.marked()),
    "FROZENSET": lambda machine, _: machine.stack.append(tuple(machine.marked())),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.marked())),
    "TUPLE1": lambda machine, _: machine.stack.append(tuple(machine.taken(1))),
    "TUPLE2": lambda machine, _: machine.stack.append(tuple(machine.taken(2))),
    "TUPLE3": lambda machine, _: machine.stack.append(tuple(machine.taken(3))),
    "LIST": lambda machine, _: machine.stack.append(machine.marked()),
    "DICT": _Machine.dictionary,
    "SETITEM": lambda machine, _: machine.set_items(machine.taken(2)),
    "SETITEMS": lambda machine, _: machine.set_items(machine.marked()),
    "APPEND": lambda machine, _: machine.append_all(machine.taken(1)),
    "APPENDS": lambda machine, _: machine.append_all(machine.marked()),
    "POP": lambda machine, _: machine.stack.pop(),
    "POP_MARK": _Machine.drop_marked,
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "PUT": _Machine.put,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.put,
    "GET": lambda machine, key: machine.stack.append(machine.memo[int(key)]),
    "BINGET": lambda machine, key: machine.stack.append(machine.memo[int(key)]),
    "LONG_BINGET": lambda machine, key: machine.stack.append(machine.memo[int(key)]),
    "GLOBAL": _Machine.named,
    "STACK_GLOBAL": _Machine.named_on_stack,
    "REDUCE": _Machine.call,
    "NEWOBJ": _Machine.call,
    "NEWOBJ_EX": _Machine.call_with_keywords,
    "BUILD": _Machine.build,
    "BINPERSID": lambda machine, _: machine.stack.append(Persistent(*machine.taken(1))),
    "PERSID": lambda machine, argument: machine.stack.append(Persistent(argument)),
}
