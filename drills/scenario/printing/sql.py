"""What a database's shell prints. Pure."""

from __future__ import annotations

import re

from drills.scenario.bounds import bounds
from drills.scenario.printing.look import Look, table
from drills.scenario.world import World

_COLUMNS = re.compile(r"\bselect\s+(?:distinct\s+)?(.+?)\s+from\b", re.IGNORECASE | re.DOTALL)
_BARE = re.compile(r"\bselect\s+(.+?)(?:;|\"|'?\s*$)", re.IGNORECASE | re.DOTALL)
_WRITES = re.compile(
    r"\b(update|delete|insert|alter|drop|create|truncate|grant|revoke|vacuum|analyze"
    r"|reindex|set|kill|flush|start|stop|checkpoint)\b",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"\blimit\s+(\d+)", re.IGNORECASE)


def print_sql(command: str, look: Look) -> str:
    sql = _statement(command)
    found = _COLUMNS.search(sql) or _BARE.search(sql)
    if not found:
        return _without_columns(sql, look)
    acts = re.search(
        r"\b(pg_(?:terminate|cancel)_backend|pg_promote|pg_reload_conf|pg_switch_wal|pg_wal_replay\w+)\b",
        sql,
    )
    if acts and not look.step.looks:
        name = acts[1]
        most = 1 if not _COLUMNS.search(sql) else 3
        return table((name,), [(" t",)] * most) + f"\n({most} row{'s' * (most > 1)})"
    columns = [_column(each) for each in _split(found[1])][:7]
    if columns == ["*"]:
        columns = (
            ["pid", "state", "duration", "query"]
            if "activity" in sql.casefold()
            else ["id", "status", "updated_at"]
        )
    if look.nothing():
        return table(columns, [], between=" | ") + "\n(0 rows)"
    one = "count(" in sql.casefold() and "group by" not in sql.casefold()
    limit = _LIMIT.search(sql)
    most = 1 if one or not _COLUMNS.search(sql) else min(3, int(limit[1]) if limit else 3)
    return _rows(columns, most, look)


def _rows(columns: list[str], most: int, look: Look) -> str:
    limit = next(iter(bounds(look.step.expect)), None)
    if limit and limit.unit.strip().startswith("row"):
        most = min(12, int(look.number() or most))
        limit = None
    at = _measured(columns, look) if limit else -1
    rows = []
    for n in range(most):
        row = []
        for place, column in enumerate(columns):
            if limit and place == at:
                row.append(
                    look.world.bad(limit) if look.troubled and n == 0 else look.world.good(limit)
                )
            elif column.casefold() == "total" and row:
                row.append(str(round(float(re.sub(r"[^\d.]", "", row[0]) or 0) * 1.04) + 2))
            else:
                row.append(_cell(column, n, look.world, troubled=look.troubled))
        rows.append(tuple(row))
    counted = f"\n({most} row{'' if most == 1 else 's'})"
    return table(columns, rows, between=" | ") + counted


def _measured(columns: list[str], look: Look) -> int:
    """Which column the expectation's limit is about: the one that it names, else the last that counts."""
    said = look.step.expect.casefold()
    for n, column in enumerate(columns):
        if column.casefold() in said:
            return n
    countable = [
        n
        for n, column in enumerate(columns)
        if not re.search(
            r"name|state|status|query|user|app|_at$|time|pid|id$|type|mode", column.casefold()
        )
    ]
    return countable[0] if countable else 0


def _statement(command: str) -> str:
    found = re.search(
        r"(?:-c|-e|--command|--execute|--eval)[ =]?(?:\"(.+)\"|'(.+)')", command, re.DOTALL
    )
    return (found[1] or found[2]) if found else command


def _without_columns(sql: str, look: Look) -> str:
    low = sql.casefold()
    if re.search(r"\bshow\s+(?:full\s+)?processlist", low):
        rows = [
            (
                "8121",
                "app",
                "Query",
                "462" if look.troubled else "0",
                "Sending data",
                "(a long statement)",
            ),
            ("8130", "app", "Sleep", "3", "", "NULL"),
        ]
        return table(("Id", "User", "Command", "Time", "State", "Info"), rows, between=" | ")
    if re.search(r"show\s+(?:slave|replica)\s+status", low):
        behind = look.number() or ("1843" if look.troubled else "0")
        yes = "No" if look.troubled else "Yes"
        return (
            "Replica_IO_Running: Yes\nReplica_SQL_Running:"
            f" {yes}\nSeconds_Behind_Source:"
            f" {'NULL' if look.troubled and not look.number() else behind}"
        )
    if "rs.status" in low:
        state = "(not reachable/healthy)" if look.troubled else "SECONDARY"
        return table(
            ("name", "stateStr", "health"),
            [
                ("<member 1>", "PRIMARY", "1"),
                ("<member 2>", "SECONDARY", "1"),
                ("<member 3>", state, "0" if look.troubled else "1"),
            ],
        )
    if re.search(r"\bshow\b", low):
        value = look.value() or ("210" if look.troubled else "42")
        name = re.search(r"show\s+(?:\w+\s+)*?(?:like\s+)?['%\"]*([a-z_]+)", low)
        return table(
            ("Variable_name", "Value"), [(name[1] if name else "value", value)], between=" | "
        )
    verb = _WRITES.search(sql)
    if verb:
        word = verb[1].upper()
        count = (
            f" {3 + look.world.start % 40}"
            if word in ("UPDATE", "DELETE")
            else " 0 1"
            if word == "INSERT"
            else ""
        )
        return f"{word}{count}" if word != "DROP" else "DROP TABLE" if "table" in low else word
    return look.value() or ("(0 rows)" if look.nothing() else look.log(2))


def _split(columns: str) -> list[str]:
    depth, parts, part = 0, [], ""
    for letter in columns:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += letter
    return [*parts, part]


def _column(text: str) -> str:
    text = " ".join(text.split())
    named = re.search(r"\bas\s+\"?(\w+)\"?\s*$", text, re.IGNORECASE)
    if named:
        return named[1]
    if text.endswith("*"):
        return "*"
    call = re.match(r"(\w+)\s*\(", text)
    if call:
        return call[1]
    last = re.search(r"(\w+)\W*$", text)
    return last[1] if last else "value"


def _cell(  # noqa: PLR0912 -- one for each kind of column
    column: str, row: int, world: World, *, troubled: bool
) -> str:
    name = column.casefold()
    cell = str((148, 37, 9)[row % 3]) if troubled else str((12, 7, 3)[row % 3])
    if name in ("pid", "id") or name.endswith("_id"):
        cell = str(21_407 + 613 * row)
    elif "wal" in name or "lsn" in name:
        cell = ("3/7A000060", "3/79F01A28", "3/79E00148")[row % 3]
    elif (
        name.endswith("_at")
        or "time" in name
        or "finished" in name
        or "started" in name
        or "since" in name
    ):
        cell = world.clock(-(3 + 31 * row) if not troubled else -(600 + 60 * row), 12)
    elif "status" in name:
        cell = ("failed", "ok", "ok")[row % 3] if troubled else "ok"
    elif "state" in name:
        cell = (
            ("idle in transaction", "active", "idle")[row % 3]
            if troubled
            else ("idle", "active", "idle")[row % 3]
        )
    elif "wait" in name:
        cell = ("Lock", "Client", "")[row % 3] if troubled else ("", "Client", "")[row % 3]
    elif any(
        part in name for part in ("running", "age", "duration", "longest", "lag", "delay", "behind")
    ):
        cell = (
            ("00:07:42", "00:03:10", "00:00:21")[row % 3]
            if troubled
            else ("00:00:02", "00:00:01", "00:00:00")[row % 3]
        )
    elif "size" in name or "bytes" in name:
        cell = ("212 GB", "38 GB", "4120 MB")[row % 3]
    elif any(part in name for part in ("relname", "table", "index")):
        cell = f"<table {row + 1}>"
    elif any(part in name for part in ("db", "datname", "database")):
        cell = world.workload.replace("-", "_") if row == 0 else f"<database {row + 1}>"
    elif any(part in name for part in ("name", "app", "user", "host", "client", "job")):
        cell = world.workload if row == 0 else f"<other {row}>"
    elif "query" in name or "sql" in name or "statement" in name:
        cell = ("(a long update)", "(a select)", "(a select)")[row % 3]
    elif name.startswith(("is_", "has_")) or "granted" in name or "pg_is" in name:
        cell = "f" if troubled else "t"
    elif "pct" in name or "percent" in name or "ratio" in name:
        cell = str(world.percent) if troubled and row == 0 else str(41 - 9 * row)
    return cell
