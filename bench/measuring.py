"""The parts of the benchmark. Each takes running servers and returns lines of the table."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bench import corpus
from bench.asking import ask, search_path
from bench.figures import Figure
from bench.loading import Job, Result, rounds
from bench.places import tell
from bench.portal import Import, Portal
from bench.weighing import first_view, proportional_mebibytes

CONNECTIONS = [1, 16]


def _against(
    part: str, mine: Result, floor: Result, label: str, *, limits: dict[str, float], note: str = ""
) -> list[Figure]:
    """Ratios to the floor. `limits` by p50, p95 or rate; what it does not name is for information."""
    lines = []
    for name, words in (("p50", "p50"), ("p95", "p95"), ("rate", "throughput")):
        value, base = getattr(mine, name), getattr(floor, name)
        unit = "req/s" if name == "rate" else "ms"
        seen = f"{value:.3g} against {base:.3g} {unit}"
        if name == "p50":
            least, most = (each / base for each in mine.p50_range)
            seen += f"; rounds {least:.2f} to {most:.2f}"
        lines.append(
            Figure(
                part,
                f"{words}, {label}",
                value / base,
                "x",
                limits.get(name),
                at_least=name == "rate",
                note=seen + (f"; {mine.bad} bad answers" if mine.bad else "") + note,
            )
        )
    return lines


def page(portal: Portal, floor_port: int, *, count: int, seconds: int) -> list[Figure]:
    slugs = corpus.working_set(portal.size)
    ours = [f"/r/{slug}" for slug in slugs]
    theirs = [f"/row/{portal.size}/{slug}/" for slug in slugs]
    jobs = [
        Job("floor", floor_port, theirs),
        Job("signed out", portal.port, ours),
        Job("signed in", portal.port, ours, portal.sign_in()),
    ]
    tell(f"Runbook page, {portal.size} runbooks")
    _warm(jobs)
    found = rounds(jobs, connections=CONNECTIONS, count=count, seconds=seconds)
    lines: list[Figure] = []
    for width in CONNECTIONS:
        floor = found["floor", width]
        label = f"{width} connection{'s' if width > 1 else ''}"
        limits = {"p50": 1.8, "rate": 0.55}
        lines += _against(
            "page", found["signed out", width], floor, f"signed out, {label}", limits=limits
        )
        limits = {"p50": 3.0}
        lines += _against(
            "page", found["signed in", width], floor, f"signed in, {label}", limits=limits
        )
    return lines


def _warm(jobs: Iterable[Job]) -> None:
    """Every page often enough that each worker had it, and with a 200, or there is nothing to measure."""
    for job in jobs:
        headers = {"Cookie": job.cookie} if job.cookie else {}
        for path in job.paths * 4:
            answer = ask(job.port, path, headers=headers)
            if answer.status != 200:
                raise RuntimeError(f"{job.name}: {path} was answered with {answer.status}")


def _search_jobs(portal: Portal, floor_port: int) -> list[Job]:
    queries = corpus.latency_queries()
    theirs = [search_path(f"/search/{portal.size}/", query) for query in queries]
    return [
        Job(f"floor {portal.size}", floor_port, theirs),
        Job(f"portal {portal.size}", portal.port, [search_path("/", query) for query in queries]),
    ]


def search(portals: list[Portal], floor_port: int, *, count: int, seconds: int) -> list[Figure]:
    """All sizes in the same rounds, so that growth is seen under the same weather."""
    jobs = [job for portal in portals for job in _search_jobs(portal, floor_port)]
    tell(f"Search, {', '.join(str(portal.size) for portal in portals)} runbooks")
    _warm(jobs)
    found = rounds(jobs, connections=CONNECTIONS, count=count, seconds=seconds)
    lines: list[Figure] = []
    for portal in portals:
        for width in CONNECTIONS:
            label = f"{portal.size} runbooks, {width} connection{'s' if width > 1 else ''}"
            bound = portal.size >= 10_000 and width == 1
            limits = {"p50": 1.0, "p95": 1.0} if bound else {}
            mine, floor = (
                found[f"portal {portal.size}", width],
                found[f"floor {portal.size}", width],
            )
            lines += _against("search", mine, floor, label, limits=limits)
    if len(portals) > 1:
        small, large = portals[0].size, portals[-1].size
        for name in ("p50", "p95"):
            before, after = (getattr(found[f"portal {size}", 1], name) for size in (small, large))
            seen = f"{before:.3g} to {after:.3g} ms"
            what = f"{name}, {small} to {large} runbooks, 1 connection"
            lines.append(Figure("growth", what, after / before, "x", 2.0, note=seen))
    return lines


def recall(portal: Portal) -> list[Figure]:
    tell(f"Known items, {portal.size} runbooks")
    items = corpus.known_items()
    missed: dict[bool, list[str]] = {False: [], True: []}
    for item in items:
        for typo, query in ((False, item.query), (True, item.with_typo)):
            answer = ask(portal.port, search_path("/api/v1/search", query) + "&limit=3")
            slugs = [each["slug"] for each in json.loads(answer.body)["results"][:3]]
            if item.slug not in slugs:
                missed[typo].append(f"{query!r}")
    label = f"recall@3 of {len(items)} known items, {portal.size} runbooks"
    clean, typos = (1 - len(missed[typo]) / len(items) for typo in (False, True))
    return [
        Figure("recall", label, clean, "", 1.0, at_least=True, note=", ".join(missed[False][:3])),
        Figure(
            "recall", f"{label}, one typo", typos, "", 0.98, True, note=", ".join(missed[True][:3])
        ),
    ]


def first_search(portal: Portal) -> list[Figure]:
    """The slowest of eight searches, so that each worker's first is among them."""

    def slowest() -> float:
        path = search_path("/", corpus.index(portal.size)[0]["title"])
        return max(ask(portal.port, path).seconds for _ in range(8))

    tell(f"First search, {portal.size} runbooks")
    portal.stop()
    portal.start()
    started = slowest()
    slug = corpus.index(portal.size)[0]["slug"]
    changed = corpus.FOLDER / "changed"
    changed.mkdir(exist_ok=True)
    stamp = f"{started:.6f}".replace(".", "")
    text = corpus.text(portal.size, slug)
    (changed / f"{slug}.md").write_text(f"{text}\n- INC-{stamp}: published by the benchmark.\n")
    portal.bring(changed)
    published = slowest()
    label = f"{portal.size} runbooks"
    return [
        Figure("first search", f"after a start, {label}", started, "s", 1.0),
        Figure("first search", f"after a publish, {label}", published, "s", 1.0),
    ]


def memory(portal: Portal) -> list[Figure]:
    """After whatever else was measured: what is warm then stays warm."""
    assert portal.process is not None
    held = proportional_mebibytes(portal.process.pid)
    what = f"web, worker and scheduler, PSS, {portal.size} runbooks"
    return [Figure("memory", what, held, "MB", 400)]


def importing(portal: Portal, taken: Import) -> list[Figure]:
    bound = portal.size >= 10_000
    label = f"{portal.size} files"
    note = f"{taken.busy:.0f} s of its own processor time"
    return [
        Figure("import", f"time, {label}", taken.seconds, "s", 300 if bound else None, note=note),
        Figure("import", f"memory, {label}", taken.mebibytes, "MB", 500 if bound else None),
    ]


def weight(portal: Portal) -> list[Figure]:
    seen = [first_view(portal.port, f"/r/{slug}") for slug in corpus.working_set(portal.size)[:20]]
    most = max(seen, key=lambda each: each.kilobytes)
    elsewhere = sorted({address for each in seen for address in each.elsewhere})
    requests = max(each.requests for each in seen)
    return [
        Figure("first view", "HTML + CSS + JS, compressed, of 20 pages", most.kilobytes, "kB", 45),
        Figure("first view", "requests", requests, "", 5),
        Figure(
            "first view", "of other hosts", len(elsewhere), "", 0, note=", ".join(elsewhere[:2])
        ),
    ]
