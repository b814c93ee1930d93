"""What somebody chooses in the form of an upload, read and checked. What is wrong is said by field."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from portal.accounts.models import User
from portal.typed import words_of
from runbooks.importing.owners import OwnersError, read_owners

_MOST_OWNERS = 1024 * 1024


class Wrong(Exception):  # noqa: N818 -- said in words, by field
    """`problems`: the form's field -> a sentence."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


def for_runbooks(request: HttpRequest) -> dict[str, Any]:
    """The choices of a job of runbooks. Raises Wrong."""
    problems: dict[str, str] = {}
    chosen: dict[str, Any] = {"service_from_folder": "service_from_folder" in request.POST}
    name = _typed(request, "owner")
    owner = User.objects.named(name) if name else None
    if name and (owner is None or not owner.is_active):
        problems["owner"] = f"There is no active person {name!r} here. Leave it empty for nobody."
    chosen |= {"owner": owner.pk if owner else None, "owner_name": name}
    base = _typed(request, "source_base").rstrip("/")
    if base and (urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname):
        problems["source_base"] = "It takes an address such as https://wiki.example.org/runbooks."
    chosen["source_base"] = base
    owners = request.FILES.get("owners")
    if isinstance(owners, UploadedFile):
        try:
            chosen |= {"owners_name": owners.name or "", "owners_text": _read(owners)}
        except ValueError as error:
            problems["owners"] = str(error)
    if problems:
        raise Wrong(problems)
    return chosen


def _read(file: UploadedFile[Any]) -> str:
    if (file.size or 0) > _MOST_OWNERS:
        raise ValueError("A file that says who owns what is never larger than 1 MB.")
    try:
        text = bytes(file.read()).decode("utf-8-sig")
        read_owners(text, name=file.name or "")
    except UnicodeDecodeError:
        raise ValueError(f"{file.name} is not UTF-8.") from None
    except OwnersError as error:
        raise ValueError(f"{file.name}: {error}") from None
    return text


def for_rules(request: HttpRequest) -> dict[str, Any]:
    """The choices of a job of rules. Raises Wrong."""
    origin = _typed(request, "origin")
    if ":" in origin or len(origin) > 60:
        raise Wrong({"origin": "A short name without a colon: a cluster, a repository."})
    return {"origin": origin, "whole": "whole" in request.POST}


def _typed(request: HttpRequest, name: str) -> str:
    return words_of(request.POST, name, 500)
