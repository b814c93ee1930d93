"""What search keeps in the database: analysed runbooks, and the synonyms that a team added."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from runbooks.models import Runbook
from runbooks.search.synonyms import read_groups


class SearchDocument(models.Model):
    """A runbook's words, analysed once at publishing, so that any process can load them in bulk.

    `stamp` is a digest of everything an engine stores: equal stamps mean that nothing has to be done.
    """

    runbook = models.OneToOneField(
        Runbook, primary_key=True, on_delete=models.CASCADE, related_name="search_document"
    )
    stamp = models.CharField(max_length=32)
    #: documents.ANALYSIS_VERSION that made it
    version = models.PositiveIntegerField()
    facts = models.TextField(
        help_text="Words of names and alert texts, as documents.Analysed packs them."
    )
    terms = models.TextField(help_text="Every term once, parted by spaces.")
    codes = models.BinaryField(help_text="One byte for each term: where it stands.")
    filters = models.JSONField(default=list, help_text="What results can be narrowed by.")
    #: One "where<TAB>text" for each line that may be shown as the line that matched.
    lines = models.TextField(blank=True)
    #: {"services": [[slug, name], …], "alerts": [name, …]}: what a result shows and no join need fetch.
    shown = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"search document of {self.runbook_id}"


class SynonymGroup(models.Model):
    """Words that this team uses for one another, beside those that ship with the product."""

    words = models.CharField(
        max_length=500, help_text="Parted by commas: “ledger, books, accounts”."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("words",)

    def __str__(self) -> str:
        return self.words

    def clean(self) -> None:
        if len(self.group) < 2:
            raise ValidationError(
                {"words": "Name at least two words or phrases, parted by a comma."}
            )

    @property
    def group(self) -> list[str]:
        return next(iter(read_groups(self.words.replace("\n", ","))), [])
