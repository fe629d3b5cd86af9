"""Two servers on one folder of runs, behind nginx as deploy/nginx.conf has it, at a path."""

import json
import os
import re
import secrets
import subprocess
import sys
import zipfile
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import BrowserContext, expect

from cnn.runs.run import list_runs
from tests.browser.gestures import ONE, SEVEN, draw, expect_answer, go_to, settle
from tests.browser.test_train import STARTING_MS, start_training
from tests.browser.watch import watched_page
from tools.browser import PROJECT, App, end_training, open_page, running_app
from tools.proxy import Proxy, find_nginx, running_nginx

STICKY = "cnn_server"  # nginx's cookie


class Classroom:
    """The two servers, nginx, and what tells which of them a visitor is on."""

    def __init__(self, runs, folder):
        self.runs = runs
        self.around = ExitStack()
        self.closing = [ExitStack(), ExitStack()]
        self.servers = [self._start(place) for place in (0, 1)]
        self.proxy: Proxy = self.around.enter_context(running_nginx(self.servers, folder))
        self.address = self.proxy.address

    def _start(self, place: int, port: int | None = None) -> App:
        app = running_app(
            runs=self.runs, base_path="cnn", environment={"CNN_WARM_WORKER": "0"}, port=port
        )
        return self.closing[place].enter_context(app)

    def server_of(self, visitor: BrowserContext) -> int:
        """Which server answers this visitor: with the cookie of nginx, which comes first."""
        health, mark = f"{self.address}/_stcore/health", secrets.token_hex(8)
        visitor.request.get(health)
        visitor.request.get(f"{health}?{mark}")
        for _ in range(100):  # nginx writes its log when the answer has been sent
            if answered := self.proxy.answered(mark):
                break
        ports = [urlsplit(server.address).port for server in self.servers]
        return ports.index(int(answered.rpartition(":")[2]))

    def send_to(self, visitor: BrowserContext, server: int) -> None:
        """Let this visitor be on `server`, by another cookie of nginx."""
        for _ in range(100):
            visitor.clear_cookies(name=STICKY)
            if self.server_of(visitor) == server:
                return
        raise AssertionError(f"no cookie leads to server {server}")

    @contextmanager
    def one_gone(self, server: int):
        """Kill `server`; it is started again afterwards, on the same port."""
        self.servers[server].process.kill()
        self.servers[server].process.wait()
        yield
        self.closing[server].close()
        self.servers[server] = self._start(server, urlsplit(self.servers[server].address).port)

    def workers(self) -> list[str]:
        """The runs for which worker processes were started that live, by their ids."""
        commands = [each.info["cmdline"] or [] for each in psutil.process_iter(["cmdline"])]
        return [
            os.path.basename(command[-1])  # noqa: PTH119 - not a path of this process
            for command in commands
            if "cnn.jobs.worker_process" in command and str(self.runs) in command[-1]
        ]


@pytest.fixture(scope="module")
def classroom(browser, tmp_path_factory):
    if not find_nginx():
        message = "no nginx: apt-get install nginx-light"
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(message)
        pytest.skip(message)
    with ExitStack() as stack:
        room = Classroom(tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("nginx"))
        stack.callback(end_training, room.runs)
        stack.enter_context(room.around)
        for each in room.closing:
            stack.callback(each.close)
        yield room


@pytest.fixture(autouse=True)
def _nothing_trains(classroom):
    yield
    end_training(classroom.runs)


def test_a_drawing_is_classified_at_a_path_behind_nginx(classroom, page):
    open_page(page, f"{classroom.address}/draw")
    draw(page, ONE)
    expect_answer(page, 1)
    page.get_by_role("link", name="Inspect the layers").click()
    page.wait_for_url(re.compile(r"/cnn/explore\?"))
    expect(page.locator(".st-key-prediction")).to_have_text(re.compile(r"^\s*1\b"))
    go_to(page, "Learn")  # the page at the path itself
    page.get_by_role("link", name="Train a network").first.click()
    page.wait_for_url(re.compile(r"/cnn/train\?"))
    settle(page)
    paths = {each["name"]: each["path"] for each in page.context.cookies()}
    # The visitor's own cookie is for this app alone.
    assert paths == {"cnn_visitor": "/cnn", STICKY: "/cnn/", "_streamlit_xsrf": "/"}


def test_the_site_refuses_other_frames_and_does_not_give_its_metrics(classroom, page):
    request = page.context.request
    headers = request.get(f"{classroom.address}/draw").headers
    assert headers["content-security-policy"] == "frame-ancestors 'self'"
    assert headers["x-content-type-options"] == "nosniff"
    assert request.get(f"{classroom.servers[0].address}/_stcore/metrics").ok
    assert request.get(f"{classroom.address}/_stcore/metrics").status == 404


def test_the_servers_have_one_queue_whose_next_run_one_worker_trains(classroom, page, colleague):
    """Both pages ask for the next run to be started, each on its own server."""
    known = {run.id for run in list_runs(classroom.runs)[0]}
    for place, (visitor, epochs) in enumerate([(page, 18), (colleague, 19)]):
        classroom.send_to(visitor.context, place)
        open_page(visitor, f"{classroom.address}/train")
        if place:  # the settings are folded while a run trains
            visitor.get_by_role("button", name="Change").click()
        settle(visitor)
        start_training(visitor, epochs=epochs, digits=60_000)
        status = visitor.locator(".st-key-training_status")
        expect(status).to_contain_text(f"{epochs} epochs, 60,000 training digits")
    expect(colleague.locator(".st-key-training_status")).to_contain_text("Queued: 1 run ahead")
    second, first = (run for run in list_runs(classroom.runs)[0] if run.id not in known)
    expect(page.locator(".st-key-training_status")).to_contain_text(
        "Epoch 1 of 18", timeout=STARTING_MS
    )
    # A worker that ends by itself takes the next run. After one that is killed, a page has to.
    [worker] = [
        each for each in psutil.process_iter(["cmdline"]) if str(first.path) in each.info["cmdline"]
    ]
    worker.kill()
    expect(colleague.locator(".st-key-training_status")).to_contain_text(
        "Epoch 1 of 19", timeout=STARTING_MS
    )
    assert classroom.workers() == [second.id]
    assert first.state().status == "interrupted"
    steps = second.batches()["step"]
    assert steps.tolist() == list(range(1, len(steps) + 1))  # one process writes it


# What Streamlit and Chromium log while a page is without its server.
LOST = re.compile("disconnected from server|WebSocket connection|Failed to load resource.*50[24]")


@pytest.fixture
def left_behind(browser):
    """A visitor whose server goes away: the console may say so, the page may not."""
    with watched_page(browser, LOST, viewport={"width": 1280, "height": 900}) as page:
        yield page


def test_who_is_on_a_server_that_is_killed_goes_on_with_the_other(classroom, left_behind):
    """And what was saved, and the training that was started, are there."""
    page = left_behind
    server = classroom.server_of(page.context)
    open_page(page, f"{classroom.address}/draw")
    draw(page, SEVEN)
    expect_answer(page, 7)
    page.locator(".st-key-correct_digit").get_by_role("radio", name="1").click()
    expect(page.locator(".st-key-correct_digit")).to_contain_text("1, predicted as 7")
    go_to(page, "Train")
    settle(page)
    start_training(page, epochs=20, digits=60_000)
    status = page.locator(".st-key-training_status")
    expect(status).to_contain_text("Epoch 1 of 20", timeout=STARTING_MS)

    with classroom.one_gone(server):
        page.reload()
        expect(status).to_contain_text(re.compile(r"Epoch \d+ of 20"))
        assert classroom.server_of(page.context) == 1 - server
        assert len(classroom.workers()) == 1
        status.get_by_role("button", name="Stop", exact=True).click()
        expect(status).to_contain_text("Training stopped")
        go_to(page, "Draw")
        expect_answer(page, 7)
        page.get_by_text("Your corrections").click()
        expect(page.locator(".st-key-corrections")).to_contain_text("Correct: 1, predicted: 7")

    # The first server is back and gets this visitor's requests, but the page's session and the file
    # that it makes are the second's.
    for _ in range(300):  # for 10 s nginx does not try it
        if classroom.server_of(page.context) == server:
            break
        page.wait_for_timeout(100)
    assert classroom.server_of(page.context) == server
    with page.expect_download() as download:
        page.locator(".st-key-corrections").get_by_role("button", name="Download").click()
    assert zipfile.is_zipfile(download.value.path())
    open_page(page, f"{classroom.address}/train")
    expect(status).to_contain_text("Training stopped")


def test_the_health_check_of_the_image_finds_the_server_at_its_path(classroom):
    text = (PROJECT / "Dockerfile").read_text("utf-8").replace("\\\n", "")
    command = json.loads(re.search(r"^HEALTHCHECK .*CMD (\[.*\])$", text, re.MULTILINE)[1])
    script = command[-1].replace("8501", str(urlsplit(classroom.servers[0].address).port))
    codes = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={"STREAMLIT_SERVER_BASE_URL_PATH": path},
            stderr=subprocess.DEVNULL,
        ).returncode
        for path in ("cnn", "/cnn/", "elsewhere", "")
    ]
    assert codes == [0, 0, 1, 1]
