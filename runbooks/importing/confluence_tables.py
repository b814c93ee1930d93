"""Tables whose cells are merged, hold code or hold further tables, as Markdown can say them. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from portal.typed import number
from runbooks.importing.confluence_macros import lead_in

#: A merged cell's words are said again in each of its places while they are so short.
REPEATED = 60
#: No merged cell reaches beyond so many columns.
MOST_COLUMNS = 60
#: Places of a table that are filled up with empty cells; a larger one has rows of their own lengths.
_MOST_PLACES = 100_000
_ABOVE = "(as above)"
_BESIDE = "(as on the left)"


@dataclass(slots=True)
class Grid:
    """Of `rows` each place holds a cell, or the words that stand where a merged cell reaches. They are all
    of one `width`, in a huge table the first alone."""

    rows: list[list[Tag | str]]
    width: int
    headed: bool


def rows_of(table: Tag) -> Iterator[Tag]:
    """The table's own rows, not those of a table in it."""
    for child in table.children:
        if not isinstance(child, Tag):
            continue
        if child.name == "tr":
            yield child
        elif child.name in ("thead", "tbody", "tfoot"):
            yield from child.find_all("tr", recursive=False)


def cells_of(row: Tag) -> list[Tag]:
    return row.find_all(("td", "th"), recursive=False)


def is_simple(table: Tag) -> bool:
    """Can it be a Markdown table: at least two columns, and no cell that needs lines of its own?"""
    if table.find(("table", "blockquote", "h1", "h2", "h3")) is not None:
        return False
    if any("\n" in pre.get_text().strip("\n") for pre in table.find_all("pre")):
        return False
    if _stray(table):
        return False
    return any(len(cells_of(row)) > 1 for row in rows_of(table))


def _stray(table: Tag) -> bool:
    """Is there text in it that is in no cell of its own rows?"""
    inside = sum(len(cell.get_text().strip()) for row in rows_of(table) for cell in cells_of(row))
    caption = table.find("caption", recursive=False)
    inside += len(caption.get_text().strip()) if caption is not None else 0
    said = "".join(table.get_text().split())
    return (inside == 0 and bool(said)) or _squeezed(table) != said


def _squeezed(table: Tag) -> str:
    parts = [c for c in table.children if isinstance(c, Tag) and c.name == "caption"]
    parts += [cell for row in rows_of(table) for cell in cells_of(row)]
    # In the order of the document: a caption stands first, and so it does here.
    return "".join("".join(part.get_text().split()) for part in parts)


def grid_of(table: Tag) -> Grid:
    rows: list[list[Tag | str]] = []
    reaching: dict[
        int, tuple[int, str]
    ] = {}  # column -> rows that are left, and what is said there
    all_rows = list(rows_of(table))
    headed = bool(all_rows) and all(cell.name == "th" for cell in cells_of(all_rows[0]))
    for row in all_rows:
        line: list[Tag | str] = []
        cells = cells_of(row)
        for cell in cells:
            _reach(line, reaching)
            line.append(cell)
            down = _span(cell, "rowspan") if len(line) <= MOST_COLUMNS else 1
            said = " ".join(cell.get_text(" ").split()).replace("|", "\\|").replace("<", "\\<")
            if down > 1:
                reaching[len(line) - 1] = (down - 1, said if len(said) <= REPEATED else _ABOVE)
            across = min(_span(cell, "colspan"), MOST_COLUMNS - len(line) + 1)
            whole_row = len(cells) == 1
            for _ in range(1, across):
                beside = said if len(said) <= REPEATED else _BESIDE
                line.append("" if whole_row or not said else beside)
                if down > 1:
                    reaching[len(line) - 1] = (down - 1, said if len(said) <= REPEATED else _ABOVE)
        _reach(line, reaching)
        if line:
            rows.append(line)
    width = max((len(row) for row in rows), default=0)
    filled = len(rows) if len(rows) * width <= _MOST_PLACES else 1
    for line in rows[:filled]:
        line.extend([""] * (width - len(line)))
    return Grid(rows, width, headed)


def _reach(line: list[Tag | str], reaching: dict[int, tuple[int, str]]) -> None:
    """Put down what cells of rows above say here."""
    while len(line) in reaching:
        left, said = reaching.pop(len(line))
        if left > 1:
            reaching[len(line)] = (left - 1, said)
        line.append(said)


def _span(cell: Tag, name: str) -> int:
    return max(1, min(1000, number(str(cell.get(name) or "")) or 1))


def as_lists(table: Tag) -> Tag:
    """The table as a list with an item for each row, each cell under its column's name. One of a single
    column or row only drew a frame: what is in it. Nothing of it is lost, however deep it is nested."""
    soup = BeautifulSoup("", "html.parser")
    out = soup.new_tag("div")
    _keep_strays(soup, table, out)
    grid = grid_of(table)
    if grid.width <= 1 or len(grid.rows) == 1:
        for cell in (cell for row in grid.rows for cell in row if isinstance(cell, Tag)):
            _into(out, soup.new_tag("div"), cell)
    else:
        out.append(_items(soup, grid))
    # Whatever stands beside the rows and cells, in a table that is put together wrongly.
    _into(out, soup.new_tag("div"), table)
    return out


def _keep_strays(soup: BeautifulSoup, table: Tag, out: Tag) -> None:
    """The caption, and text that is in no cell."""
    caption = table.find("caption", recursive=False)
    strays = [
        text
        for text in list(table.descendants)
        if isinstance(text, NavigableString)
        and text.strip()
        and text.find_parent(("td", "th", "caption")) is None
    ]
    if isinstance(caption, Tag):
        caption.name = "p"
        out.append(caption.extract())
    for text in strays:
        line = soup.new_tag("p")
        line.append(text.extract())
        out.append(line)


def _items(soup: BeautifulSoup, grid: Grid) -> Tag:
    head = grid.rows[0] if grid.headed else [""] * grid.width
    names = [_words(cell) for cell in head]
    items = soup.new_tag("ul")
    for row in grid.rows[1:] if grid.headed else grid.rows:
        item = soup.new_tag("li")
        for name, cell in zip(names, row, strict=False):
            part = soup.new_tag("div")
            if isinstance(cell, Tag):
                said = bool(_words(cell)) or cell.find("img") is not None
                _into(item, part, cell)
            else:
                said = bool(cell)
                part.append(NavigableString(cell))
                item.append(part)
            if name and said:
                lead_in(soup, part, name)
        items.append(item)
    for cell in head:
        if isinstance(cell, Tag):
            cell.extract()
    return items


def _into(target: Tag, part: Tag, cell: Tag) -> None:
    for child in list(cell.contents):
        part.append(child.extract())
    if cell.parent is not None and cell.name in ("td", "th"):
        cell.extract()
    target.append(part)


def _words(cell: Tag | str) -> str:
    return cell if isinstance(cell, str) else " ".join(cell.get_text(" ").split())
