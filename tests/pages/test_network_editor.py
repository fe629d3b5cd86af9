"""The settings of the Train page with an own network, without a browser."""

import json
from dataclasses import replace

import pytest

from cnn.config import PRESETS, TrainingConfig
from cnn.jobs import lr_sweep
from cnn.networks.code_writing import network_line
from cnn.networks.layers import with_pooling
from cnn.networks.starting_points import DEEP, NOTEBOOK
from cnn.runs.run import list_runs
from tests.pages.test_pages import errors, field, open_page, words
from ui.loading.errors import as_text
from ui.state.session import NETWORK_DRAFT, SETTINGS
from ui.train import epoch_estimate
from ui.train.network_draft import take_edit
from ui.widgets.waiting import ResultCache

SMALL = 'Sequential([Conv2D(8, 5, activation="relu"), Flatten(), Dense(10, activation="softmax")])'
PASTED = """import keras
model = keras.Sequential([
    layers.Conv2D(16, 5, activation="relu", input_shape=(28, 28, 1)),
    layers.Flatten(),
    layers.Dense(10, activation="softmax"),
])
model.compile(optimizer=keras.optimizers.SGD(0.05), loss="sparse_categorical_crossentropy")
model.fit(x, y, epochs=3, batch_size=64, callbacks=[stop])
"""


@pytest.fixture(autouse=True)
def _no_measurement(monkeypatch):
    """No thread measures a step; none is known."""
    monkeypatch.setattr(epoch_estimate, "_start", lambda config: None)
    monkeypatch.setattr(epoch_estimate, "_steps", ResultCache(9))


def start(app):
    return next(each for each in app.button if each.label == "Start training")


def find_rate(app):
    return next(each for each in app.button if each.label == "Find learning rate")


def editor(app) -> dict:
    """What the editor has received."""
    [component] = [
        each for each in app.get("bidi_component") if "editor" in each.proto.component_name
    ]
    return json.loads(component.proto.json)


def codes(app) -> list[str]:
    return [each.value for each in app.code]


def edit(app, number: int = 1, put: int | None = None, of: int | None = None, **texts) -> None:
    """Change texts of the first row, as the browser sends it, and run the page.

    of: as after *Undo*, the number of the network whose rows these are.
    """
    draft = app.session_state[NETWORK_DRAFT.name]
    rows = [{"id": each.id, "kind": each.kind, "texts": dict(each.texts)} for each in draft.rows]
    rows[0]["texts"] |= texts
    sent = {"put": draft.put if put is None else put, "number": number, "rows": rows}
    sent |= {} if of is None else {"of": of}
    app.session_state["sent_edit"] = sent
    app.run()


@pytest.fixture
def sending(monkeypatch):
    """`edit` reaches the page: AppTest cannot send a component's values."""
    import streamlit

    from ui.train import settings_form

    show = settings_form.draft_problem

    def take_and_show():
        if sent := streamlit.session_state.pop("sent_edit", None):
            take_edit(sent)
        return show()

    monkeypatch.setattr(settings_form, "draft_problem", take_and_show)


def test_the_own_network_starts_from_that_of_the_preset_with_its_pooling(runs):
    app = open_page("train", preset="drawing", pooling="sum")
    field(app, "network").set_value("Own").run()
    assert not app.exception
    assert app.session_state[SETTINGS["network"].name] == network_line(with_pooling(DEEP, "sum"))
    assert app.query_params["network"] == network_line(with_pooling(DEEP, "sum"))
    assert not [each for each in app.segmented_control if each.label == "Pooling"]


def test_the_preset_s_network_comes_back_and_so_does_the_own_one(runs):
    app = open_page("train", network=SMALL)
    field(app, "network").set_value("Preset's").run()
    assert "network" not in app.query_params
    assert [each for each in app.segmented_control if each.label == "Pooling"]
    field(app, "network").set_value("Own").run()
    assert app.query_params["network"] == SMALL


def test_a_network_in_the_address_is_shown_and_trained(runs, locks):
    app = open_page("train", network=SMALL.replace('"', "'"), epochs="1", limit="500")
    assert [each["kind"] for each in editor(app)["rows"]] == ["Conv2D", "Flatten", "Dense"]
    start(app).click().run()
    assert not app.exception
    [run] = list_runs()[0]
    assert (run.config.network, run.config.limit) == (SMALL, 500)
    assert run.title.startswith("Own network, ")
    assert as_text(run.title) in words(app) and "own network" in words(app)


@pytest.mark.parametrize("network", ["Sequential([])", "print(1)", "Sequential([Dense(10)])"])
def test_a_bad_network_in_the_address_is_left_out_with_a_message(runs, network):
    app = open_page("train", network=network)
    assert "for network; it is left out" in errors(app)
    assert field(app, "network").value == "Preset's"


def test_shapes_costs_and_totals_stand_beside_the_rows(runs):
    app = open_page("train")
    field(app, "network").set_value("Own").run()
    data = editor(app)
    third = dict(data["rows"][2]["facts"])
    assert third["output"] == "11 x 11 x 64"
    assert third["parameters"] == "3 · 3 · 32 · 64 + 64 = 18,496"
    assert third["multiplications"] == f"{11 * 11 * 64 * 9 * 32:,}"
    assert third["memory"] == "31.0 kB"
    assert ["Parameters", "93,322", "93,322"] in data["totals"]
    assert "layers.Conv2D(32, 3" in codes(app)[0]


def test_start_waits_until_the_network_fits_and_says_why(runs, sending):
    app = open_page("train", network=SMALL)
    assert not start(app).disabled and not find_rate(app).disabled
    edit(app, kernel_size="30")
    assert start(app).disabled and find_rate(app).disabled
    assert "Start waits until the network fits. conv\\_1: Kernel size is 30" in words(app)
    assert "Kernel size is 30" in editor(app)["rows"][0]["problem"]
    assert app.query_params["network"] == SMALL  # the last that fits
    assert [each.disabled for each in app.get("download_button") if "network" in each.label] == [
        True
    ]
    edit(app, number=2, kernel_size="7")
    assert not start(app).disabled
    assert app.query_params["network"] == SMALL.replace("8, 5", "8, 7")


def test_an_edit_of_a_network_that_has_been_replaced_is_ignored(runs, sending):
    app = open_page("train", network=SMALL)
    edit(app, put=0, kernel_size="9")
    assert app.query_params["network"] == SMALL
    edit(app, number=3, kernel_size="7")
    edit(app, number=2, kernel_size="9")  # late
    assert app.query_params["network"] == SMALL.replace("8, 5", "8, 7")


def test_pasted_code_becomes_the_network_and_the_settings(runs):
    app = open_page("train", network=SMALL)
    app.text_area[0].set_value(PASTED)
    take_over(app)
    assert app.query_params["network"] == SMALL.replace("8, 5", "16, 5")
    config = TrainingConfig(
        **{name: app.session_state[SETTINGS[name].name] for name in ("epochs", "batch_size")},
    )
    assert (config.epochs, config.batch_size) == (3, 64)
    assert app.session_state[SETTINGS["optimizer"].name] == "sgd"
    assert field(app, "learning_rate").value == 0.05
    assert "Line 8: callbacks is ignored." in words(app)
    assert "3 layers are in the editor" in app.success[0].value


def test_undo_restores_the_settings_that_came_with_pasted_code(runs, sending):
    app = open_page("train", network=SMALL, batch_size="128")
    first = editor(app)["of"]
    app.text_area[0].set_value(PASTED)
    take_over(app)
    assert "restores the network and the settings before" in app.success[0].value
    pasted = editor(app)["of"]
    assert pasted > first
    field(app, "epochs").set_value(7).run()
    edit(app, number=1, of=first)
    assert field(app, "batch_size").value == 128
    assert field(app, "learning_rate").value == PRESETS["notebook"].learning_rate
    assert app.session_state[SETTINGS["optimizer"].name] is None
    assert field(app, "epochs").value == 7  # which was changed since
    edit(app, number=2, of=pasted)  # Redo
    assert (field(app, "batch_size").value, field(app, "learning_rate").value) == (64, 0.05)
    edit(app, number=3, of=pasted, filters="12")
    edit(app, number=4, of="x")
    assert (field(app, "batch_size").value, field(app, "epochs").value) == (64, 7)


def test_undo_after_two_networks_restores_the_settings_of_both(runs, sending):
    app = open_page("train", network=SMALL)
    first = editor(app)["of"]
    for epochs in ("epochs=3", "epochs=9"):
        app.text_area[0].set_value(PASTED.replace("epochs=3", epochs))
        take_over(app)
    last = editor(app)["of"]
    edit(app, number=1, of=last - 1)
    assert (field(app, "epochs").value, field(app, "batch_size").value) == (3, 64)
    edit(app, number=2, of=first)
    assert field(app, "epochs").value == PRESETS["notebook"].epochs
    edit(app, number=3, of=last)
    assert (field(app, "epochs").value, field(app, "batch_size").value) == (9, 64)


def test_pasted_code_that_cannot_be_read_is_refused_with_its_line(runs):
    app = open_page("train", network=SMALL)
    app.text_area[0].set_value(PASTED.replace("layers.Flatten()", "layers.LSTM(3)"))
    take_over(app)
    assert "the editor is unchanged" in errors(app)
    assert "Line 4, LSTM: this layer is not known here" in words(app)
    assert "4:     layers.LSTM(3)," in codes(app)
    assert app.query_params["network"] == SMALL
    assert app.text_area[0].value == PASTED.replace("layers.Flatten()", "layers.LSTM(3)")


def test_pasted_code_that_does_not_fit_is_mended_in_the_editor(runs):
    app = open_page("train", network=SMALL)
    app.text_area[0].set_value(PASTED.replace("    layers.Flatten(),\n", ""))
    take_over(app)
    assert "It does not fit yet, see its row: dense\\_1" in app.warning[0].value
    assert "add Flatten" in editor(app)["rows"][1]["problem"]
    assert start(app).disabled


def take_over(app) -> None:
    next(each for each in app.button if each.label == "Take over").click()
    app.run()
    assert not app.exception


def test_settings_of_pasted_code_that_are_out_of_bounds_are_left_out(runs):
    app = open_page("train", network=SMALL)
    app.text_area[0].set_value(PASTED.replace("epochs=3", "epochs=500"))
    take_over(app)
    assert "epochs is left out: Epochs is 500" in words(app)
    assert field(app, "epochs").value == PRESETS["notebook"].epochs


@pytest.mark.parametrize(
    ("preset", "precision"),
    [("notebook", "float32"), ("fast", "bfloat16"), ("drawing", "bfloat16")],
)
def test_a_step_is_measured_in_the_precision_of_the_training(runs, monkeypatch, preset, precision):
    measured = []

    def measure(config, precision):
        measured.append((config.preset, precision))
        return 0.02

    monkeypatch.setattr("cnn.training.step_time.measure_step", measure)
    monkeypatch.setattr("cnn.training.precision.fastest_precision", lambda: "bfloat16")
    config = replace(PRESETS[preset], network=SMALL)
    epoch_estimate._measure(config)
    assert measured == [(preset, precision)]
    assert epoch_estimate._steps.get(epoch_estimate._key(config)) == 0.02
    # Trainings in this folder then have it, too.
    assert (runs / ".precision.json").exists() == (precision == "bfloat16")


def test_a_step_that_was_measured_gives_the_time_of_an_epoch(runs, monkeypatch):
    app = open_page("train", network=SMALL)
    assert "not known yet" in words(app)
    config = TrainingConfig(network=SMALL)
    epoch_estimate._steps.keep(epoch_estimate._key(config), 0.02)
    app.run()
    assert "One epoch: about 38 s, 1,875 steps of 20 ms" in words(app)


def test_a_step_that_cannot_be_measured_is_said(runs):
    epoch_estimate._steps.keep(
        epoch_estimate._key(TrainingConfig(network=SMALL)), epoch_estimate.FAILED
    )
    assert "could not be measured" in words(open_page("train", network=SMALL))


def test_more_settings_are_those_of_the_preset_until_they_are_changed(runs, locks):
    app = open_page("train")
    optimizer = more(app, "optimizer")
    assert optimizer.value == "adam" and more(app, "weight_decay").value == 0
    optimizer.set_value("adamw").run()
    assert more(app, "weight_decay").value == 0.004
    more(app, "dropout").set_value(0.3).run()
    assert app.query_params == {"optimizer": "adamw", "dropout": "0.3"}
    start(app).click().run()
    [run] = list_runs()[0]
    assert (run.config.optimizer, run.config.weight_decay, run.config.dropout) == (
        "adamw",
        0.004,
        0.3,
    )
    line = next(each.value for each in app.caption if each.value.startswith("Settings: "))
    assert line.endswith("all threads, AdamW, dropout 0.3")


def test_a_preset_resets_more_settings(runs):
    app = open_page("train", optimizer="sgd", augmentation="full")
    field(app, "preset").set_value("fast").run()
    assert more(app, "optimizer").value == "muon" and more(app, "augmentation").value == "shift"
    assert app.query_params == {"preset": "fast"}


def test_digits_held_out_are_not_trained_on(runs, locks):
    app = open_page("train", validation="held_out")
    assert field(app, "limit").value == 55_000
    start(app).click().run()
    [run] = list_runs()[0]
    assert (run.config.validation, run.config.limit) == ("held_out", 55_000)


def test_the_learning_rate_finder_says_that_the_network_is_an_own_one(runs, monkeypatch):
    app = open_page("train", network=SMALL)
    from ui.train import lr_finder

    started = []
    monkeypatch.setattr(lr_finder, "start_sweep", lambda config: started.append(config) or lr_sweep)
    monkeypatch.setattr(lr_sweep, "id", "none", raising=False)
    monkeypatch.setattr(lr_finder, "open_sweep", lambda sweep: None)
    find_rate(app).click().run()
    assert [each.network for each in started] == [SMALL]


def more(app, setting: str):
    """A field of the second row of settings."""
    fields = (*app.selectbox, *app.number_input)
    return next(each for each in fields if (each.key or "").startswith(f"setting_{setting}_v"))


def test_the_notebook_s_network_is_the_editor_s_first_start(runs):
    app = open_page("train", network=SMALL)
    titles = {each["title"]: each["rows"] for each in editor(app)["starts"]}
    kinds = [each["kind"] for each in titles["Notebook's network"]]
    assert kinds == [each.kind for each in NOTEBOOK]
