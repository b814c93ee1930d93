"""The provider's addresses, and the names that allauth leads to when something is amiss."""

from allauth.socialaccount.providers.openid_connect import views
from django.urls import path

from portal.accounts.access import open_to_all
from portal.accounts.oidc import back_to_sign_in, callback

back = open_to_all("It leads to the sign-in page.")(back_to_sign_in)
urlpatterns = [
    path(
        "accounts/oidc/<str:provider_id>/login",
        open_to_all("It is how one gets in.")(views.login),
        name="openid_connect_login",
    ),
    path(
        "accounts/oidc/<str:provider_id>/callback",
        open_to_all("The provider sends people back here.")(callback),
        name="openid_connect_callback",
    ),
    path("accounts/oidc/cancelled", back, name="socialaccount_login_cancelled"),
    path("accounts/oidc/failed", back, name="socialaccount_login_error"),
    path("accounts/oidc/more", back, name="socialaccount_signup"),
    path("accounts/oidc/connected", back, name="socialaccount_connections"),
    path("accounts/oidc/closed", back, name="account_inactive"),
    path("accounts/oidc/in", back, name="account_login"),
    path("accounts/oidc/out", back, name="account_logout"),
    path("accounts/oidc/new", back, name="account_signup"),
]
