"""A Confluence space's HTML export as a tree of Markdown, which the importer reads as any other. Pure.

    if is_confluence_export(folder):
        report = convert_space(folder, target)

Pages keep their titles, their place in the tree (a folder, and the service), their old addresses and their
attachments. Nothing is asked of the wiki, and nothing outside the export is opened.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from posixpath import relpath

from bs4 import BeautifulSoup, Tag

from runbooks.frontmatter import compose
from runbooks.importing import confluence_macros as macros
from runbooks.importing.confluence_export import Page, Space, folder_of, read_html, read_space
from runbooks.importing.confluence_files import Files, short_stem
from runbooks.importing.confluence_links import HEADINGS, SCHEME, Links, anchors_of
from runbooks.importing.confluence_markdown import ConfluenceConverter, address
from runbooks.importing.scanning import FOLDER_FILES, is_no_runbook
from runbooks.naming import slug_of

#: Folders deeper than this say nothing to anybody, and a path may not be endless.
_MOST_FOLDERS = 6
#: A page with fewer words of its own than this many letters only lists what is below it.
_OWN_LETTERS = 160
_ON = re.compile(r"\bon ((?:[A-Z]\w{2} \d{1,2}, \d{4})|(?:\d{1,2} [A-Z]\w{2,8}\.?,? \d{4}))")
#: A page of this name groups other pages and is no service.
_GROUPS = frozenset(
    {
        *("runbook", "runbooks", "playbook", "playbooks", "sop", "sops", "how-to", "how-tos"),
        *("how-to-articles", "troubleshooting", "troubleshooting-articles", "documentation"),
        *("docs", "operations", "on-call", "oncall", "alerts", "alert-runbooks", "incidents"),
        *("services", "archive", "archived", "knowledge-base", "home", "procedures", "guides"),
        *("incident-response", "file-lists", "meeting-notes", "templates"),
    }
)


@dataclass(slots=True)
class ConfluenceReport:
    """What became of a space. `unconverted` leads from a page's title to macros whose text alone came along;
    `broken_links` pairs a page's title with the address that leads nowhere now."""

    space: str = ""
    base: str = ""
    pages: int = 0
    attachments: int = 0
    unconverted: dict[str, list[str]] = field(default_factory=dict)
    broken_links: list[tuple[str, str]] = field(default_factory=list)
    #: Pages that could not be read, and attachments that stayed behind, each with a sentence.
    left_out: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def sentences(self) -> Iterator[str]:
        """All of it for a person, a line each."""
        files = "1 attachment" if self.attachments == 1 else f"{self.attachments:,} attachments"
        count = "1 page" if self.pages == 1 else f"{self.pages:,} pages"
        yield f"The Confluence space {self.space or 'without a name'}: {count}, {files}."
        yield from self.notes
        for page, names in self.unconverted.items():
            yield f"{page}: of these macros only the text came along: {', '.join(names)}."
        for page, link in self.broken_links:
            yield f"{page}: this link leads to no page of the export: {link[:200]}"
        for name, sentence in self.left_out:
            yield f"{name}: {sentence}"


def is_confluence_export(root: Path) -> bool:
    """Is this folder, or the only folder in it, a space's HTML export?"""
    return folder_of(root) is not None


def convert_space(source: Path, target: Path, *, base: str = "") -> ConfluenceReport:
    """Write the space in `source` as Markdown below `target`.

    `base` is the wiki's address (`https://wiki.shop.example`), where the pages themselves do not tell it.
    Raises OSError when the export's index cannot be read, or `target` cannot be written.
    """
    folder = folder_of(source)
    if folder is None:
        raise OSError("This is no HTML export of a Confluence space.")
    space = read_space(folder)
    space.base = base.rstrip("/") or space.base
    return _Conversion(space, target).report


class _Conversion:
    def __init__(self, space: Space, target: Path) -> None:
        self.space = space
        self.top = slug_of(space.key or space.name) or "space"
        self.target = target
        self.report = ConfluenceReport(space=space.name or space.key, base=space.base)
        self.stems = _stems(space)
        if not space.base and space.pages:
            self.report.notes.append(
                "The export does not say where the wiki was. With --source-base https://your.wiki its old "
                "links lead to the runbooks."
            )
        for name in space.missing:
            self.report.left_out.append(
                (name, "The index names this page, and its file is not there.")
            )
        self.lists: set[int] = (
            set()
        )  # pages that only list others: nothing is imported that a link could mean
        self.linked: list[tuple[Path, str, Page]] = []
        for page in space.pages.values():
            self._convert(page)
        self._settle_links()

    def _convert(self, page: Page) -> None:
        try:
            soup, guessed = read_html(page.file)
        except OSError as error:
            self.report.left_out.append((page.title, str(error)))
            return
        written = _PageConversion(self, page, soup).write()
        if guessed:
            self.report.left_out.append((page.title, guessed))
        self.report.pages += written
        if not written:
            self.lists.add(id(page))

    def _settle_links(self) -> None:
        """Links to what will be no runbook lead to the old page, where its address is known."""
        for file, path, page in self.linked:
            if id(page) in self.lists and file.exists():
                text = file.read_text(encoding="utf-8")
                if self.space.base:
                    text = text.replace(
                        f"]({address(path)})", f"]({self.space.addresses(page)[0]})"
                    )
                else:
                    text = re.sub(rf"\[([^\]\n]*)\]\({re.escape(address(path))}\)", r"\1", text)
                file.write_text(text, encoding="utf-8", newline="\n")

    def path_of(self, page: Page) -> str:
        """Where the page's Markdown goes, from the target: `ops/payments/checkout-latency.md`."""
        folders = [self.stems[id(above)] for above in page.above if above is not self.space.home]
        return "/".join([self.top, *folders[:_MOST_FOLDERS], f"{self.stems[id(page)]}.md"])

    def service_of(self, page: Page) -> str:
        """The page below the space's home that groups it: its title is the service's name."""
        for one in (*page.above, page):
            if one is self.space.home or not one.children or slug_of(one.title) in _GROUPS:
                continue
            return one.title[:120]
        return ""


class _PageConversion:
    """One page; it may be thrown away afterwards, with the tree of its HTML."""

    def __init__(self, space: _Conversion, page: Page, soup: BeautifulSoup) -> None:
        self.all = space
        self.page = page
        self.soup = soup
        self.path = space.path_of(page)
        beside = f"attachments/{page.id or space.stems[id(page)]}"
        folder = self.path.rpartition("/")[0]
        self.files = Files(space.space.root, space.target / folder, beside)
        self.links = Links(
            space.space, self.files, page, lambda to: relpath(space.path_of(to), folder)
        )

    def write(self) -> bool:
        report, page = self.all.report, self.page
        main = self.soup.select_one("#main-content") or self.soup.select_one(".wiki-content")
        if main is None:
            report.left_out.append((page.title, "No page of Confluence: it has no #main-content."))
            return False
        facts = self._facts()
        attached = self.files.listed(self.soup)
        prepared = macros.prepare(self.soup, main)
        if prepared.unknown:
            report.unconverted.setdefault(page.title, []).extend(prepared.unknown)
        if prepared.too_deep:
            report.left_out.append(
                (page.title, "What is nested too deeply came along as plain text.")
            )
        _settle_headings(main, page.title)
        self.links.anchors = anchors_of(main)
        body = self._markdown(main)
        body += self._attachments([href for href in attached if href not in self.files.carried])
        body += self._comments()
        report.broken_links += ((page.title, link) for link in self.links.broken)
        report.left_out += ((page.title, said) for said in self.files.left)
        report.attachments += len(self.files.carried)
        if not body.strip():
            report.left_out.append((page.title, "The page is empty."))
            return False
        if self._only_lists(body):
            # The importer knows a folder's index, and says that it leaves it out.
            self.path = self.path.removesuffix(".md") + "/index.md"
            self.all.lists.add(id(page))
        file = self.all.target / self.path
        file.parent.mkdir(parents=True, exist_ok=True)
        self.all.linked += ((file, path, linked) for path, linked in self.links.pages.items())
        file.write_text(compose(facts, f"\n{body.strip()}\n"), encoding="utf-8", newline="\n")
        return True

    def _only_lists(self, body: str) -> bool:
        if not (self.page.children or self.page is self.all.space.home) or self.files.carried:
            return False
        own = re.sub(r"\[[^\]]*\]\([^)]*\)|^#.*$|\W", "", body, flags=re.MULTILINE)
        return len(own) < _OWN_LETTERS and "```" not in body

    def _facts(self) -> dict[str, object]:
        space, page = self.all.space, self.page
        addresses = space.addresses(page)
        facts: dict[str, object] = {"title": page.title}
        if service := self.all.service_of(page):
            facts["services"] = [service]
        labels = [
            macros.words(tag)
            for tag in self.soup.select(".label-list .aui-label, .labels-content a")
        ]
        if labels:
            facts["tags"] = list(dict.fromkeys(filter(None, labels)))
        if addresses and space.base:
            facts["source_url"] = addresses.pop(0)
        if addresses:
            facts["aliases"] = addresses
        if page.id:
            facts["confluence_page"] = page.id
        metadata = self.soup.select_one(".page-metadata")
        for key, selector in (("created_by", ".author"), ("changed_by", ".editor")):
            if said := macros.words(metadata.select_one(selector) if metadata else None):
                facts[key] = said
        if on := _ON.search(macros.words(metadata)):
            facts["changed_on"] = _day(on[1])
        return facts

    def _markdown(self, part: Tag) -> str:
        converter = ConfluenceConverter(relink=self.links.relink, reimage=self._reimage)
        return f"{converter.process_tag(part, set()).strip()}\n"

    def _attachments(self, listed: list[str]) -> str:
        lines = []
        for href in listed:
            path = self.files.carry(href)
            name = self.files.names[href] or href.rpartition("/")[2]
            said = name.replace("[", "\\[").replace("]", "\\]")
            lines.append(f"- [{said}]({path})" if path else f"- {said} (not in the export)")
        return "\n## Attachments\n\n" + "\n".join(lines) + "\n" if lines else ""

    def _comments(self) -> str:
        heading = self.soup.select_one("#comments")
        section = heading.find_parent(class_="pageSection") if heading else None
        if section is None or heading is None:
            return ""
        heading.decompose()
        macros.prepare(self.soup, section)
        for picture in section.find_all("img", src=re.compile("^images/icons/")):
            picture.decompose()
        cells = [cell for cell in section.find_all("td") if cell.find("td") is None]
        for cell in cells:
            cell.name = "div"
        parts = [self._markdown(cell).strip() for cell in cells] or [
            self._markdown(section).strip()
        ]
        quoted = ["\n".join(f"> {line}".rstrip() for line in p.split("\n")) for p in parts if p]
        return "\n## Comments\n\n" + "\n\n".join(quoted) + "\n" if quoted else ""

    def _reimage(self, image: Tag) -> str | None:
        source = str(image.get("data-image-src") or image.get("src") or "").strip()
        if source.startswith(("http://", "https://")):
            return source
        if not source or source.startswith(("data:", "images/icons/")) or SCHEME.match(source):
            if source.startswith("data:"):
                self.all.report.left_out.append(
                    (self.page.title, "A picture inside the page's text stays behind.")
                )
            return None
        name = str(image.get("data-linked-resource-default-alias") or "")
        for one in dict.fromkeys((source, str(image.get("src") or ""))):
            carried = self.files.carry(one, name)
            if carried is not None:
                return carried
        self.links.broken[source] = None
        return None


def _stems(space: Space) -> dict[int, str]:
    """What each page's file is called: its title as an address, with its id where two would be the same."""
    taken: set[str] = set()
    stems: dict[int, str] = {}
    for page in space.pages.values():
        stem = short_stem(slug_of(page.title))
        if not stem or stem in taken or stem in FOLDER_FILES or is_no_runbook(stem):
            stem = f"{stem or 'page'}-{page.id or len(taken)}"
        taken.add(stem)
        stems[id(page)] = stem
    return stems


def _settle_headings(main: Tag, title: str) -> None:
    """Sections are level-2 headings here, at whatever level the page has its highest."""
    found = list(main.find_all(HEADINGS))
    if found and found[0].name == "h1" and macros.words(found[0]).casefold() == title.casefold():
        found[0].decompose()
        found = found[1:]
    if not found:
        return
    up = 2 - min(int(heading.name[1]) for heading in found)
    for heading in found:
        heading.name = f"h{min(6, max(2, int(heading.name[1]) + up))}"


def _day(said: str) -> str:
    """`Oct 03, 2023` as `2023-10-03`; as written where it is in another form."""
    for form in ("%b %d, %Y", "%d %b %Y", "%d %B %Y", "%d %b, %Y"):
        try:
            return datetime.strptime(said.replace(".", ""), form).date().isoformat()  # noqa: DTZ007 -- a day has no zone
        except ValueError:
            continue
    return said
