"""The Train page during a training: time to the first point, update rate, and cost.

    python -m benchmarks.training_page [--starts 5] [--repeats 3] [--seconds 15]

Measures in a real browser, and prints a JSON line for each part:
- first_point: seconds from the click on *Start training* to the first point in the chart, in an app
  that has been running for 20 s.
- pace: how often a second the picture of the batch chart changes in the last epoch of a run of 20
  epochs of 1,875 batches (this script is its worker), and the number of replaced canvases, which
  would flicker.
- cost: seconds of an epoch of the preset `notebook`, alternately from the shell, without a page,
  and in the app with the page open; their medians, and their ratio.
0 starts, seconds or repeats skip that part.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, expect, sync_playwright

from cnn.config import TrainingConfig
from cnn.runs.locking import take_lock
from cnn.runs.run import RunState, list_runs
from cnn.runs.writing import create_run, write_state
from cnn.training.recorder import RunRecorder
from tools.browser import launch_chromium, open_page, running_app, set_number

UP_S = 20
# The chart of a run that is trained is a component, in a shadow root.
CANVAS = """
const chartCanvas = () => {
  const place = document.querySelector(".st-key-batch_loss");
  const host = place?.querySelector('[data-testid="stBidiComponentIsolated"]');
  return (host?.shadowRoot ?? place)?.querySelector("canvas") ?? null;
};
"""
# Resolves with the milliseconds from the next click until the plot, once empty, has a point.
FIRST_POINT = (
    CANVAS
    + """
  const teal = () => {
    const canvas = chartCanvas();
    if (!canvas) return false;
    const ratio = canvas.width / canvas.clientWidth, legend = Math.round(44 * ratio);
    if (!(canvas.width > 0 && canvas.height > legend)) return false;  // not laid out yet
    const context = canvas.getContext("2d", {willReadFrequently: true});
    const {data} = context.getImageData(0, legend, canvas.width, canvas.height - legend);
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 40 && data[i + 1] > data[i] + 30 && data[i + 2] > data[i] + 20) return true;
    return false;
  };
  window.firstPoint = new Promise((resolve) => {
    let began = null, empty = false;
    setTimeout(() => resolve(null), 40000);
    addEventListener("click", () => { began ??= performance.now(); }, {capture: true, once: true});
    const look = () => {
      if (began !== null) {
        if (!teal()) empty = true;
        else if (empty) return resolve(performance.now() - began);
      }
      setTimeout(look, 15);
    };
    look();
  });
"""
)
# Looks at each frame whether the picture is another one.
WATCH_MOVES = (
    CANVAS
    + """
window.moves = []; window.replaced = 0;
let canvas = chartCanvas(), last = null;
const copy = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const sumOf = () => {
  Object.assign(copy.canvas, {width: canvas.width, height: canvas.height});
  copy.drawImage(canvas, 0, 0);
  const {buffer} = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  return new Uint32Array(buffer).reduce((sum, each) => (Math.imul(sum, 31) + each) | 0, 0);
};
const look = () => {
  if (!canvas.isConnected) { window.replaced += 1; canvas = chartCanvas(); }
  const sum = sumOf();
  if (last !== null && sum !== last) window.moves.push(performance.now());
  last = sum;
  requestAnimationFrame(look);
};
look();
"""
)


def measure_first_points(page: Page, address: str, starts: int) -> list[float]:
    seconds = []
    for _ in range(starts):
        open_page(page, f"{address}/train")
        page.wait_for_timeout(2500)
        page.evaluate(f"() => {{{FIRST_POINT}}}")
        page.get_by_role("button", name="Start training").click()
        elapsed_ms = page.evaluate("window.firstPoint")
        if elapsed_ms is None:
            raise RuntimeError("no point appeared within 40 s")
        seconds.append(round(elapsed_ms / 1000, 2))
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.locator(".st-key-training_status")).to_contain_text("Training stopped")
        page.wait_for_timeout(5000)  # a warm worker that was forced to exit is replaced
    return seconds


def measure_pace(page: Page, address: str, runs: Path, seconds: float) -> dict:
    config = TrainingConfig(epochs=20)
    run, rng = create_run(config, runs), np.random.default_rng(0)
    lock = take_lock(run.path / "lock")
    write_state(run, RunState("running"))
    recorder, step = RunRecorder(run), 0

    def batch() -> None:
        nonlocal step
        step += 1
        recorder.write_batch(step, float(rng.gamma(2, 0.02)), 0.005 * step)

    for epoch in range(1, 20):
        for _ in range(config.steps_per_epoch):
            batch()
        figures = dict.fromkeys(("loss", "val_loss"), 0.03)
        recorder.write_epoch(
            epoch, figures | dict.fromkeys(("accuracy", "val_accuracy"), 0.99), step
        )
    open_page(page, f"{address}/train?run={run.id}")
    page.locator(".st-key-batch_loss canvas").wait_for()
    page.wait_for_timeout(2000)
    page.evaluate(f"() => {{{WATCH_MOVES}}}")
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        batch()
        page.wait_for_timeout(6)
    moves, replaced = page.evaluate("[window.moves, window.replaced]")
    gaps_ms = np.diff(moves)
    recorder.close()
    write_state(run, RunState("stopped"))
    os.close(lock)
    return {
        "a_second": round(len(gaps_ms) / (gaps_ms.sum() / 1000), 2),
        "longest_gap_ms": round(float(gaps_ms.max())),
        "canvases_replaced": replaced,
    }


def time_shell(runs: Path) -> float:
    command = [sys.executable, "-m", "cnn", "train", "--epochs", "1", "--runs", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])["elapsed_s"]


def time_page(page: Page, address: str, runs: Path) -> float:
    open_page(page, f"{address}/train")
    set_number(page, "Epochs", "1")
    page.get_by_role("button", name="Start training").click()
    status = page.locator(".st-key-training_status")
    expect(status).to_contain_text("Epoch 1 of 1", timeout=60_000)
    expect(status).to_contain_text("Training finished", timeout=300_000)
    return list_runs(runs)[0][0].state().elapsed_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_app(runs=Path(folder)) as app,
        sync_playwright() as playwright,
        launch_chromium(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        open_page(page, f"{app.address}/train")
        page.wait_for_timeout(1000 * UP_S)
        if options.starts:
            seconds = measure_first_points(page, app.address, options.starts)
            figures = {"median_s": statistics.median(seconds), "seconds": seconds}
            print(json.dumps({"first_point": figures}), flush=True)
        if options.seconds:
            pace = measure_pace(page, app.address, app.runs, options.seconds)
            print(json.dumps({"pace": pace}), flush=True)
        times: dict[str, list[float]] = {"shell": [], "page": []}
        for _ in range(options.repeats):
            page.goto("about:blank")
            with tempfile.TemporaryDirectory() as other:
                times["shell"].append(time_shell(Path(other)))
            times["page"].append(time_page(page, app.address, app.runs))
        if not options.repeats:
            return
        medians = {name: statistics.median(each) for name, each in times.items()}
        ratio = round(medians["page"] / medians["shell"], 3)
        print(json.dumps({"cost": {"seconds": times, "medians": medians, "ratio": ratio}}))


if __name__ == "__main__":
    main()
