"""The component of the curves of a training, by itself in a page."""

import pytest

from ui.widgets.lens import FOLDER

# Shows points up to `end`, every 10th, of a chart of 1,000 batches; returns how far it is drawn.
SHOW = """(end) => {
  const points = Array.from({ length: end / 10 + 1 }, (_, i) => [10 * i, 2 / (1 + i)]);
  const look = { kind: "line", colour: "#12a594", opacity: 1, size: 0 };
  const line = { ...look, name: "moving mean", points };
  const x = { name: "batch", min: 0, max: 1000, planned: 1000, ends: true };
  const series = end < 0 ? [{ ...line, points: [] }] : [line];
  const data = { alt: "Loss", placeholder: "No points", x, y: { name: "loss", min: 0 }, series };
  component({ data, parentElement: document.body });
  return document.querySelector(".curve").chart.head;
}"""
HTML = """<div class="curve" style="position: relative; width: 262px; height: 250px">
  <canvas role="img"></canvas><div class="tip" style="position: absolute" hidden></div></div>"""
# How many pictures there are in `ms` milliseconds, and the head at their end.
COUNT = """async (ms) => {
  const canvas = document.querySelector("canvas"), began = performance.now();
  let last = canvas.toDataURL(), changes = 0;
  while (performance.now() - began < ms) {
    await new Promise(requestAnimationFrame);
    const now = canvas.toDataURL();
    if (now !== last) changes += 1;
    last = now;
  }
  return changes;
}"""
HEAD = "() => document.querySelector('.curve').chart.head"


@pytest.fixture
def curve(page):
    page.goto("about:blank")
    page.set_content(HTML)
    source = (FOLDER / "learning_curve.js").read_text("utf-8")
    page.evaluate(
        """async (source) => {
          const address = "data:text/javascript," + encodeURIComponent(source);
          window.component = (await import(address)).default;
        }""",
        source,
    )
    return page


def test_what_is_there_at_first_is_shown_at_once_and_what_comes_in_is_played(curve):
    assert curve.evaluate(SHOW, 200) == 200
    curve.wait_for_timeout(1000)
    assert curve.evaluate(SHOW, 400) == 200
    assert curve.evaluate(COUNT, 800) >= 8
    assert 200 < curve.evaluate(HEAD) <= 400
    curve.wait_for_timeout(1200)
    assert curve.evaluate(HEAD) == 400
    assert curve.evaluate(COUNT, 300) == 0  # at rest


def test_the_first_points_of_a_training_are_played_from_the_first_on(curve):
    assert curve.evaluate(SHOW, -1) is None
    curve.wait_for_timeout(600)
    assert curve.evaluate(SHOW, 100) == 0
    curve.wait_for_timeout(1800)
    assert curve.evaluate(HEAD) == 100


def test_a_run_that_was_resumed_goes_back_at_once(curve):
    for end in (400, 100):
        assert curve.evaluate(SHOW, end) == end


def test_nothing_moves_for_those_who_prefer_so(curve):
    curve.emulate_media(reduced_motion="reduce")
    curve.evaluate(SHOW, 200)
    curve.wait_for_timeout(500)
    curve.evaluate(SHOW, 400)
    curve.wait_for_timeout(200)
    assert curve.evaluate(HEAD) == 400


def test_the_numbers_at_the_pointer_and_those_for_a_screen_reader(curve):
    curve.evaluate(SHOW, 500)
    label = curve.locator("canvas").get_attribute("aria-label")
    assert label == "Loss. batch 500 of 1,000: moving mean 0.0392157"
    curve.wait_for_timeout(300)
    box = curve.locator("canvas").bounding_box()
    curve.mouse.move(box["x"] + 31, box["y"] + 120)
    tip = curve.locator(".tip")
    tip.wait_for()
    assert tip.text_content() == "batch 0moving mean2"
    curve.mouse.move(box["x"] + 250, box["y"] + 120)  # nothing has come in there
    curve.wait_for_timeout(300)
    assert tip.text_content().startswith("batch 500")
    curve.mouse.move(600, 600)
    tip.wait_for(state="hidden")


@pytest.mark.parametrize(
    ("axis", "values", "parts", "expected"),
    [
        ({"min": 0}, [2.33], 5, [0, 0.5, 1, 1.5, 2, 2.5]),
        ({"min": 0}, [0.38], 5, [0, 0.1, 0.2, 0.3, 0.4]),
        ({"min": 0, "max": 1125}, [], 3, [0, 300, 600, 900, 1125]),
        ({"min": 85, "max": 100, "interval": 3}, [], 5, [85, 88, 91, 94, 97, 100]),
        ({"min": 1, "max": 3, "minInterval": 1}, [], 3, [1, 2, 3]),
        ({"min": 0.5, "max": 1.5, "minInterval": 1}, [], 3, [0.5, 1, 1.5]),
        ({"min": 0, "max": 10}, [9000], 5, [0, 2, 4, 6, 8, 10]),
    ],
)
def test_the_ticks_are_those_of_echarts(curve, axis, values, parts, expected):
    source = (FOLDER / "learning_curve.js").read_text("utf-8")
    code = source.replace("export default function", "function component")
    ticks = curve.evaluate(
        f"(a) => {{ {code}; return scaleOf(...a).ticks; }}", [axis, values, parts]
    )
    assert ticks == pytest.approx(expected)
