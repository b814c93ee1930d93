"""What every page's template knows."""

import functools

from django.http import HttpRequest
from django.urls import reverse

from portal.accounts.access import Right, viewer
from portal.accounts.company import site_name

#: A longer query string would make an address that some servers refuse.
_LONGEST = 2_000


def site(request: HttpRequest) -> dict[str, object]:
    return {
        "site_name": site_name(),
        "theme": theme_of(request),
        "at": addresses(),
        "here": here(request),
        # Asked only where a template asks: an open portal's reader costs no look-up.
        "sees_health": functools.partial(sees_health, request),
    }


def sees_health(request: HttpRequest) -> bool:
    return viewer(request).may_somewhere(Right.SEE_HEALTH)


def here(request: HttpRequest) -> str:
    """Where a reader who signs in now comes back to; empty on the pages that are about signing in itself."""
    path = request.get_full_path()
    if request.method not in ("GET", "HEAD") or path.startswith(_accounts()):
        return ""
    return path if len(path) <= _LONGEST else request.path


@functools.cache
def _accounts() -> str:
    return reverse("accounts:sign_in").rpartition("/")[0] + "/"


@functools.cache
def addresses() -> dict[str, str]:
    """What stands in every page's header: looked up once, not nine times a page."""
    return {
        "search": reverse("search:search"),
        "services": reverse("runbooks:services"),
        "coverage": reverse("alerts:coverage"),
        "proposals": reverse("runbooks:proposals"),
        "owned": reverse("reviews:owned"),
        "drills": reverse("drills:drills"),
        "health": reverse("reviews:health"),
        "sign_in": reverse("accounts:sign_in"),
        "sign_out": reverse("accounts:sign_out"),
        "account": reverse("accounts:account"),
        "inbox": reverse("notify:inbox"),
    }


def theme_of(request: HttpRequest) -> str:
    """What the reader chose with the footer's switch; empty where the system chooses."""
    theme = request.COOKIES.get("theme", "")
    return theme if theme in ("light", "dark") else ""
