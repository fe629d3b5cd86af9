"""A visitor whose tab must never show or log an error, not even for a moment."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page

# Reports what is an error by its kind or by its words as soon as it is put into the page: what a
# locator would look for could be gone by then. Fails the test when the visitor leaves.
REPORT_ERRORS = """
const KINDS = '[data-testid="stException"], [data-testid="stErrorElementStack"]';
const look = (node) => {
  const element = node.nodeType === Node.ELEMENT_NODE ? node : node.parentElement;
  const text = element?.textContent ?? "";
  if (/chart error/i.test(text)) report(text.match(/.{0,40}chart error.{0,200}/is)[0]);
  for (const each of element?.querySelectorAll(KINDS) ?? []) report(each.textContent);
  if (element?.matches(KINDS)) report(text);
};
new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes)
    (type === "characterData" ? [target] : addedNodes).forEach(look);
}).observe(document, {childList: true, characterData: true, subtree: true});
"""
# Streamlit asks below a page's address for these first, to find out where the app is served from.
SOUGHT = re.compile(r"://[^/]+/[^/]+/_stcore/(health|host-config)$")


@contextmanager
def watched_page(browser: Browser, **options) -> Iterator[Page]:
    """A tab of a new visitor, with `options` for the context; raises AssertionError on an error.

    That is an exception in JavaScript, an error in the console, and a chart's or Streamlit's error
    that was shown at any time.
    """
    problems: dict[str, None] = {}  # each once, in their order

    def note(message: ConsoleMessage) -> None:
        if message.type == "error" and not SOUGHT.search(message.location["url"]):
            problems[f"console: {message.text} ({message.location['url']})"] = None

    context = browser.new_context(**options)
    try:
        context.expose_function("report", lambda text: problems.setdefault(f"shown: {text}"))
        context.add_init_script(REPORT_ERRORS)
        context.on("weberror", lambda error: problems.setdefault(f"raised: {error.error}"))
        context.on("console", note)
        yield context.new_page()
    finally:
        context.close()
    assert not problems, "the page had errors:\n" + "\n".join(problems)
