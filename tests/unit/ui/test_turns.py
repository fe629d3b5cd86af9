import threading

import pytest

from ui.widgets import turns
from ui.widgets.turns import in_turn

WAIT_S = 30


def test_what_may_wait_runs_for_one_visitor_at_a_time(monkeypatch):
    monkeypatch.setattr(turns, "MOST_WAIT_S", WAIT_S)
    inside, leave, looked = threading.Event(), threading.Event(), threading.Event()
    monkeypatch.setattr(turns.APP_RAN.__class__, "get", lambda _: looked.set())
    order = []

    def first():
        with in_turn():
            inside.set()
            leave.wait(WAIT_S)
            order.append("first")

    def second():
        with in_turn():
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(WAIT_S)
    threads[1].start()
    assert looked.wait(WAIT_S)  # the second waits, and looks for a newer request meanwhile
    assert order == []
    leave.set()
    for each in threads:
        each.join(WAIT_S)
    assert order == ["first", "second"]


def test_a_slow_visitor_holds_nobody_up_for_ever(monkeypatch):
    monkeypatch.setattr(turns, "MOST_WAIT_S", 0.05)
    with in_turn():
        with in_turn():
            pass  # not reached if it waited
        assert turns._turn.locked()  # the turn is still that of the outer one


def test_an_interrupted_run_gives_its_turn_back():
    class NewerRequest(BaseException):
        pass

    with pytest.raises(NewerRequest), in_turn():
        assert turns._turn.locked()
        raise NewerRequest
    assert not turns._turn.locked()
