"""What is in the clipboard after a tap: the command, and nothing that a shell would stumble over."""

from __future__ import annotations

import pytest

from runbooks.models import Proposal
from tests.browser.conftest import DESKTOP, PHONE
from tests.factories import UserFactory, published

TEXT = """---
title: Nodes are not ready
services: [api-server]
owner: yash
---
## Diagnosis
1. Look at the nodes.
   ```console
   $ kubectl get nodes
   NAME   STATUS
   ```
2. Check via `kubectl -n {{ ns }} describe pod x` and `kubectl get events --all-namespaces` what is wrong.

## Resolution
1. Drain it. {.change undo="kubectl uncordon node-1"}
   ```sh
   kubectl drain node-1
   ```
2. Look again.
   ```sh
   kubectl delete pod {{ pod }}
   ```
"""


@pytest.fixture
def nodes(library):
    owner = UserFactory(username="other", name="O")
    return published(slug="nodes", text=TEXT, owner=owner, kind=Proposal.Kind.IMPORT)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_command_is_copied_without_prompt_and_answer(open_context, nodes, keep_picture, viewport):
    context = open_context(viewport=viewport, permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto("/r/nodes")
    keep_picture(page, f"copying-{viewport['width']}")

    def copied(selector: str) -> str:
        page.locator(selector).click()
        page.wait_for_selector(f"{selector}[data-said=yes]")
        return page.evaluate("navigator.clipboard.readText()")

    before = page.evaluate("document.documentElement.scrollHeight")
    assert copied(".step:has(#D1) [data-copy]") == "kubectl get nodes"
    assert copied(".step:has(#R1) .undo [data-copy]") == "kubectl uncordon node-1"
    second = ".step:has(#D2) .run:nth-of-type(2) [data-copy]"
    assert copied(second) == "kubectl get events --all-namespaces"
    assert page.evaluate("document.documentElement.scrollHeight") == before
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
    # A value that is missing is asked for, and then stands in the sentence's command, too.
    page.locator(".step:has(#D2) .run [data-copy]").first.click()
    assert page.evaluate("document.activeElement.dataset.fill") == "ns"
    page.keyboard.type("shop")
    assert "To fill in:" in page.inner_text(".values summary")
    assert page.is_visible("figure [data-ask]")
    page.fill("figure input[data-fill=pod]", "web-1")
    assert page.is_hidden("figure [data-ask]")
    assert "Filled in:" in page.inner_text(".values summary")
    first = ".step:has(#D2) .run:nth-of-type(1) [data-copy]"
    assert copied(first) == "kubectl -n shop describe pod x"
