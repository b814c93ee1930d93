"""Forms on pages that are kept whole for all readers, and so hold nobody's CSRF token.

The browser itself says from which page a form was sent (`Origin`, which no script can set): from one of this
portal it is as good as a token. Where it says nothing, or something else, Django's own check decides.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

View = Callable[..., HttpResponseBase]


def from_here(request: HttpRequest) -> bool:
    """Whether a page of this very site sent it: the same scheme, host and port."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def tokenless_from_here(view: View) -> View:
    """A form of this site needs no token; every other needs one."""
    guarded: View = csrf_protect(view)

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return (view if from_here(request) else guarded)(request, *args, **kwargs)

    return csrf_exempt(asked)
