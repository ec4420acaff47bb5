"""Lessons that people write: a text file of steps, each with words, a link to a view, and perhaps a question.

    lesson: Lines and regions

    ## Three lines
    link: /?data=xor&network=own&widths=3
    Each unit draws one line.

    A second paragraph.
    choose: 3 | 6 | *7
    hint: Count the pieces around the triangle in the middle.
    praise: The triangle, and six pieces around it.
    cover: yes

A file and a link come from strangers: everything in them is text, limited in size, and shown as it is.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qsl, quote, urlsplit

from geometry.computation.cached_property import cached_property
from pages.shared.link_names import names_on
from pages.shared.measures import MEASURES
from pages.shared.plain import plain
from pages.teaching.questions import RELATIONS, Answer, Choice, Condition, Goal, Nearest, Quantity, Question, Relation
from pages.teaching.steps import PAGES, Step

MOST_BYTES = 100_000  # of a file
MOST_STEPS = 60
MOST_TITLE = 80  # characters
FARTHEST = 1_000_000  # coordinate of a point that a click is asked about
ASKS = ("choose", "number", "click", "reach")
NAMES = ("link", *ASKS, "hint", "praise", "cover")
LINE = re.compile(rf"({'|'.join(NAMES)}):(.*)")
CONDITION = re.compile(r"([\w-]+)\s*(<=|>=|=)\s*([\w.+-]+)")
CLICK = re.compile(r"(region|class)\s+nearest\s+(.+)")


@dataclass(frozen=True)
class Lesson:
    """A title and its steps."""

    title: str
    steps: tuple[Step, ...]
    text: str  # of the file

    @cached_property
    def packed(self) -> str:
        """The lesson for a link."""
        return base64.urlsafe_b64encode(zlib.compress(self.text.encode(), 9)).decode().rstrip("=")


def read_lesson(content: str | bytes) -> Lesson:
    """A lesson from the text of a file.

    Raises
    ------
    ValueError
        For a text that is too long or not UTF-8, and for the first line that has no meaning, with its number.
    """
    if len(content) > MOST_BYTES:
        raise ValueError(f"a lesson has at most {MOST_BYTES:,} bytes, this file has {len(content):,}")
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"a lesson is a text in UTF-8; byte {error.start} of this file is not") from None
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1)]
    title, steps = "Lesson", list[list[tuple[int, str]]]()
    for number, line in lines:
        if line.startswith("## "):
            steps.append([(number, line)])
        elif steps:
            steps[-1].append((number, line))
        elif line.startswith("lesson:"):
            title = _short(number, "a lesson's title", line.removeprefix("lesson:").strip())
        elif line:
            raise ValueError(
                f'line {number}: a lesson begins with "lesson: TITLE" and steps with "## TITLE", not {line!r:.60}'
            )
    if not steps:
        raise ValueError('there is no step: a step begins with a line such as "## Three lines"')
    if len(steps) > MOST_STEPS:
        raise ValueError(f"a lesson has at most {MOST_STEPS} steps, this one has {len(steps)}")
    return Lesson(title, tuple(_step(part) for part in steps), text)


def write_lesson(title: str, steps: Sequence[tuple[str, str, str]]) -> str:
    """The text of a lesson without questions, from the title, the address and the words of each step."""
    parts = [f"lesson: {' '.join(title.split())}\n"]
    for name, address, words in steps:
        said = "\n".join(_no_line_of_its_own(line) for line in words.strip().splitlines())
        parts.append(f"## {' '.join(name.split())}\nlink: {address}\n{said}\n")
    return "\n".join(parts)


def _no_line_of_its_own(line: str) -> str:
    """The line, so that it is read as words: with a space before the colon of a name, and before "##"."""
    line = line.strip()
    return LINE.sub(lambda match: f"{match[1]} :{match[2]}", line) if not line.startswith("##") else f"\\{line}"


def unpacked(text: str) -> Lesson:
    """The lesson of a link; inverse of `Lesson.packed`.

    Raises
    ------
    ValueError
        For a text that is no lesson. Not more than `MOST_BYTES` are ever unpacked.
    """
    try:
        content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        written = unpacker.decompress(content, MOST_BYTES + 1)
    except (binascii.Error, zlib.error):
        raise ValueError("it holds no lesson: perhaps the link was cut off") from None
    if not unpacker.eof and len(written) <= MOST_BYTES:
        raise ValueError("its lesson ends too early: perhaps the link was cut off")
    return read_lesson(written)


def address(page: str, parts: Mapping[str, str]) -> str:
    """The address of a view in a lesson: the page's path and the link's parts."""
    query = "&".join(f"{quote(name, safe='')}={quote(text, safe=',.:-_;()*~')}" for name, text in parts.items())
    return PAGES[page].path + (f"?{query}" if query else "")


def _step(part: list[tuple[int, str]]) -> Step:
    number, heading = part[0]
    title = _short(number, "a step's title", heading.removeprefix("## ").strip())
    words, said = list[str](), dict[str, tuple[int, str]]()
    for at, line in part[1:]:
        match = LINE.fullmatch(line)
        if match is None:
            words.append(line.removeprefix("\\"))
        elif match[1] in said:
            raise ValueError(f'line {at}: this step has "{match[1]}:" twice')
        else:
            said[match[1]] = at, match[2].strip()
    if "link" not in said:
        raise ValueError(f'line {number}: the step "{title}" has no line "link: ADDRESS"')
    page, parts = _view(*said["link"])
    paragraphs = re.split(r"\n{2,}", "\n".join(words).strip())
    text = "\n\n".join(plain(paragraph, 4000) for paragraph in paragraphs if paragraph)
    return Step(title, page, parts, (), words=text, question=_question(page, said))


def _short(number: int, what: str, text: str) -> str:
    if not 0 < len(text) <= MOST_TITLE:
        raise ValueError(f"line {number}: {what} has 1 to {MOST_TITLE} characters, this has {len(text)}")
    return text


def _view(number: int, text: str) -> tuple[str, dict[str, str]]:
    """The page and the link's parts of an address; of a whole address only what follows the server's name counts."""
    whole = urlsplit(text)
    page = next((name for name, stop in PAGES.items() if stop.path.strip("/") == whole.path.strip("/")), None)
    page = "explore" if whole.path.strip("/") == "explore" else page
    if page is None:
        paths = ", ".join(stop.path for stop in PAGES.values())
        raise ValueError(f"line {number}: a link leads to one of {paths}, not to {whole.path!r:.60}")
    parts = dict(parse_qsl(whole.query, keep_blank_values=True))
    for name in ("tour", "lesson", "present"):
        parts.pop(name, None)
    if unknown := sorted(parts.keys() - names_on(page)):
        raise ValueError(f"line {number}: {unknown[0]!r:.60} in the link means nothing on {PAGES[page].title}")
    return page, parts


def _question(page: str, said: Mapping[str, tuple[int, str]]) -> Question | None:
    asks = [name for name in ASKS if name in said]
    if len(asks) > 1:
        raise ValueError(f'line {said[asks[1]][0]}: a step asks once, this one has "{asks[0]}:" and "{asks[1]}:"')
    if not asks:
        for name in ("hint", "praise", "cover"):
            if name in said:
                raise ValueError(f'line {said[name][0]}: "{name}:" needs a question: {", ".join(ASKS)}')
        return None
    number, text = said[asks[0]]
    try:
        answer = READERS[asks[0]](text)
        _check_page(page, answer)
    except ValueError as error:
        raise ValueError(f"line {number}: {error}") from None
    cover = said.get("cover", (0, "no"))
    if cover[1] not in ("yes", "no"):
        raise ValueError(f'line {cover[0]}: "cover:" is yes or no')
    hint, praise = (plain(said.get(name, (0, ""))[1], 1000) for name in ("hint", "praise"))
    covered = cover[1] == "yes" and isinstance(answer, (Choice, Quantity))
    return Question(answer, hint, praise, covered)


def _choice(text: str) -> Choice:
    options = [option.strip() for option in text.split("|")]
    right = [i for i, option in enumerate(options) if option.startswith("*")]
    if not 2 <= len(options) <= 6 or len(right) != 1 or not all(option.strip("*") for option in options):
        raise ValueError("a choice has 2 to 6 answers with | between them, and * before the right one")
    answers = tuple(option.removeprefix("*").strip() for option in options)
    if twin := next((answer for i, answer in enumerate(answers) if answer in answers[:i]), None):
        raise ValueError(f"two answers are the same: {twin!r:.60}")
    return Choice(answers, right[0])


def _quantity(text: str) -> Quantity:
    value, _, tolerance = (part.strip() for part in text.replace("+-", "±").partition("±"))
    within = _number(tolerance) if tolerance else 0.0
    if within < 0:
        raise ValueError(f"the tolerance after ± must be 0 or above, got {within:g}")
    return Quantity(value if value in MEASURES else _number(value), within)


def _click(text: str) -> Nearest:
    match = CLICK.fullmatch(text)
    numbers = [] if match is None else match[2].split(",")
    if match is None or len(numbers) != 2:
        raise ValueError('a click is asked for as "region nearest 0.4, 0.3" or "class nearest 0.4, 0.3"')
    point = _number(numbers[0]), _number(numbers[1])
    if max(map(abs, point)) > FARTHEST:
        raise ValueError(f"coordinates lie between -{FARTHEST:,} and {FARTHEST:,}, got {point[0]:g}, {point[1]:g}")
    return Nearest("region" if match[1] == "region" else "class", point)


def _goal(text: str) -> Goal:
    conditions = []
    for part in text.split(","):
        match = CONDITION.fullmatch(part.strip())
        if match is None or match[1] not in MEASURES:
            known = ", ".join(MEASURES)
            raise ValueError(f"a goal is such as regions <= 20, error = 0; known numbers are {known}")
        relation: Relation = next(each for each in get_args(Relation) if each == match[2])
        conditions.append(Condition(match[1], relation, match[3] if match[3] in MEASURES else _number(match[3])))
    return Goal(tuple(conditions))


READERS: Mapping[str, Callable[[str], Answer]] = {
    "choose": _choice,
    "number": _quantity,
    "click": _click,
    "reach": _goal,
}
assert {*RELATIONS} == {*get_args(Relation)}


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{text.strip()!r:.40} is no number")
    return value


def _check_page(page: str, answer: Answer) -> None:
    """Refuse a question about what its page does not show."""
    if isinstance(answer, Nearest) and page != "explore":
        raise ValueError("a click can be asked for on Explore alone")
    names: list[float | str] = []
    if isinstance(answer, Quantity):
        names = [answer.value]
    elif isinstance(answer, Goal):
        names = [name for each in answer.conditions for name in (each.measure, each.bound)]
    for name in names:
        if isinstance(name, str) and page not in MEASURES[name].pages:
            raise ValueError(f"{PAGES[page].title} does not show {name}")
