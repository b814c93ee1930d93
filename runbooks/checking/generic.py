"""A text that names nothing of one's own systems was written for somebody else's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runbooks.checking.codes import GENERIC_TEXT
from runbooks.checking.shapes import Case, Finding

#: Products and parts that everybody has: naming them says nothing of one's own.
_EVERYBODYS = frozenset(
    """
    general node nodes kubernetes k8s kube kubelet etcd prometheus alertmanager grafana loki
    tempo thanos mimir prometheus-operator kube-state-metrics node-exporter coredns dns docker
    containerd linux nginx envoy istio traefik haproxy postgres postgresql mysql mariadb mongodb
    redis memcached rabbitmq kafka zookeeper cassandra elasticsearch opensearch clickhouse vault
    consul nomad terraform argocd jenkins gitlab github aws gcp azure openshift ceph minio api
    app application service server database db cluster network storage web frontend backend
    monitoring logging default test prod production staging dev
    """.split()  # noqa: SIM905 -- one word a line would be pages
)
#: Hosts of one's own: what tools are called inside a company.
_OWN_HOST = re.compile(
    r"https?://(?:(?:grafana|prometheus|alertmanager|kibana|argocd|jira|wiki|confluence|git|"
    r"gitlab|jenkins|vault|"
    r"status|track|logs|dash\w*|metrics|tickets?|intranet|backstage|pagerduty)\.(?!com\b|"
    r"io\b|org\b|net\b)[\w-]+\."
    r"|[\w.-]+\.(?:internal|intranet|local|corp|lan|svc)\b"
    r"|(?!(?:www|docs?|app|help|support|developer|status|api|blog|learn|community)\.)[\w-]+\."
    r"(?:pagerduty|atlassian|datadoghq|splunkcloud|grafana|sentry|newrelic|opsgenie|slack|"
    r"signalfx|zendesk|okta|cloudflareaccess|service-now|servicenow|statuspage|honeycomb|"
    r"logz|sumologic|rollbar|notion|sharepoint)\.(?:com|net|io|site)\b)"
)
_HANDLE = re.compile(r"(?<![\w./`@-])@[a-z][\w-]{2,}\b(?![./])")
_CHANNEL = re.compile(r"(?<![\w&/#(\[.])#[a-z][a-z0-9_-]{2,}\b")
_PHONE = re.compile(r"(?<![\w.])\+\d[\d ()-]{7,}\d")
#: Names in commands: a namespace, a context, an object of the cluster, a host with dots.
_NAMESPACE = re.compile(
    r"(?:\s-n[ =]?|--namespace[ =]|--context[ =]|--cluster[ =]|"
    r"--project[ =])[\"']?(?P<name>[a-z][a-z0-9-]+)\b"
)
_OBJECT = re.compile(
    r"\b(?:deploy(?:ment)?|statefulset|sts|daemonset|ds|service|svc|cronjob|job|hpa|"
    r"ingress)[/ ](?P<name>[a-z][a-z0-9-]+)\b"
)
#: A machine that one goes to, a unit of one's own: `ssh pg-main-1`, `systemctl restart checkout-api`.
_TARGET = re.compile(
    r"\b(?:ssh|scp|ping|dig|traceroute|mtr)(?: -\w+(?: \d+)?)* (?:\w+@)?(?P<name>[a-z][\w-]*\d+[\w-]*|"
    r"[a-z]\w*-[\w-]+)\b"
    r"|\s(?:-h|--host)[ =](?P<host>[a-z][\w-]*-[\w-]+)"
    r"|\bsystemctl (?:\w[\w-]* )(?:--\S+ )*(?P<unit>[a-z]\w*-[\w-]+)"
)
_HOST = re.compile(r"(?<![\w/.@$-])(?P<name>[a-z][\w-]*(?:\.[a-z][\w-]*){2,})(?::\d+)?(?![\w(=/.])")
_ADDRESS = re.compile(r"https?://\S+|\]\([^()\s]*\)|`[^`\n]*`")
_WORD = re.compile(r"\w+(?:-\w+)*")
_GIVEN = re.compile(
    r"(?:kube|openshift|prometheus|alertmanager|istio|cattle|cert-manager|"
    r"ingress-nginx)(?:-[a-z0-9-]+)?|monitoring|default"
)
_PUBLIC = re.compile(
    r"(?:.*\.)?(?:kubernetes\.io|k8s\.io|example\.(?:com|org|net)|github\.com|docker\.io|"
    r"quay\.io|gcr\.io|coreos\.com|"
    r"w3\.org|apache\.org|google\.com|amazonaws\.com)|.*\.(?:ya?ml|json|conf|md|sh|py|log|"
    r"service|go|txt|sock)"
)


def it_is_about_ones_own(case: Case) -> Iterator[Finding]:
    meta = case.document.meta
    if meta.dashboards or meta.access or meta.escalation:
        return
    body = case.document.body[:200_000]
    if any(pattern.search(body) for pattern in (_OWN_HOST, _HANDLE, _CHANNEL, _PHONE)):
        return
    if any(not _is_everybodys(host["name"]) for host in _HOST.finditer(_ADDRESS.sub(" ", body))):
        return
    if _names_its_services(case, body) or _commands_name_something(case):
        return
    yield Finding(
        GENERIC_TEXT,
        "Nothing in the text is of your own systems: no service, host, namespace, dashboard or person.",
        mend="Write which of your services this is about, where one looks, and who knows it.",
    )


def _names_its_services(case: Case, body: str) -> bool:
    words = set(_WORD.findall(body.casefold()))
    names: Iterable[str] = case.document.meta.services
    if case.facts.services is not None:
        names = [name for name in names if name.casefold() in case.facts.services]
    return any(_is_said(name.casefold(), words) for name in names)


def _is_said(name: str, words: set[str]) -> bool:
    """Every word of a name, in whatever order: “Delivery quotes” and `delivery-quotes`."""
    if name in _EVERYBODYS or len(name) < 3:
        return False
    return name in words or set(_WORD.findall(name)) <= words


def _commands_name_something(case: Case) -> bool:
    for step in case.document.steps:
        for command in step.commands:
            for pattern in (_NAMESPACE, _OBJECT, _HOST, _TARGET):
                for found in pattern.finditer(command.text[:20_000]):
                    name = next(group for group in found.groups() if group)
                    if not _is_everybodys(name):
                        return True
    return False


def _is_everybodys(name: str) -> bool:
    """ "kube-proxy", "node-exporter", and "node-1": every part of it is."""
    return bool(
        _GIVEN.fullmatch(name)
        or _PUBLIC.fullmatch(name)
        or name in _EVERYBODYS
        or all(part in _EVERYBODYS or part.isdigit() for part in name.split("-"))
    )
