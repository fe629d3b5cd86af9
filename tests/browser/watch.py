"""A visitor's tab that fails the test if it ever shows or logs an error."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page

# Reports errors, by their kind or text, as soon as they are inserted into the page: a locator could
# come too late.
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
# Streamlit requests these below a page's address first, to find out where the app is served from.
EXPECTED_404 = re.compile(r"://[^/]+(/[^/]+)+/_stcore/(health|host-config)$")


@contextmanager
def watched_page(
    browser: Browser, expected: re.Pattern[str] | None = None, **options
) -> Iterator[Page]:
    """Open a tab for a new visitor, with `options` for the context.

    Raises AssertionError at the end if there was an exception in JavaScript, an error in the
    console, unless its text is as `expected`, or an error shown by a chart or Streamlit, at any
    time.
    """
    problems: dict[str, None] = {}  # each once, in order

    def note(message: ConsoleMessage) -> None:
        known = EXPECTED_404.search(message.location["url"]) or (
            expected and expected.search(message.text)
        )
        if message.type == "error" and not known:
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
