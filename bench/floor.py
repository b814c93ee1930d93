"""The floor: ../shared/bench/floor_app.py, one row by key and PostgreSQL's own search, with our server's
settings. `python -m bench.floor PORT` serves it; PGPORT_ names the database's port."""

from __future__ import annotations

import gc
import os
import re
import sys

import psycopg

from bench import corpus
from bench.database import PostgreSQL
from bench.places import SHARED, THREADS, WORKERS, shared, tell

DATABASE = "floor"
COLUMNS = ("slug", "title", "alert", "service", "severity", "owner")


def load(server: PostgreSQL, sizes: list[int], *, anew: bool) -> None:
    shared("floor_app.py")
    server.create(DATABASE, anew=anew)
    for size in sizes:
        with psycopg.connect(server.url(DATABASE)) as connection:
            query = "SELECT 1 FROM pg_tables WHERE tablename = %s"
            if not connection.execute(query, [f"page{size}"]).fetchone():
                tell(f"Loading the floor with {size} pages")
                _load(connection, size)
    server.tidy(DATABASE)


def _load(connection: psycopg.Connection, size: int) -> None:
    """The tables of shared/bench/load_corpus.py: bodies are HTML already, as a portal would store them."""
    from markdown_it import MarkdownIt

    render = MarkdownIt("commonmark").enable("table").render
    table = f"page{size}"
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    connection.execute(f"""
        CREATE TABLE {table} (
          slug text PRIMARY KEY, title text, alert text, service text, severity text, owner text,
          html text, body text,
          head text GENERATED ALWAYS AS (title || ' ' || alert) STORED,
          tsv tsvector GENERATED ALWAYS AS (
            setweight(to_tsvector('english', title || ' ' || alert || ' ' || service), 'A')
            || setweight(to_tsvector('english', body), 'C')) STORED)""")
    with connection.cursor().copy(
        f"COPY {table} ({','.join(COLUMNS)},html,body) FROM STDIN"
    ) as out:
        for entry in corpus.index(size):
            body = re.sub(
                r"\A---\n.*?\n---\n+", "", corpus.text(size, entry["slug"]), flags=re.DOTALL
            )
            out.write_row([*(entry[name] for name in COLUMNS), render(body), body])
    connection.execute(f"CREATE INDEX ON {table} USING gin (tsv)")
    connection.execute(f"CREATE INDEX ON {table} USING gist (head gist_trgm_ops(siglen=64))")


def serve(port: int) -> None:
    from portal.serving import server

    sys.path.insert(0, str(SHARED))
    import floor_app  # type: ignore[import-not-found]  # found in the line above

    assert floor_app.application
    gc.collect()
    gc.freeze()
    target = "floor_app:application"
    server(target, bind=f"127.0.0.1:{port}", workers=WORKERS, threads=THREADS).serve()


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    serve(int(sys.argv[1]))
