"""Sign in, sign out, and a new password by mail."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy

from portal.accounts import audit, first_run, throttling
from portal.accounts.access import open_to_all
from portal.accounts.company import site_name
from portal.accounts.models import User
from portal.accounts.signing import SignInForm, way_out
from portal.http import address_of

#: Else the view's own site_name, the host's, would stand in the page head.
_SITE = {"site_name": site_name}  # a template calls it


class SignIn(views.LoginView):
    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    extra_context = {**_SITE, "provider": settings.OIDC_NAME if settings.OIDC else ""}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if first_run.needed():
            return redirect("accounts:welcome")
        return super().get(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_invalid(form)
        if wait := getattr(form, "wait", 0):
            answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
            answer["Retry-After"] = str(wait)
        return answer


class SignOut(views.LogoutView):
    """Out here, and at the provider where one signed in there."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        address = way_out(request)
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if not address:
            return answer
        # A page and no redirect: after a form a browser follows none to another site (CSP form-action).
        context = {**_SITE, "address": address, "provider": settings.OIDC_NAME}
        page = render(request, "accounts/signed_out.html", context)
        page["Cache-Control"] = "no-store"
        return page


class ResetForm(PasswordResetForm):
    """Says the same whether there is such an account or not, and sends so many mails and no more."""

    address = ""

    def save(self, *args: Any, **kwargs: Any) -> None:
        email = self.cleaned_data["email"]
        if throttling.claim(throttling.RESETS, email) or throttling.claim(
            throttling.RESETS_BY_ADDRESS, self.address
        ):
            return
        kwargs["extra_email_context"] = {"site_url": settings.SITE_URL, **_SITE}
        super().save(*args, **kwargs)

    def get_users(self, email: str) -> Any:
        # An account that was made without a password may set its first one here; Django's refuses it.
        return User.objects.filter(email__iexact=email, is_active=True)


class Reset(views.PasswordResetView):
    template_name = "accounts/reset.html"
    form_class = ResetForm
    email_template_name = "accounts/mail/reset.txt"
    html_email_template_name = "accounts/mail/reset.html"
    subject_template_name = "accounts/mail/reset_subject.txt"
    success_url = reverse_lazy("accounts:reset_sent")
    extra_context = _SITE

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        assert isinstance(form, ResetForm)  # form_class says so  # noqa: S101
        form.address = address_of(self.request)
        return super().form_valid(form)


class NewPassword(views.PasswordResetConfirmView):
    template_name = "accounts/new_password.html"
    success_url = reverse_lazy("accounts:sign_in")
    token_generator = default_token_generator
    extra_context = _SITE

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        person: User = form.user
        # Whoever knew the old password is out, and whoever was locked out by others' tries is in.
        person.sessions.all().delete()
        throttling.release(throttling.BY_ACCOUNT, person.username)
        audit.record("password.changed", by=person, of=person, note="by mail")
        return answer


def _opened(reason: str, view: Any) -> Any:
    return open_to_all(reason)(view)


sign_in = _opened("It is how one gets in.", SignIn.as_view())
sign_out = _opened("It is how one gets out.", SignOut.as_view())
reset = _opened("It is for who cannot sign in.", Reset.as_view())
new_password = _opened("The link in the mail is the key.", NewPassword.as_view())


reset_sent = _opened(
    "It says the same to everybody.",
    views.PasswordResetDoneView.as_view(
        template_name="accounts/reset_sent.html", extra_context=_SITE
    ),
)
