import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from portal.middleware import htmx_seams, limits
from tests.factories import UserFactory

LIMIT = 16 * 1024


def answering(body: str, content_type: str = "text/html"):
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, content_type=content_type)

    return view


@pytest.mark.django_db
def test_an_address_of_sixteen_kilobytes_is_answered(client: Client):
    path = "/healthz"
    query = "a" * (LIMIT - len(path))
    assert client.get(f"{path}?{query}").status_code == 200


@pytest.mark.django_db
def test_a_longer_address_gets_a_sentence_with_both_numbers(client: Client):
    response = client.get("/healthz?" + "a" * LIMIT)
    assert response.status_code == 414
    assert "16,392 characters long; the portal reads 16,384" in response.content.decode()


def test_the_limit_counts_bytes_as_they_came(rf: RequestFactory):
    request = rf.get("/healthz", {"q": "ä" * 3000})  # each is %C3%A4 on the wire
    assert len(request.META["QUERY_STRING"]) > LIMIT
    assert limits(answering("never"))(request).status_code == 414


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    ["r/a%00b", "r/a%00b.md", "s/a%00b", "people/a%00b", "attachments/a%00b/c", "a/a%00b"],
)
def test_a_nul_in_an_address_leads_nowhere(client: Client, path: str):
    client.force_login(UserFactory(is_superuser=True))
    assert client.get(f"/{path}").status_code == 404


@pytest.mark.parametrize(("content_type", "varies"), [("text/html", True), ("text/css", False)])
def test_a_page_and_its_fragment_never_share_a_cache_entry(rf, content_type, varies):
    response = htmx_seams(answering("x", content_type))(rf.get("/"))
    assert ("HX-Request" in response.get("Vary", "")) is varies


def moved(request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=302, headers={"Location": "/accounts/sign-in?next=/"})


def test_a_sign_in_page_never_lands_inside_a_fragment(rf: RequestFactory):
    request = rf.get("/")
    request.htmx = True
    response = htmx_seams(moved)(request)
    assert response["HX-Redirect"] == "/accounts/sign-in?next=/"
    assert response.content == b""


def test_without_htmx_a_sign_in_is_an_ordinary_redirect(rf: RequestFactory):
    request = rf.get("/")
    request.htmx = False
    assert htmx_seams(moved)(request).status_code == 302


@pytest.mark.django_db
def test_every_page_carries_the_protecting_headers(client: Client):
    response = client.get("/accounts/sign-in")
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert "script-src 'self';" in response["Content-Security-Policy"] + ";"
