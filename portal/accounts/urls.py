"""Addresses of people: how one gets in, one's own account, everybody's, and the audit trail."""

from django.urls import path

from portal.accounts.views import (
    account,
    audit,
    leaving,
    password,
    people,
    signing,
    tokens,
    welcome,
)

app_name = "accounts"
urlpatterns = [
    path("accounts/sign-in", signing.sign_in, name="sign_in"),
    path("accounts/sign-out", signing.sign_out, name="sign_out"),
    path("accounts/reset", signing.reset, name="reset"),
    path("accounts/reset/sent", signing.reset_sent, name="reset_sent"),
    path("accounts/reset/<uidb64>/<token>", signing.new_password, name="new_password"),
    path("welcome", welcome.welcome, name="welcome"),
    path("welcome/company", welcome.name_company, name="company"),
    path("welcome/skip", welcome.skip_step, name="skip_step"),
    path("welcome/finish", welcome.finish, name="finish"),
    path("account", account.account, name="account"),
    path("account/times", account.set_times, name="set_times"),
    path("account/password", password.change_password, name="change_password"),
    path("account/tokens", account.make_token, name="make_token"),
    path("account/tokens/<int:pk>/revoke", account.revoke_token, name="revoke_token"),
    path("account/sessions/others/end", account.end_other_sessions, name="end_other_sessions"),
    path("account/sessions/<slug:handle>/end", account.end_session, name="end_session"),
    path("people", people.people, name="people"),
    path("people/invite", people.invite, name="invite"),
    path("people/<str:username>", people.person, name="person"),
    path("people/<str:username>/role", people.change_role, name="change_role"),
    path("people/<str:username>/team", people.change_team, name="change_team"),
    path("people/<str:username>/close", leaving.close_account, name="close_account"),
    path("tokens", tokens.tokens, name="tokens"),
    path("audit", audit.audit, name="audit"),
    path("audit.jsonl", audit.export, name="export_audit"),
]
