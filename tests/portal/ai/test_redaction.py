"""No secret leaves, and no runbook loses a command."""

from __future__ import annotations

import pytest

from portal.ai.redaction import MARK, redact

SECRETS = [
    ("postgres://app:s3cr3tpass@db.example/x", "s3cr3tpass"),
    ("Authorization: Bearer abcdef0123456789", "abcdef0123456789"),
    ("curl -H 'Authorization: Basic dXNlcjpwYXNz'", "dXNlcjpwYXNz"),
    ("password: correcthorse", "correcthorse"),
    ("DB_PASSWORD='battery-staple'", "battery-staple"),
    ("mysql --password=opensesame -e 'select 1'", "opensesame"),
    ('{"client_secret": "9f8e7d6c5b4a"}', "9f8e7d6c5b4a"),
    ("AWS key AKIAIOSFODNN7EXAMPLE leaked", "AKIAIOSFODNN7EXAMPLE"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abcdefghijklmnop"),
    ("xoxb-123456789012-abcdefghijkl", "xoxb-123456789012"),
    ("https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXX", "B000"),
    ("sk-ant-api03-abcdefghijklmnop", "abcdefghijklmnop"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijkl", "eyJzdWIi"),
    ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_a_secret_is_taken_out(text, secret):
    clean, count = redact(f"before\n{text}\nafter")
    assert secret not in clean
    assert MARK in clean
    assert count >= 1
    assert clean.startswith("before\n")
    assert clean.endswith("\nafter")


@pytest.mark.parametrize(
    "text",
    [
        "kubectl -n shop get secret db-credentials -o yaml",
        "password: $DB_PASSWORD",
        "password: {{ password }}",
        "token=<the token from the vault>",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "git checkout 4b825dc642cb6eb9a060e54bf8d69288fbee4904",
        "ssh db-bastion.marigoldpost.example",
        "The secret is rotated every 90 days. The password policy is in the wiki.",
        "http://grafana.example:3000/d/abc123XYZ/overview?orgId=1",
    ],
)
def test_what_is_no_secret_stays(text):
    assert redact(text) == (text, 0)


def test_the_real_corpus_keeps_its_commands(corpus):
    for path in sorted((corpus / "runbooks").glob("*.md")):
        text = path.read_text()
        clean, _ = redact(text)
        assert clean.count("\n") == text.count("\n")
        assert len(clean) > 0.98 * len(text), path.name
