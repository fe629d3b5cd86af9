import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn.networks.drafts import (
    DraftRow,
    describe_draft,
    draft_rows,
    new_layer,
    read_rows,
    texts_of,
)
from cnn.networks.layers import ARGUMENTS, KINDS, Number
from cnn.networks.shapes import describe
from cnn.networks.starting_points import DEEP, NOTEBOOK

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda each: (
        st.lists(each, max_size=4) | st.dictionaries(st.text(max_size=9), each, max_size=4)
    ),
    max_leaves=10,
)
ROW = st.fixed_dictionaries(
    {
        "id": ANY_JSON,
        "kind": st.sampled_from([*KINDS]),
        "texts": st.fixed_dictionaries({}, optional=dict.fromkeys(ARGUMENTS, ANY_JSON)),
    }
)


def with_text(rows, place, **texts):
    rows = list(rows)
    row = rows[place]
    rows[place] = DraftRow(row.id, row.kind, {**row.texts, **texts})
    return rows


@pytest.mark.parametrize("layers", [NOTEBOOK, DEEP])
def test_rows_that_are_layers_are_described_as_these(layers):
    described = describe_draft(draft_rows(layers))
    assert described.layers == layers
    assert described.network == describe(layers)
    assert described.problem == ""


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"kernel_size": ""}, "Kernel size is empty; it must be a whole number from 1 to 28."),
        ({"kernel_size": "?"}, "Kernel size is '?'; it must be a whole number from 1 to 28."),
        ({"filters": "2.5"}, "Filters is 2.5; it must be a whole number from 1 to 512."),
        ({"filters": "1e999"}, "Filters is 1e999; it must be a whole number from 1 to 512."),
        ({"strides": "nan"}, "Stride is nan; it must be a whole number from 1 to 28."),
        ({"padding": "full"}, "padding is 'full'; it must be one of valid, same."),
    ],
)
def test_a_row_that_is_no_layer_has_the_problem_and_shapes_are_unknown_from_it_on(texts, problem):
    described = describe_draft(with_text(draft_rows(NOTEBOOK), 2, **texts))
    rows = described.network.rows
    assert described.layers is None
    assert [each.problem for each in rows] == ["", "", problem, "", "", "", "", ""]
    assert described.problem == f"conv_2: {problem}"
    assert rows[:2] == describe(NOTEBOOK).rows[:2]
    assert all(None in each.shape and each.parameters is None for each in rows[2:])
    assert [each.name for each in rows] == [each.name for each in describe(NOTEBOOK).rows]


def test_each_row_that_is_no_layer_has_its_own_problem():
    rows = with_text(with_text(draft_rows(NOTEBOOK), 0, filters=""), 6, units="0")
    problems = [each.problem for each in describe_draft(rows).network.rows]
    assert problems[0].startswith("Filters is empty") and problems[6].startswith("Units is 0")
    assert not any(problems[1:6] + problems[7:])


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_row_of_each_kind_is_a_layer(kind):
    row = DraftRow("1", kind, texts_of(new_layer(kind)))
    assert describe_draft([row]).layers == (new_layer(kind),)


def test_rows_from_the_browser_are_read_back():
    rows = draft_rows(DEEP, "p1-")
    sent = [{"id": each.id, "kind": each.kind, "texts": dict(each.texts)} for each in rows]
    assert read_rows(sent) == rows


@given(ANY_JSON | st.lists(ROW | ANY_JSON, max_size=120))
def test_whatever_a_browser_sends_becomes_rows_that_can_be_described(values):
    rows = read_rows(values)
    described = describe_draft(rows)
    assert len(described.network.rows) == len(rows) <= 100
    for row in rows:
        assert set(row.texts) == set(KINDS[row.kind].argument_names())
    if described.layers is not None and not described.problem:
        assert describe(described.layers).problems == []


def test_a_number_in_range_is_taken_as_it_is_typed():
    for name, argument in ARGUMENTS.items():
        if isinstance(argument, Number):
            kind = next(each for each in KINDS.values() if name in each.argument_names())
            row = DraftRow(
                "1",
                kind.__name__,
                texts_of(new_layer(kind.__name__)) | {name: f" {argument.high} "},
            )
            [layer] = describe_draft([row]).layers
            assert getattr(layer, name) == argument.high
