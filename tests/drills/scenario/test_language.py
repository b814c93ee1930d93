"""A runbook in another language gets a drill, and the page says that its sentences are English."""

from __future__ import annotations

import pytest

from drills.scenario.language import NOT_ENGLISH, is_english
from drills.scenario.source import source_of
from drills.scenario.writing import write
from runbooks import document
from tests.drills.scenario.test_offline import RUNBOOK
from tests.factories import UserFactory, published

GERMAN = """\
---
title: Der Webdienst antwortet nicht
alerts: [WebDown]
---
## Symptoms
Die Seite ist nicht erreichbar, und die Anfragen werden mit einem Fehler beantwortet.
## Diagnosis
1. Prüfen, ob der Dienst läuft und die Datenbank erreichbar ist.
## Mitigation
1. Den Dienst auf dem Server neu starten.
## Prevention
- [WEB-1](https://track.example/WEB-1) Den Alarm früher auslösen.
"""


def of(title, diagnosis):
    return f"---\ntitle: {title}\n---\n## Diagnosis\n- {diagnosis}\n"


@pytest.mark.parametrize(
    ("text", "english"),
    [
        (RUNBOOK, True),
        (GERMAN, False),
        (of("Web is down", "kubectl get pods"), True),
        (of("障害対応", "ログを確認する"), False),
        (of("El servicio no responde", "Comprobar si los datos y el disco están llenos"), False),
        (of("Le service est en panne", "Vérifier les journaux dans la console"), False),
        (of("Die Dashboard in Grafana is empty", "Check the panel."), True),
    ],
)
def test_english_is_told_from_other_languages(text, english):
    assert is_english(source_of(document.parse(text), slug="x", revision=1)) is english


@pytest.mark.django_db
def test_the_page_says_that_the_sentences_are_english():
    owner = UserFactory()
    german = published(slug="webdienst", owner=owner, text=GERMAN).live_revision
    english = published(slug="checkout-500", owner=owner, text=RUNBOOK).live_revision
    assert write(german).note == NOT_ENGLISH
    assert write(english).note == ""
