"""Styles and scripts, attachments, and what is uploaded to import."""

from __future__ import annotations

from portal.settings.base import BASE_DIR, DATA_DIR, env

STATIC_URL = "/static/"
STATIC_ROOT = env.path(
    "STATIC_ROOT", DATA_DIR / "static", "Where collectstatic writes.", shown="DATA_DIR/static"
)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "portal.assets.JoinedFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
MEDIA_ROOT = env.path(
    "MEDIA_ROOT", DATA_DIR / "uploads", "Attachments of runbooks.", shown="DATA_DIR/uploads"
)
MEDIA_URL = "/attachments/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 60 * 60
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# Uploads to import: streamed to a private folder that is never served, and removed when they are done
IMPORT_ROOT = env.path(
    "IMPORT_ROOT",
    DATA_DIR / "imports",
    "Uploaded files until they are imported; web and worker share it.",
    shown="DATA_DIR/imports",
)
IMPORT_MAX_MB = env.number(
    "IMPORT_MAX_MB", 200, "Largest ZIP or file that may be uploaded to import, in MB.", least=1
)
IMPORT_MAX_UNPACKED_MB = env.number(
    "IMPORT_MAX_UNPACKED_MB", 1000, "Largest an upload may be once it is unpacked, in MB.", least=1
)
IMPORT_MAX_FILES = env.number(
    "IMPORT_MAX_FILES", 20_000, "Most files that one upload may hold.", least=1
)
IMPORT_KEEP_DAYS = env.number(
    "IMPORT_KEEP_DAYS", 7, "Days until an upload that nobody confirmed is removed.", least=1
)
IMPORT_REPORT_KEEP_DAYS = env.number(
    "IMPORT_REPORT_KEEP_DAYS",
    90,
    "Days that an import's list of files is kept; its numbers stay.",
    least=7,
)
# Not /tmp, which is memory in a container: a temporary file is then renamed, not copied.
FILE_UPLOAD_TEMP_DIR = IMPORT_ROOT / "arriving"
FILE_UPLOAD_TEMP_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
