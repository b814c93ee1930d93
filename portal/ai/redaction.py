"""Secrets are taken out of everything before it leaves for a model. detect-secrets finds keys and tokens by
their shapes; the patterns here know what runbooks have: passwords in addresses, headers, options."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

MARK = "[secret taken out]"

_OWN = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"(?<=://)(?P<keep>[^\s:/@]{0,100}:)[^\s@/]{1,200}(?=@)"),
    re.compile(
        r"(?P<keep>\b(?:authorization|proxy-authorization)\s*[:=]\s*[\"']?(?:bearer|basic|token)\s+)[^\s\"']{4,}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>\bbearer\s+)[A-Za-z0-9._~+/-]{12,}=*", re.IGNORECASE),
    re.compile(
        r"(?P<keep>\b[\w-]*(?:password|passwd|pwd|secret|api[_-]?key|apikey|access[_-]?key|auth[_-]?token"
        r"|access[_-]?token|client[_-]?secret|private[_-]?key)[\"']?\s*(?:=|:)\s*[\"']?)"
        r"(?!\s|\$|<|\{\{|\*{3}|\[secret|true\b|false\b|none\b|null\b)[^\s\"',;&]{4,}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?P<keep>(?<!\w)--?(?:password|passwd|token|secret)(?:=|\s+))(?!\$|<|\{\{|-)[^\s\"']{4,}",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>\bhttps://hooks\.slack\.com/services/)[A-Za-z0-9/]+"),
    re.compile(
        r"\b(?:xox[abeoprs]-|gh[pousr]_|glpat-|sk-ant-|sk-|AKIA|ASIA|AIza)[A-Za-z0-9_-]{12,}"
    ),
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}"),
)
#: By shape alone. Entropy and keyword plugins would take host names and digests out of a runbook.
_PLUGINS = [
    "AWSKeyDetector",
    "ArtifactoryDetector",
    "AzureStorageKeyDetector",
    "CloudantDetector",
    "DiscordBotTokenDetector",
    "GitHubTokenDetector",
    "GitLabTokenDetector",
    "IbmCloudIamDetector",
    "IbmCosHmacDetector",
    "JwtTokenDetector",
    "MailchimpDetector",
    "NpmDetector",
    "OpenAIDetector",
    "PypiTokenDetector",
    "SendGridDetector",
    "SlackDetector",
    "SoftlayerDetector",
    "SquareOAuthDetector",
    "StripeDetector",
    "TelegramBotTokenDetector",
    "TwilioKeyDetector",
]


def redact(text: str) -> tuple[str, int]:
    """The text with each secret replaced by MARK, and how many there were."""
    count = 0
    for pattern in _OWN:
        text, found = pattern.subn(_without, text)
        count += found
    lines = text.split("\n")
    for at, line in enumerate(lines):
        for plugin in _plugins():
            for secret in plugin.analyze_string(line):
                if secret and secret in line and MARK not in secret:
                    lines[at] = lines[at].replace(secret, MARK)
                    count += 1
    return "\n".join(lines), count


def _without(match: re.Match[str]) -> str:
    return f"{match.groupdict().get('keep') or ''}{MARK}"


@cache
def _plugins() -> tuple[Any, ...]:
    # Large, and used by whoever asks a model alone.
    from detect_secrets.core.plugins.util import (  # noqa: PLC0415
        get_mapping_from_secret_type_to_class,
    )
    from detect_secrets.settings import transient_settings  # noqa: PLC0415

    with transient_settings({"plugins_used": [{"name": name} for name in _PLUGINS]}):
        classes: Any = get_mapping_from_secret_type_to_class().values()
        return tuple(plugin() for plugin in classes if plugin.__name__ in _PLUGINS)
