"""Sign-in at a provider that runs here, by a portal that runs beside it: through the real redirects."""

import http.cookiejar
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import pytest

from tests.portal.processes import ROOT, environment, free_port, start, status, until

HERE_BEFORE = """
from portal.accounts.models import Team, User
Team.objects.create(slug="platform", name="Platform")
Team.objects.create(slug="databases", name="Databases")
person = User.objects.create(username="here", name="Here Before", email="here@shop.example")
"""
SHOW = """
import json
from portal.accounts.models import AuditEntry, User
print(json.dumps([
    [u.username, u.name, u.email, sorted(u.teams.values_list("slug", flat=True)), u.has_usable_password()]
    for u in User.objects.order_by("pk")
] + [sorted(AuditEntry.objects.values_list("action", flat=True))]))
"""


class Portal:
    """With its own copy of a data folder."""

    def __init__(self, folder, issuer, *, copied, **more):
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environ = environment(
            folder,
            SITE_URL=self.url,
            OIDC_ISSUER=issuer,
            OIDC_CLIENT_ID="drillbook",
            OIDC_CLIENT_SECRET="said only to the provider",
            OIDC_NAME="Shop",
            OIDC_TEAMS="sre-oncall=platform,dba=databases",
            **more,
        )
        self.folder = folder
        shutil.copytree(copied, folder, dirs_exist_ok=True)

    def manage(self, *words):
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def shell(self, code):
        return self.manage("shell", "--no-imports", "-c", code)

    def show(self):
        *people, actions = json.loads(self.shell(SHOW))
        return {person[0]: person for person in people}, actions

    def __enter__(self):
        command = [sys.executable, "manage.py", "runserver", "--noreload", str(self.port)]
        self.process = start(command, self.environ, self.folder / "log")
        until("the portal answers", lambda: status(self.port, "/healthz") == 200)
        return self

    def __exit__(self, *error):
        self.process.terminate()
        self.process.wait(timeout=20)


class Browser:
    def __init__(self):
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self.opener = urllib.request.build_opener(jar)

    def open(self, url, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            answer = self.opener.open(url, data, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        return answer.url, answer.read().decode()

    def sign_in(self, portal, subject, next_page="/services"):
        """Press the button of the sign-in page, choose who one is at the provider, and come back."""
        _, html = self.open(f"{portal.url}/accounts/sign-in?next={next_page}")
        link = re.search(r'href="(/accounts/oidc/[^"]+)"', html)[1].replace("&amp;", "&")
        at_provider, _ = self.open(portal.url + link)
        return self.open(at_provider, sub=subject)


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """In a process of its own: its warnings are not ours to mend."""
    folder = tmp_path_factory.mktemp("provider")
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port)]
    process = start(command, environment(folder), folder / "log")
    until("the provider answers", lambda: status(port, "/.well-known/openid-configuration") == 200)
    yield f"http://localhost:{port}"
    process.terminate()
    process.wait(timeout=20)


def known_to(provider, subject, **claims):
    request = urllib.request.Request(
        f"{provider}/users/{subject}",
        json.dumps(claims).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=30).close()


@pytest.fixture(scope="module")
def empty(prepared, tmp_path_factory, provider):
    """A data folder with the tables that a provider asks for, and nobody in it."""
    portal = Portal(tmp_path_factory.mktemp("empty"), provider, copied=prepared)
    portal.manage("migrate", "-v0")
    return portal.folder


@pytest.fixture(scope="module")
def portal(empty, tmp_path_factory, provider):
    folder = tmp_path_factory.mktemp("portal")
    with Portal(folder, provider, copied=empty, OIDC_MATCH_EMAIL="1") as portal:
        portal.shell(HERE_BEFORE)
        yield portal


def test_who_comes_for_the_first_time_has_an_account_and_their_teams(portal, provider):
    known_to(
        provider,
        "leila",
        email="leila@shop.example",
        email_verified=True,
        name="Leila Haddad",
        preferred_username="leila",
        groups=["sre-oncall", "staff"],
    )
    url, html = Browser().sign_in(portal, "leila")
    assert url == f"{portal.url}/services"
    assert "Leila Haddad" in html
    people, actions = portal.show()
    assert people["leila"] == ["leila", "Leila Haddad", "leila@shop.example", ["platform"], False]
    assert {"person.made", "signed.in", "team.joined"} <= set(actions)


def test_the_first_account_of_all_is_made_in_the_first_run(empty, tmp_path, provider):
    """Else the first to come by the provider would be a reader in a portal without an admin."""
    known_to(provider, "early", email="early@shop.example", preferred_username="early")
    with Portal(tmp_path, provider, copied=empty) as portal:
        browser = Browser()
        at_provider, _ = browser.open(f"{portal.url}/accounts/oidc/company/login")
        url, html = browser.open(at_provider, sub="early")
        assert url == f"{portal.url}/welcome"
        assert "Nobody has an account yet: the first is made here." in html
        people, _ = portal.show()
        assert people == {}


def test_groups_are_followed_at_each_sign_in(portal, provider):
    claims = {"email": "ben@shop.example", "email_verified": True, "preferred_username": "ben"}
    known_to(provider, "ben", **claims, groups=["sre-oncall"])
    Browser().sign_in(portal, "ben")
    known_to(provider, "ben", **claims, groups=["dba"])
    Browser().sign_in(portal, "ben")
    people, actions = portal.show()
    assert people["ben"][3] == ["databases"]
    assert "team.left" in actions


def test_a_verified_address_is_the_person_who_is_here(portal, provider):
    known_to(provider, "h1", email="Here@shop.example", email_verified=True, name="Somebody")
    _, html = Browser().sign_in(portal, "h1")
    assert "Here Before" in html
    people, _ = portal.show()
    assert [p for p in people.values() if p[2].lower() == "here@shop.example"] == [people["here"]]


def test_an_unverified_address_is_nobody(portal, provider):
    known_to(provider, "thief", email="here@shop.example", email_verified=False, name="Thief")
    url, html = Browser().sign_in(portal, "thief")
    assert "/accounts/sign-in" in url
    assert "Somebody here has this e-mail address already" in html
    assert "Thief" not in str(portal.show()[0])


def test_without_the_setting_even_a_verified_address_is_not_matched(empty, tmp_path, provider):
    known_to(provider, "h2", email="here@shop.example", email_verified=True, name="Somebody")
    with Portal(tmp_path, provider, copied=empty) as portal:
        portal.shell(HERE_BEFORE)
        url, html = Browser().sign_in(portal, "h2")
        assert "/accounts/sign-in" in url
        assert "Somebody here has this e-mail address already" in html


def test_a_closed_account_stays_closed(portal, provider):
    claims = {"email": "gone@shop.example", "email_verified": True, "preferred_username": "gone"}
    known_to(provider, "gone", **claims)
    Browser().sign_in(portal, "gone")
    portal.shell(
        "from portal.accounts.models import User;"
        "User.objects.filter(username='gone').update(is_active=False)"
    )
    url, html = Browser().sign_in(portal, "gone")
    assert "/accounts/sign-in" in url
    assert "This account is closed" in html


def sign_out(browser, portal):
    """Press Sign out, as its form does; the answer's HTML."""
    _, html = browser.open(f"{portal.url}/services")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[1]
    return browser.open(f"{portal.url}/accounts/sign-out", csrfmiddlewaretoken=token)[1]


def test_signing_out_here_signs_out_at_the_provider_and_leads_back(portal, provider):
    known_to(provider, "olu", email="olu@shop.example", email_verified=True, name="Olu Ade")
    browser = Browser()
    browser.sign_in(portal, "olu")
    html = sign_out(browser, portal)
    address = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', html)[1]
    address = address.replace("&amp;", "&")
    assert address.startswith(f"{provider}/oauth2/end_session?id_token_hint=ey")
    asked = urllib.parse.parse_qs(urllib.parse.urlsplit(address).query)
    assert asked["post_logout_redirect_uri"] == [f"{portal.url}/accounts/sign-in"]
    assert asked["client_id"] == ["drillbook"]
    url, _ = browser.open(f"{portal.url}/account")
    assert "/accounts/sign-in" in url
    _, form = browser.open(address)
    confirm = re.search(r'action="([^"]+)"', form)[1]
    fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
    back, _ = browser.open(urllib.parse.urljoin(provider, confirm), **fields)
    assert back.startswith(f"{portal.url}/accounts/sign-in")
    assert asked["id_token_hint"][0] not in (portal.folder / "log").read_text()


def test_with_the_setting_off_the_provider_is_left_alone(empty, tmp_path, provider):
    known_to(provider, "olu", email="olu@shop.example", email_verified=True, name="Olu Ade")
    with Portal(tmp_path, provider, copied=empty, OIDC_SIGN_OUT="0") as portal:
        portal.shell(HERE_BEFORE)
        browser = Browser()
        browser.sign_in(portal, "olu")
        assert "end_session" not in sign_out(browser, portal)


def test_every_address_is_decided_with_the_provider_too(portal):
    undecided = portal.shell(
        "from django.urls import get_resolver\n"
        "def walk(patterns):\n"
        "    for p in patterns:\n"
        "        if hasattr(p, 'url_patterns'): yield from walk(p.url_patterns)\n"
        "        elif not hasattr(p.callback, 'decision'): yield str(p.pattern)\n"
        "print(list(walk(get_resolver().url_patterns)))"
    )
    assert undecided.strip() == "[]"


def test_the_secret_is_in_no_log_and_on_no_page(portal):
    assert "said only to the provider" not in (portal.folder / "log").read_text()


def test_without_a_provider_nothing_of_it_is_loaded(tmp_path):
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings';"
        "django.setup(); import portal.urls;"
        "print([n for n in sys.modules if n.split('.')[0] in ('allauth', 'oauthlib', 'jwt')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
