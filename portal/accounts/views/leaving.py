"""`/people/<name>/close`: closing an account, and who inherits what its person answers for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from portal.accounts import closing, leaving, managing
from portal.accounts.access import Right, requires
from portal.accounts.managing import Refused
from portal.accounts.models import User
from portal.http import AuthenticatedHttpRequest
from portal.typed import clean


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.MANAGE_PEOPLE)
def close_account(request: AuthenticatedHttpRequest, username: str) -> HttpResponse:
    """GET asks for heirs. POST closes it, with `heir-<key>` for each thing and `everything` for the rest;
    or with `open` opens it again."""
    found = get_object_or_404(User, username=username)
    if request.method != "POST":
        return _page(request, found)
    if "open" in request.POST:
        managing.activate(found, by=request.user)
        return redirect("accounts:person", found.username)
    try:
        heirs = {
            name.removeprefix("heir-"): _named(request.POST[name])
            for name in request.POST
            if name.startswith("heir-") and request.POST[name].strip()
        }
        everything = request.POST.get("everything", "")
        rest = _named(everything) if everything.strip() else None
        moved = closing.close(
            found,
            by=request.user,
            # One heir for all is one for all, whatever stands in the rows that were filled in for us.
            heirs={} if rest else heirs,
            everything_to=rest,
        )
    except Refused as refused:
        return _page(request, found, refused=refused)
    what = "Nothing of theirs is lost."
    if moved:
        what = f"{moved} thing{'s' * (moved != 1)} of theirs went to {rest or 'their heirs'}."
    messages.success(request, f"{found}’s account is closed. {what}")
    return redirect("accounts:person", found.username)


def _named(typed: str) -> User:
    typed = clean(typed, 254)
    person = User.objects.named(typed)
    if person is None:
        raise Refused(f"Nobody here is called {typed!r}: write a user name or an e-mail address.")
    return person


def _page(
    request: AuthenticatedHttpRequest, found: User, *, refused: Refused | None = None
) -> HttpResponse:
    things = leaving.things_of(found) if found.is_active else []
    sent = request.POST
    rows = [(t, sent.get(f"heir-{t.key}", t.heir.username if t.heir else "")) for t in things]
    kinds: dict[str, list[tuple[leaving.Thing, str]]] = {}
    for thing, typed in rows:
        kinds.setdefault(thing.kind, []).append((thing, typed))
    context = {
        "person": found,
        "kinds": kinds,
        "things": things,
        "everything": sent.get("everything", ""),
        "refused": refused,
        "people": [one for one in User.objects.suggestions() if one[0] != found.username],
    }
    return render(request, "accounts/close.html", context, status=409 if refused else 200)
