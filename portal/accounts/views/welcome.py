"""The first run: the first admin, the company's name, and the way through the rooms' steps."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import company, first_run, managing, throttling
from portal.accounts.access import Right, may, open_to_all, requires
from portal.http import AuthenticatedHttpRequest, address_of
from portal.typed import words_of

_SKIPPED = "skipped_steps"
#: A code has more letters than so many tries an hour will ever guess.
_CODES = throttling.Limit("setup-code", 20, 3600)
_FIELDS = ("name", "username", "email")
#: More than any of them may have: what is too long is told, not cut to fit.
_MOST = 300


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "code")
@open_to_all("While nobody has an account, somebody has to make the first; it takes a setup code.")
def welcome(request: HttpRequest) -> HttpResponse:
    """Make the first admin; later the way back into the steps."""
    if not first_run.needed():
        return _go_on(request)
    if request.method != "POST":
        return _form(request)
    typed = {name: words_of(request.POST, name, _MOST) for name in _FIELDS}
    problem = _wrong_code(request)
    if problem:
        return _form(request, typed=typed, problems={"code": problem}, status=422)
    try:
        person = first_run.make_first_admin(**typed, password=request.POST.get("password", ""))
    except ValidationError as error:
        problems = {name: " ".join(said) for name, said in error.message_dict.items()}
        return _form(request, typed=typed, problems=problems, status=422)
    except managing.Refused as error:
        messages.error(request, str(error))
        return redirect("accounts:sign_in")
    login(request, person, backend="portal.accounts.backends.PersonBackend")
    return redirect("accounts:company")


def _go_on(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return redirect("accounts:sign_in")
    if not may(request, Right.MANAGE_PEOPLE):
        return redirect("/")
    company.begin()
    return redirect(first_run.undone(skipped(request)).url_name)


def _wrong_code(request: HttpRequest) -> str:
    address = address_of(request)
    if not first_run.code_needed(address):
        return ""
    if wait := throttling.claim(_CODES, address):
        return f"That was tried too often. Wait {throttling.in_words(wait)}."
    if first_run.is_code(request.POST.get("code", "")):
        return ""
    return "This is not the code that the server printed at its start."


def _form(
    request: HttpRequest,
    *,
    typed: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context: dict[str, Any] = {
        "typed": typed or {},
        "problems": problems or {},
        "code_needed": first_run.code_needed(address_of(request)),
        "code_file": first_run.CODE_FILE,
    }
    return render(request, "accounts/welcome.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.MANAGE_PEOPLE)
def name_company(request: AuthenticatedHttpRequest) -> HttpResponse:
    context: dict[str, Any] = {"first_steps": first_steps(request, "company")}
    if request.method == "POST":
        typed = request.POST.get("name", "")
        try:
            company.rename(typed, by=request.user)
        except ValueError as error:
            context |= {"typed": typed, "problem": str(error)}
            return render(request, "accounts/company.html", context, status=422)
        return after_step(request, "company") or redirect("accounts:company")
    found = company.the_company()
    context["typed"] = found.name if found else ""
    return render(request, "accounts/company.html", context)


@require_POST
@requires(Right.MANAGE_PEOPLE)
def skip_step(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Go on without it; it stays in the strip, and on /import."""
    key = request.POST.get("step", "")
    if key in [step.key for step in first_run.steps]:
        request.session[_SKIPPED] = sorted({*skipped(request), key})
    return after_step(request, key) or redirect("/")


@require_POST
@requires(Right.MANAGE_PEOPLE)
def finish(request: AuthenticatedHttpRequest) -> HttpResponse:
    first_run.finish(by=request.user)
    request.session.pop(_SKIPPED, None)
    return redirect(first_run.endings[-1] if first_run.endings else "/")


def skipped(request: HttpRequest) -> list[str]:
    found: list[str] = request.session.get(_SKIPPED, [])
    return found


def first_steps(request: HttpRequest, here: str) -> list[first_run.Shown]:
    """For the template of a step's page; empty once the first run is over, and for who does not do it."""
    if not may(request, Right.MANAGE_PEOPLE):
        return []
    return first_run.strip(here=here, skipped=skipped(request))


def after_step(request: HttpRequest, key: str) -> HttpResponse | None:
    """On to the step after this one, or to the end; None when no first run is under way."""
    if not first_steps(request, key):
        return None
    following = first_run.next_after(key)
    if following is not None:
        return redirect(following.url_name)
    assert request.user.is_authenticated  # first_steps asked  # noqa: S101
    first_run.finish(by=request.user)
    return redirect(first_run.endings[-1] if first_run.endings else "/")
