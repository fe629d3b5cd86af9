"""A teacher and two students, each with a browser of their own; an account by st.login."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from cnn.jobs.queue import active_runs
from tests.browser.gestures import settle
from tests.browser.oidc_provider import CLIENT, running_provider
from tests.browser.watch import watched_page
from tools.browser import free_port, open_page, running_app

PASSWORD = "a password for tests"
STARTS_MS = 120_000  # a training, on a busy machine


@pytest.fixture
def classroom(browser, runs, tmp_path):
    """A server with a teacher's password."""
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'teacher_password = "{PASSWORD}"\n')
    with running_app(runs=runs, environment={"STREAMLIT_SECRETS_FILES": str(secrets)}) as running:
        yield running


def sign_in(page, address):
    open_page(page, f"{address}/teacher")
    settle(page)
    page.get_by_label("Password of the teacher").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Trainings")).to_be_visible()


def control(page, name):
    """A button of the page; Streamlit has its own *Stop* above it while a script runs."""
    return page.get_by_test_id("stMainBlockContainer").get_by_role("button", name=name, exact=True)


def test_a_student_starts_another_watches_and_the_teacher_stops(
    classroom, browser, page, colleague, runs
):
    open_page(page, f"{classroom.address}/train?epochs=100")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_text("Epoch 1 of 100")).to_be_visible(timeout=STARTS_MS)
    [run] = active_runs(runs)
    page.reload()  # the cookie says whose the run is
    expect(control(page, "Stop")).to_be_enabled()
    open_page(colleague, f"{classroom.address}/train")
    expect(colleague.get_by_text("Epoch 1 of 100")).to_be_visible()
    for name in ("Stop", "Pause"):
        expect(control(colleague, name)).to_be_disabled()
    with watched_page(browser, viewport={"width": 1280, "height": 900}) as teacher:
        sign_in(teacher, classroom.address)
        teacher.reload()
        row = teacher.locator(".st-key-trainings")
        expect(row).to_contain_text(run.title)  # still the teacher
        settle(teacher)
        found = Axe().run(teacher).response["violations"]
        assert not [each["help"] for each in found if each["impact"] in ("serious", "critical")]
        row.get_by_role("button", name="Stop", exact=True).click()
        expect(teacher.get_by_text("Nothing is being trained")).to_be_visible()
        teacher.get_by_role("button", name="Sign out").click()
        expect(teacher.get_by_label("Password of the teacher")).to_be_visible()
        teacher.reload()
        expect(teacher.get_by_label("Password of the teacher")).to_be_visible()
    assert run.state().status == "stopped"
    expect(page.get_by_text("Training stopped")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    expect(colleague.get_by_text("Training stopped")).to_be_visible()
    expect(colleague.get_by_role("button", name="Resume")).to_have_count(0)


def test_the_link_opens_the_page_as_the_teacher_prepared_it(classroom, page, colleague):
    open_page(page, f"{classroom.address}/explore?tab=Pooling&picture=test-4&run=notebook")
    settle(page)
    page.get_by_role("link", name="Teacher").click()
    page.get_by_label("Password of the teacher").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("combobox", name="Page").click()
    page.get_by_role("option", name="Explore").click()
    link = page.locator("[data-testid=stCode]").first
    expect(link).to_contain_text("picture=test-4")
    expect(link).to_contain_text("tab=Pooling")
    expect(page.get_by_alt_text("QR code of the link")).to_be_visible()
    query = link.inner_text().strip().partition("/explore")[2]
    open_page(colleague, f"{classroom.address}/explore{query}")
    expect(colleague.get_by_role("radio", name="Pooling")).to_be_checked()
    expect(colleague.get_by_text("Test digit 4, label 4")).to_be_visible()


def test_without_a_teacher_the_page_is_not_in_the_menu(app, page):
    open_page(page, app.address)
    expect(page.get_by_role("link", name="Train", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Teacher")).to_have_count(0)


def test_an_account_has_its_drawings_in_every_browser(browser, runs, tmp_path):
    pytest.importorskip("authlib")
    port, secrets = free_port(), tmp_path / "secrets.toml"
    with running_provider("ada@example.org") as issuer:
        secrets.write_text(
            'teachers = ["ada@example.org"]\n[auth]\n'
            f'redirect_uri = "http://localhost:{port}/oauth2callback"\n'
            f'cookie_secret = "{"x" * 32}"\nclient_id = "{CLIENT}"\nclient_secret = "none"\n'
            f'server_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
        )
        environment = {"STREAMLIT_SECRETS_FILES": str(secrets)}
        with running_app(runs=runs, environment=environment, port=port) as running:
            for times in (1, 2):  # two browsers
                with watched_page(browser, viewport={"width": 1280, "height": 900}) as page:
                    open_page(page, f"{running.address}/train")
                    page.get_by_role("button", name="Log in").click()
                    expect(page.get_by_text("Logged in: Ada Lovelace")).to_be_visible()
                    if times == 1:
                        open_page(page, f"{running.address}/train?epochs=100")
                        page.get_by_role("button", name="Start training").click()
                        expect(page.get_by_text("Epoch 1 of 100")).to_be_visible(timeout=STARTS_MS)
                        continue
                    open_page(page, f"{running.address}/train")
                    stop = control(page, "Stop")
                    expect(stop).to_be_enabled()
                    open_page(page, f"{running.address}/teacher")
                    expect(page.get_by_role("heading", name="Trainings")).to_be_visible()
                    page.get_by_role("button", name="Log out").click()
                    expect(page.get_by_role("button", name="Log in")).to_be_visible()
                    open_page(page, f"{running.address}/train")
                    expect(stop).to_be_disabled()
