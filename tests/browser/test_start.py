from playwright.sync_api import expect

from ui.state.navigation import ICONS


def test_the_first_visitor_sees_the_page_before_tensorflow_is_there(own_app, page):
    # A server of its own, asked for an inner page first: Streamlit must not take pages/ for its
    # old kind of multipage app.
    page.goto(f"{own_app.address}/explore")
    expect(page.get_by_text("Loading TensorFlow")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Explore")
    names = page.locator('[data-testid="stSidebarNavLink"]')
    expect(names).to_have_count(len(ICONS) - 1)  # without a teacher, that page is not in it
    expect(names.first).to_contain_text("Learn")
    page.get_by_text("All layers", exact=True).click(timeout=60_000)
    expect(page.locator(".st-key-feature_maps canvas").first).to_be_visible()


def test_learn_is_shown_without_a_request_to_another_host(app, page):
    outside = []
    page.on("request", lambda request: outside.append(request.url))
    page.goto(app.address)
    expect(page.get_by_role("heading", name="Dense layers and softmax classify")).to_be_visible()
    expect(page.locator("table.bars tr")).to_have_count(10)
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    local = (app.address, "data:", "blob:")
    assert [url for url in outside if not url.startswith(local)] == []
