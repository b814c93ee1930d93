"""`make bench`: the portal beside a bare Django view on the same server and database, as ratios.

Needs wrk, PostgreSQL's server programs, and ../shared/bench beside the repository (or DRILLBOOK_SHARED).
Everything listens on 127.0.0.1; docs/bench.md says how to read the table.
"""
