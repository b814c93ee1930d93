"""Sign-in at an identity provider (OpenID Connect); loaded only where it is set up."""

from __future__ import annotations

from portal.settings.base import env

OIDC_ISSUER = env.text(
    "OIDC_ISSUER",
    "",
    "Your identity provider, as https://login.example.org. Empty: passwords only.",
).rstrip("/")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", "", "What the provider calls this portal.")
OIDC_CLIENT_SECRET = env.secret("OIDC_CLIENT_SECRET", "", "Its secret there.")
OIDC_NAME = env.text("OIDC_NAME", "your company", "The button says: Sign in with …")
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM", "groups", "Claim that lists a person's groups.")
OIDC_TEAMS = env.words(
    "OIDC_TEAMS", (), "Group to team, as `sre-oncall=platform,dba=databases`; team slugs."
)
OIDC_MATCH_EMAIL = env.flag(
    "OIDC_MATCH_EMAIL",
    False,
    "A person who is here already is the one with the e-mail address that the provider has verified.",
)
OIDC_SIGN_OUT = env.flag(
    "OIDC_SIGN_OUT",
    True,
    "Who signs out here is signed out at the provider, too, where it offers that.",
)
OIDC = bool(OIDC_ISSUER and OIDC_CLIENT_ID)
if OIDC_ISSUER and not OIDC_CLIENT_ID:
    env.errors.append("OIDC_ISSUER is set, but OIDC_CLIENT_ID is not.")
for _pair in OIDC_TEAMS:
    if "=" not in _pair:
        env.errors.append(f"OIDC_TEAMS has {_pair!r}: it takes group=team.")
OIDC_SCOPES = env.words(
    "OIDC_SCOPES", ("openid", "profile", "email"), "Asked of the provider; some want `groups` too."
)
if OIDC:
    SOCIALACCOUNT_ADAPTER = "portal.accounts.oidc.Adapter"
    # The state in the link and PKCE guard the way there; a form would need the provider in the CSP.
    SOCIALACCOUNT_LOGIN_ON_GET = True
    SOCIALACCOUNT_STORE_TOKENS = False
    ACCOUNT_EMAIL_VERIFICATION = "none"
    ACCOUNT_PREVENT_ENUMERATION = False
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "SCOPE": OIDC_SCOPES,
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "company",
                    "name": OIDC_NAME,
                    "client_id": OIDC_CLIENT_ID,
                    "secret": OIDC_CLIENT_SECRET,
                    "settings": {"server_url": OIDC_ISSUER},
                }
            ],
        }
    }
