"""Filters as terms: they lie in the same postings as words, and nobody can type one by accident."""

from __future__ import annotations


def filter_term(name: str, value: str) -> str:
    """`service=api-server`: no typed word holds "=". A space would part terms, so it becomes "_"."""
    return f"{name}={'_'.join(value.casefold().split())}"
