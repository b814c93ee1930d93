"""`{{ name }}` in a command: what the reader fills in."""

from __future__ import annotations

import re

#: One variable; group 1 is its name. Not a variable: `{{ $labels.pod }}` and `{{ .Values.x }}` (templates
#: of Prometheus and Helm), `{{< note >}}` and `{{% note %}}` (Hugo), `${{ secrets }}` (GitHub), and the
#: words that close a Go template (`kubectl -o go-template` is at home in runbooks).
VARIABLE = re.compile(
    r"(?<![{$])\{\{[ \t]*(?!(?:end|else|break|continue)\b)([A-Za-z_][A-Za-z0-9_]{0,99})[ \t]*\}\}(?!\})"
)


def variable_names(text: str) -> tuple[str, ...]:
    """Names of the variables in `text`, each once, in order of first use."""
    return tuple(dict.fromkeys(VARIABLE.findall(text)))
