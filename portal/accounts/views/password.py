"""A new password for whoever is signed in and knows the old one; by mail it is in `signing`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.accounts import audit, managing, throttling
from portal.accounts.access import Right, requires
from portal.http import AuthenticatedHttpRequest


class PasswordForm(PasswordChangeForm):
    """Whoever sits down at an open session may not try old passwords without end."""

    def clean_old_password(self) -> Any:
        if wait := throttling.claim(throttling.BY_ACCOUNT, self.user.get_username()):
            raise ValidationError(
                f"That was tried too often. Wait {throttling.in_words(wait)}, then try again."
            )
        old = super().clean_old_password()
        throttling.release(throttling.BY_ACCOUNT, self.user.get_username())
        return old


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Right.OWN_ACCOUNT)
def change_password(request: AuthenticatedHttpRequest) -> HttpResponse:
    """Sets it, and ends every other session: whoever knew the old one is out."""
    person = request.user
    if not person.has_usable_password():
        messages.info(request, "You sign in without a password here.")
        return redirect("accounts:account")
    form = PasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save()
            update_session_auth_hash(request, person)
            audit.record("password.changed", by=person, of=person)
            managing.end_other_sessions(person, by=person, keep=request.session)
        messages.success(request, "Your new password is set. Everywhere else you are signed out.")
        return redirect("accounts:account")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "accounts/change_password.html", {"form": form}, status=status)
