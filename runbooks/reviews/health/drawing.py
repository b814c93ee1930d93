"""Where the lines, dots and cells of the charts stand. Numbers only: templates draw them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

#: A point has a value, or None in a week that nobody counted.
Point = tuple[date, int | None]


@dataclass(frozen=True, slots=True)
class Size:
    width: int
    height: int
    left: int = 40
    right: int = 12
    top: int = 16
    bottom: int = 28


WIDE, NARROW = Size(560, 280), Size(352, 240)
SPARK = Size(96, 20, left=2, right=4, top=3, bottom=3)
#: Fewer points than this are drawn as dots: one week makes no line.
_DOTS = 16
#: So many points before the last its words reach back over.
_NEAR = 6


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at a place, with its words."""

    x: float
    y: float
    words: str = ""
    anchor: str = "middle"

    @property
    def text_y(self) -> float:
        """The baseline of words whose middle is at this height."""
        return self.y + 5


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing of a line over weeks. `lines` are polylines; a missed week parts them."""

    size: Size
    lines: list[str]
    dots: list[Mark]
    last: Mark | None
    values: list[Mark]
    grid: list[Mark]
    ticks: list[Mark]
    goal: Mark | None = None

    @property
    def box(self) -> str:
        return f"0 0 {self.size.width} {self.size.height}"

    @property
    def right(self) -> int:
        return self.size.width - self.size.right

    @property
    def label_x(self) -> int:
        return self.size.left - 8

    @property
    def tick_y(self) -> int:
        return self.size.height - 8


def chart(
    points: Sequence[Point], *, size: Size, goal: int | None, unit: str, percent: bool
) -> Chart:
    """A line over weeks with its axis, its goal and the first, best and last value."""
    known = [value for _, value in points if value is not None]
    low, high, step = _axis(known, goal, percent=percent)
    xs = _xs(len(points), size)

    def y(value: int) -> float:
        room = size.height - size.top - size.bottom
        return round(size.top + room * (high - value) / (high - low), 1)

    places = [
        (x, y(value), value) if value is not None else None
        for x, (_, value) in zip(xs, points, strict=True)
    ]
    drawn = [place for place in places if place]
    last = drawn[-1] if drawn else None
    return Chart(
        size=size,
        lines=_lines(places),
        dots=[Mark(x, py) for x, py, _ in drawn[:-1]] if len(drawn) <= _DOTS else [],
        last=Mark(last[0], last[1]) if last else None,
        values=_values(drawn, size, unit),
        grid=[Mark(0, y(value), f"{value}") for value in range(low, high + 1, step)],
        ticks=_months(points, xs, size),
        goal=Mark(size.left + 4, y(goal), f"goal {goal}{unit}") if goal is not None else None,
    )


def spark(points: Sequence[Point]) -> Chart | None:
    """A small line without an axis; None where there is no line to draw."""
    known = [value for _, value in points if value is not None]
    if len(known) < 2:
        return None
    xs = _xs(len(points), SPARK)
    room = SPARK.height - SPARK.top - SPARK.bottom
    places = [
        (x, round(SPARK.top + room * (100 - value) / 100, 1), value) if value is not None else None
        for x, (_, value) in zip(xs, points, strict=True)
    ]
    drawn = [place for place in places if place]
    return Chart(SPARK, _lines(places), [], Mark(drawn[-1][0], drawn[-1][1]), [], [], [])


def _axis(known: Sequence[int], goal: int | None, *, percent: bool) -> tuple[int, int, int]:
    if percent:
        low = min([*known, goal or 100], default=0) // 20 * 20
        low = min(low, 60)
        return low, 100, 20 if low < 50 else 10
    most = max([*known, goal or 1, 4])
    step = next(s for s in _STEPS if most / s <= 5)
    return 0, -(-most // step) * step, step


_STEPS = [factor * 10**power for power in range(7) for factor in (1, 2, 5)]


def _xs(count: int, size: Size) -> list[float]:
    left, room = size.left + 8, size.width - size.left - size.right - 16
    if count < 2:
        return [left + room] * count
    return [round(left + room * number / (count - 1), 1) for number in range(count)]


def _lines(places: Sequence[tuple[float, float, int] | None]) -> list[str]:
    lines: list[list[str]] = [[]]
    for place in places:
        if place is None:
            lines.append([])
        else:
            lines[-1].append(f"{place[0]},{place[1]}")
    return [" ".join(line) for line in lines if len(line) > 1]


def _values(drawn: Sequence[tuple[float, float, int]], size: Size, unit: str) -> list[Mark]:
    """The last value, and the first and the highest where they do not run into one another."""
    if not drawn:
        return []
    last, first = drawn[-1], drawn[0]
    # Under a line that came down to its end, over one that rose.
    falls = min(place[1] for place in drawn[-_NEAR:]) < last[1]
    best = max(drawn, key=lambda place: place[2])
    found = [_value(last, size, unit, anchor="end", below=falls)]
    for place in (best, first):
        if all(abs(place[0] - mark.x) > 64 for mark in found):
            anchor = "start" if place is first else "middle"
            found.append(_value(place, size, unit, anchor=anchor))
    return found


def _value(
    place: tuple[float, float, int], size: Size, unit: str, *, anchor: str, below: bool = False
) -> Mark:
    x, y, value = place
    below = (below or y < size.top + 20) and y + 24 < size.height - size.bottom
    return Mark(x, y + 22 if below else y - 10, f"{value}{unit}", anchor)


def _months(points: Sequence[Point], xs: Sequence[float], size: Size) -> list[Mark]:
    """The first week of each month, as many as fit beside each other."""
    found: list[Mark] = []
    wide = 56 if size.width > 400 else 48
    for number, (week, _) in enumerate(points):
        new = number == 0 or week.month != points[number - 1][0].month
        if not new or (found and xs[number] - found[-1].x < wide):
            continue
        if number == 0 and len(points) > 4 and week.day > 21:
            continue  # the next month's name stands right beside it
        found.append(Mark(xs[number], 0, week.strftime("%b")))
    return found


@dataclass(frozen=True, slots=True)
class Cell:
    x: int
    count: int
    shade: str
    url: str
    words: str
    width: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def strong(self) -> bool:
        return self.shade in ("l3", "l4")


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the heat map."""

    name: str
    url: str
    y: int
    text_y: int
    cells: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heat:
    width: int
    height: int
    name_x: int
    columns: list[Mark]
    #: From where to where the columns of a quarter reach, and those that are older.
    recent: tuple[int, int]
    old: tuple[int, int]
    lines: list[Line]
    row: int

    @property
    def box(self) -> str:
        return f"0 0 {self.width} {self.height}"


@dataclass(frozen=True, slots=True)
class Band:
    """A column of the heat map: its two headings, long and short, and whether it is old."""

    key: str
    long: str
    short: str
    old: bool


def shade(count: int, most: int, *, old: bool) -> str:
    """f0 to f4 for what is recent, l0 to l4 for what is old: by the share of the largest cell."""
    if not count:
        return "l0" if old else "f0"
    level = 1 + min(3, 4 * (count - 1) // max(most, 4))
    return f"{'l' if old else 'f'}{level}"


def heat(
    rows: Sequence[tuple[str, str, dict[str, int], dict[str, str]]],
    bands: Sequence[Band],
    *,
    wide: bool,
) -> Heat:
    """`rows` are (name, its address, band -> count, band -> address)."""
    left, cell, row, letters = (136, 66, 26, 18) if wide else (106, 38, 30, 13)
    gap = 2
    most = max((count for _, _, counts, _ in rows for count in counts.values()), default=0)
    xs = [left + number * (cell + gap) for number in range(len(bands))]
    lines = []
    for number, (name, url, counts, urls) in enumerate(rows):
        cells = [
            Cell(
                x,
                counts.get(band.key, 0),
                shade(counts.get(band.key, 0), most, old=band.old),
                urls.get(band.key, ""),
                f"{name}, {band.long}: {counts.get(band.key, 0)}",
                cell,
            )
            for x, band in zip(xs, bands, strict=True)
        ]
        short = name if len(name) <= letters else f"{name[: letters - 1]}…"
        y = 44 + number * row
        lines.append(Line(short, url, y, y + row // 2 + 4, cells))
    recent = [x for x, band in zip(xs, bands, strict=True) if not band.old]
    old = [x for x, band in zip(xs, bands, strict=True) if band.old]
    return Heat(
        width=xs[-1] + cell + gap,
        height=44 + len(rows) * row,
        name_x=left - 8,
        columns=[
            Mark(x + cell / 2, 38, band.long if wide else band.short)
            for x, band in zip(xs, bands, strict=True)
        ],
        recent=(recent[0], recent[-1] + cell),
        old=(old[0], old[-1] + cell),
        lines=lines,
        row=row - gap,
    )
