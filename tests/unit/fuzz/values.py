"""What a browser, a file or a person may send: JSON of any shape, damaged bytes, texts."""

from hypothesis import strategies as st

# Also what JSON cannot name but Python's reader accepts: NaN, infinities, halves of surrogates.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 30),
    st.sampled_from([10**9, -(10**9), 2**31, 2**63, 10**400]),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        ["", " ", "\ud800", "\0", "\u202e", "5", "1e9", "nan", "../..", "<b>", "a" * 5000]
    ),
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
DEEP = [[]]
for _ in range(900):  # as deep as Python's JSON reader goes
    DEEP = [DEEP]
DEEP_OBJECT: dict = {}
for _ in range(900):
    DEEP_OBJECT = {"objects": DEEP_OBJECT}
SENT = ANY_JSON | st.sampled_from([DEEP, DEEP_OBJECT])


def changed(values: dict) -> st.SearchStrategy[dict]:
    """`values` with some replaced by any JSON, some left out, and perhaps one more."""
    return st.builds(
        lambda new, gone, more: {k: v for k, v in (values | new).items() if k not in gone} | more,
        st.dictionaries(st.sampled_from(sorted(values)), ANY_JSON, min_size=1, max_size=2),
        st.sets(st.sampled_from(sorted(values)), max_size=1),
        st.just({}) | st.dictionaries(st.text(max_size=6), SCALARS, max_size=1),
    )


@st.composite
def damaged(draw, content: bytes, edge: int = 200) -> bytes:
    """`content` with bytes replaced, or a part removed, doubled or cut off."""
    data = bytearray(content)
    place = st.integers(0, len(data) - 1)
    kind = draw(st.sampled_from(["bytes", "cut", "remove", "double", "extreme"]))
    if kind in ("bytes", "extreme"):
        ends = st.integers(0, edge) | st.integers(max(0, len(data) - edge), len(data) - 1)
        for at in draw(st.lists(place | ends, min_size=1, max_size=6)):
            at %= len(data)
            new = (
                bytes([draw(st.integers(0, 255))])
                if kind == "bytes"
                else draw(st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
            )
            data[at : at + len(new)] = new
        return bytes(data)
    start, stop = sorted([draw(place), draw(place)])
    if kind == "cut":
        return bytes(data[:start])
    return bytes(data[:start] + (data[start:stop] * 2 if kind == "double" else b"") + data[stop:])
