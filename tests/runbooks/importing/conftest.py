"""A tree to write files into, and the people who own what comes in."""

import pytest
from django.utils import timezone

from runbooks.importing.importing import import_runbooks
from runbooks.importing.planning import Options


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    root.mkdir()

    def write(**files):
        for name, content in files.items():
            file = root / name.replace("__", "/").replace("_md", ".md").replace("_png", ".png")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return root

    return write


@pytest.fixture
def bring():
    def bring(root, **options):
        return import_runbooks(root, Options(now=timezone.now(), **options))

    return bring
