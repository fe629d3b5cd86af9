"""Numbers formatted for display."""


def percent(share: float, places: int = 1) -> str:
    """A share, 0 to 1, in percent; "> 99.9 %" or "< 0.1 %" if it would be rounded to 100 or 0."""
    smallest = 10.0**-places
    if 1 - smallest / 200 <= share < 1:
        return f"> {100 - smallest:.{places}f} %"
    if 0 < share < smallest / 200:
        return f"< {smallest:.{places}f} %"
    return f"{100 * share:.{places}f} %"


def probability_text(probability: float) -> str:
    """A probability from a softmax in percent, from "< 0.1 %" to "> 99.9 %".

    Softmax gives neither 0 nor 1; in float32 it is rounded to them.
    """
    return percent(min(max(probability, 1e-9), 1 - 1e-9))


def duration_text(seconds: float) -> str:
    """A duration: 45 s, 3 min 20 s, 1 h 5 min."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest_s = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest_s} s" if rest_s else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
