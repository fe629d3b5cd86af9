"""A visitor without a browser: speaks the protocol between Streamlit 1.67's front end and server.

    async with open_visitor("http://localhost:8501", "draw") as visitor:
        await visitor.wait_for(lambda: visitor.page.find("canvas_drawing"))
        await visitor.set_state("canvas_drawing", {"drawing": {...}})
        await visitor.wait_for(lambda: visitor.page.texts("prediction"))

One such visitor costs about 1 % of what a tab of Chromium does, so that a machine can open many.
The protocol is the front end's, which is not documented; this is what its messages are:

- `GET /_stcore/health` sets the cookie `_streamlit_xsrf`. The WebSocket `/_stcore/stream` is opened
  with the subprotocols "streamlit" and the cookie's value.
- Each message to the server is a `BackMsg`: a request to run the page's script or one of its
  fragments, with the values of all widgets, the page's address, and the hashes of the large
  messages that the browser still has.
- Each message from it is a `ForwardMsg`: the beginning and the end of a run, an element or a block
  at a path of numbers, a new address, or the hash of a message that was sent before.
- A fragment with `run_every` is requested by the browser's clock, until the server says otherwise.
- An element that a finished run has not sent again is gone, and so is the value of its widget.

`ShownPage` keeps what the server has sent and knows nothing of sockets, so that it can follow a
real browser's messages as well. `Visitor` has the socket, and does what a browser does by itself.
JavaScript is not run: what a component would send, `set_state` and `trigger` send for it. Widgets
have the values with which they are shown until `set_value` is called; of the kinds that
`shown_value` does not know none is sent, which the server takes as unchanged.
"""

import asyncio
import json
import re
import time
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from http.cookies import SimpleCookie
from typing import Any, TypeVar
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Block_pb2 import Block
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

XSRF_COOKIE = "_streamlit_xsrf"
TIMEOUT_S = 60.0
Path = tuple[int, ...]  # where an element is: 0 page, 1 sidebar, ...; then the place in each block
T = TypeVar("T")


class VisitorError(RuntimeError):
    """The server closed the connection, or a state was not reached in time; says which."""


@dataclass
class Shown:
    """An element or a block of the page. run: the id of the run that sent it."""

    path: Path
    content: Element | Block
    fragment: str
    run: str
    received_s: float  # by the caller's clock

    @property
    def kind(self) -> str:
        """The type of element or block, such as "html" or "bidi_component"."""
        return self.content.WhichOneof("type") or ""

    @property
    def element(self) -> Any:
        """The element's own message, such as `Html`; for a block, the block."""
        return self.content if isinstance(self.content, Block) else getattr(self.content, self.kind)

    @property
    def id(self) -> str:
        """The id of the widget or block, "" without one."""
        return getattr(self.element, "id", "")

    @cached_property
    def data(self) -> Any:
        """What Python gave to a component as `data`, if that was JSON."""
        return json.loads(self.element.json or "null")


@dataclass
class ShownPage:
    """What a server has sent of one page, as the browser would show it."""

    shown: dict[Path, Shown] = field(default_factory=dict)
    query: str = ""  # of the address, as the server last wrote it
    session_id: str = ""
    page_hash: str = ""
    run: str = ""  # the id of the run that began last
    running: bool = False
    finished: int = 0  # runs that ended by themselves
    interrupted: int = 0  # runs that ended early, for a newer request
    failures: list[str] = field(default_factory=list)  # exceptions and errors that were shown
    intervals: dict[str, float] = field(default_factory=dict)  # seconds, of fragments by their id
    values: dict[str, WidgetState] = field(default_factory=dict)  # of the widgets, by their id
    _paths: dict[str, Path] = field(default_factory=dict)  # by the key that Python gave
    _kept: dict[str, tuple[ForwardMsg, int]] = field(default_factory=dict)  # large messages
    _most_age: int = 2
    _full_runs: int = 0
    _fragments: tuple[str, ...] = ()  # that the current run consists of

    def find(self, key: str) -> Shown | None:
        """Return the element or container to which Python gave `key`, or None."""
        path = self._paths.get(key)
        return None if path is None else self.shown.get(path)

    def inside(self, key: str, kind: str = "") -> list[Shown]:
        """Return the elements in the container `key`, in their order; perhaps of one `kind`."""
        container = self.find(key)
        if container is None:
            return []
        depth = len(container.path)
        found = [each for path, each in self.shown.items() if path[:depth] == container.path]
        elements = [each for each in found if isinstance(each.content, Element)]
        return sorted((e for e in elements if kind in ("", e.kind)), key=lambda e: e.path)

    def texts(self, key: str) -> list[str]:
        """Return the texts in the container `key`, as HTML or Markdown."""
        return [each.element.body for each in self.inside(key) if each.kind in ("html", "markdown")]

    def labelled(self, label: str, kind: str = "button") -> Shown | None:
        """Return the first widget of that `kind` and `label`, or None."""
        for each in self.shown.values():
            if each.kind == kind and each.element.label == label:
                return each
        return None

    def cached_hashes(self) -> list[str]:
        """Return the hashes of the large messages that need not be sent again."""
        return list(self._kept)

    def receive(self, data: bytes, now_s: float) -> ForwardMsg:
        """Take a message of the server, received at `now_s`; return it."""
        message = ForwardMsg()
        message.ParseFromString(data)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            message = self._kept_message(message)
            kind = message.WhichOneof("type")
        elif message.metadata.cacheable and message.hash:
            self._kept[message.hash] = message, self._full_runs
        if kind == "delta":
            self._take_delta(message, now_s)
        elif kind == "new_session":
            self._begin(message)
        elif kind == "script_finished":
            self._end(message)
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "navigation":
            self.page_hash = message.navigation.page_script_hash
        elif kind == "auto_rerun":
            self.intervals[message.auto_rerun.fragment_id] = message.auto_rerun.interval
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self.intervals.pop(fragment, None)
        elif kind == "session_event":
            if message.session_event.WhichOneof("type") == "script_compilation_exception":
                self.failures.append(message.session_event.script_compilation_exception.message)
        elif kind == "page_not_found":
            self.failures.append(f"no page {message.page_not_found.page_name!r}")
        return message

    def _kept_message(self, reference: ForwardMsg) -> ForwardMsg:
        kept, _ = self._kept[reference.ref_hash]
        self._kept[reference.ref_hash] = kept, self._full_runs
        message = ForwardMsg()
        message.CopyFrom(kept)
        message.metadata.CopyFrom(reference.metadata)  # it may be elsewhere now
        return message

    def _begin(self, message: ForwardMsg) -> None:
        session, run = message.new_session, message.metadata.run
        self.running, self.run = True, run.script_run_id
        self._fragments = tuple(run.fragment_ids)
        self.session_id, self.page_hash = session.initialize.session_id, session.page_script_hash
        self._most_age = session.config.max_cached_message_age
        if not self._fragments:
            self.intervals.clear()

    def _end(self, message: ForwardMsg) -> None:
        self.running = False
        status = message.script_finished
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            self.interrupted += 1
            return
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            self.failures.append("the script could not be compiled")
            return
        self.finished += 1
        run = message.metadata.run.script_run_id or self.run
        fragments = tuple(message.metadata.run.fragment_ids) or self._fragments
        if status == ForwardMsg.FINISHED_SUCCESSFULLY:
            fragments = ()
            self._full_runs += 1
            oldest = self._full_runs - self._most_age
            self._kept = {key: each for key, each in self._kept.items() if each[1] >= oldest}
        for path, each in list(self.shown.items()):
            if each.run != run and (not fragments or each.fragment in fragments):
                self._remove(path)
        ids = {each.id for each in self.shown.values()}
        self.values = {key: value for key, value in self.values.items() if key in ids}

    def _take_delta(self, message: ForwardMsg, now_s: float) -> None:
        delta, path = message.delta, tuple(message.metadata.delta_path)
        if delta.WhichOneof("type") == "add_block":
            content: Element | Block = delta.add_block
        elif delta.WhichOneof("type") == "new_element":
            content = delta.new_element
            # An element takes the place of a block with all that is in it.
            for below in [each for each in self.shown if len(each) > len(path)]:
                if below[: len(path)] == path:
                    self._remove(below)
        else:
            return  # a transient element, such as a spinner, beside the one that is there
        self._remove(path)
        run = message.metadata.run.script_run_id or self.run
        shown = Shown(path, content, delta.fragment_id, run, now_s)
        self.shown[path] = shown
        if key := _user_key(shown.id):
            self._paths[key] = path
        # Python says once what it has set a widget to; after that, the browser is to know it.
        if isinstance(content, Element) and shown.id:
            is_new = shown.id not in self.values or getattr(shown.element, "set_value", False)
            if is_new and (value := shown_value(shown)):
                self.values[shown.id] = value
        if shown.kind == "exception" and not shown.element.is_warning:
            self.failures.append(f"{shown.element.type}: {shown.element.message}")
        elif shown.kind == "alert" and shown.element.format == shown.element.ERROR:
            self.failures.append(shown.element.body)

    def _remove(self, path: Path) -> None:
        old = self.shown.pop(path, None)
        if old and self._paths.get(key := _user_key(old.id)) == path:
            del self._paths[key]


class Visitor:
    """One connection to a server, with the page that it shows; made by `open_visitor`."""

    def __init__(self, address: str, page: str, query: str) -> None:
        self.page = ShownPage(query=query)
        self._address, self._page_name = address.rstrip("/"), page
        self._changed = asyncio.Event()
        self._socket: ClientConnection | None = None
        self._timers: dict[str, tuple[float, asyncio.Task]] = {}
        self._closing = False

    async def wait_for(self, condition: Callable[[], T], timeout_s: float = TIMEOUT_S) -> T:
        """Wait until `condition()`, tried after each message, is true; return what it returned.

        Raises VisitorError after `timeout_s`, or if the server closes the connection.
        """
        deadline_s = time.monotonic() + timeout_s
        while not (result := condition()):
            if self._socket is None:
                raise VisitorError("; ".join(self.page.failures) or "not connected")
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), deadline_s - time.monotonic())
            except TimeoutError:
                raise VisitorError(f"not reached within {timeout_s:g} s") from None
        return result

    async def wait_until_idle(self, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until a run has finished and none is running. Raises VisitorError as `wait_for`."""
        page = self.page
        await self.wait_for(lambda: page.finished and not page.running, timeout_s)

    async def set_value(self, widget: Shown, **value: Any) -> float:
        """Set a widget to a field of `WidgetState`, as in `string_value="test"`; run its script.

        Returns when the message was sent, by `time.perf_counter`.
        """
        self.page.values[widget.id] = WidgetState(id=widget.id, **value)
        return await self._request(widget.fragment)

    async def set_state(self, key: str, state: dict[str, Any]) -> float:
        """Send the state of the component `key`, all of its values; returns as `set_value`."""
        return await self.set_value(self._component(key), json_value=json.dumps(state))

    async def trigger(self, key: str, event: str, value: Any) -> float:
        """Send a trigger value of the component `key`; returns as `set_value`."""
        component = self._component(key)
        trigger = WidgetState(
            id=f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events",
            json_trigger_value=json.dumps([{"event": event, "value": value}]),
        )
        return await self._request(component.fragment, trigger)

    async def click(self, label: str) -> float:
        """Click the button `label`; returns as `set_value`. Raises VisitorError without one."""
        button = self.page.labelled(label)
        if button is None:
            raise VisitorError(f"no button {label!r}")
        pressed = WidgetState(id=button.id, trigger_value=True)
        return await self._request(button.fragment, pressed)

    def _component(self, key: str) -> Shown:
        component = self.page.find(key)
        if component is None or component.kind != "bidi_component":
            raise VisitorError(f"no component {key!r}")
        return component

    async def _request(
        self, fragment: str = "", trigger: WidgetState | None = None, is_auto: bool = False
    ) -> float:
        """Ask the server to run the script, or a fragment of it, with the widgets' values."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self.page.query
        if self.page.page_hash:
            state.page_script_hash = self.page.page_hash
        else:
            state.page_name = self._page_name
        state.fragment_id, state.is_auto_rerun = fragment, is_auto
        state.cached_message_hashes.extend(self.page.cached_hashes())
        state.widget_states.widgets.extend(self.page.values.values())
        if trigger is not None:
            state.widget_states.widgets.append(trigger)
        context = state.context_info
        context.timezone, context.timezone_offset, context.locale = "UTC", 0, "en-US"
        context.url = f"{self._address}/{self._page_name}"
        context.is_embedded, context.color_scheme = False, "light"
        data = message.SerializeToString()
        sent_s = time.perf_counter()
        if self._socket is None:
            raise VisitorError("not connected")
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            raise VisitorError(f"the server closed the connection: {error}") from None
        return sent_s

    async def _open(self, cookies: dict[str, str]) -> None:
        token = await asyncio.to_thread(_xsrf_token, self._address)
        cookies = {**cookies, XSRF_COOKIE: token}
        self._socket = await connect(
            f"ws://{urlsplit(self._address).netloc}/_stcore/stream",
            origin=self._address,
            subprotocols=["streamlit", token],
            additional_headers={"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())},
            max_size=None,
            open_timeout=TIMEOUT_S,
            ping_interval=None,  # a browser sends none either
        )
        await self._request()

    async def _listen(self) -> None:
        try:
            async for data in self._socket:
                self.page.receive(data, time.perf_counter())
                self._keep_timers()
                self._changed.set()
            reason = f"code {self._socket.close_code}"
        except ConnectionClosed as error:
            reason = str(error)
        if not self._closing:
            self.page.failures.append(f"the server closed the connection: {reason}")
        self._socket = None
        self._changed.set()

    def _keep_timers(self) -> None:
        """Request each fragment with `run_every` by the clock, as long as the server wants it."""
        wanted = self.page.intervals
        for fragment, (interval_s, task) in list(self._timers.items()):
            if wanted.get(fragment) != interval_s:
                task.cancel()
                del self._timers[fragment]
        for fragment, interval_s in wanted.items():
            if fragment not in self._timers:
                task = asyncio.create_task(self._repeat(fragment, interval_s))
                self._timers[fragment] = interval_s, task

    async def _repeat(self, fragment: str, interval_s: float) -> None:
        with suppress(VisitorError):  # `_listen` reports it
            while True:
                await asyncio.sleep(interval_s)
                await self._request(fragment, is_auto=True)

    async def _close(self, listener: asyncio.Task) -> None:
        self._closing = True
        for _, task in self._timers.values():
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await listener


@asynccontextmanager
async def open_visitor(
    address: str, page: str = "", query: str = "", cookies: dict[str, str] | None = None
) -> AsyncIterator[Visitor]:
    """Connect to the server at `address`, such as "http://localhost:8501", and request a page.

    page: its path, such as "draw", or ""; query: of its address, such as "picture=test-1".
    The page is not there yet: see `wait_until_idle`. Raises OSError if there is no server.
    """
    visitor = Visitor(address, page, query)
    await visitor._open(cookies or {})
    listener = asyncio.create_task(visitor._listen())
    try:
        yield visitor
    finally:
        await visitor._close(listener)


def shown_value(widget: Shown) -> WidgetState | None:
    """Return the value that a browser sends for a widget that nobody has touched, or None."""
    element, state = widget.element, WidgetState(id=widget.id)
    changed = getattr(element, "set_value", False)  # by the script, through the session state
    match widget.kind:
        case "selectbox" | "radio":
            if changed:
                state.string_value = element.raw_value
            elif element.HasField("default"):
                state.string_value = element.options[element.default]
            else:
                return None
        case "multiselect":
            texts = [element.options[each] for each in element.default]
            state.string_array_value.data.extend(element.raw_values if changed else texts)
        case "button_group":
            texts = [element.options[each].content for each in element.default]
            state.string_array_value.data.extend(element.raw_values if changed else texts)
        case "slider":
            if len(element.options):  # of texts
                places = element.value if changed else element.default
                texts = [element.options[int(each)] for each in places]
                texts = element.raw_value or texts if changed else texts
                state.string_array_value.data.extend(texts)
            else:
                values = element.value if changed else element.default
                state.double_array_value.data.extend(values)
        case "number_input":
            if not (changed or element.HasField("default")):
                return None
            value = element.value if changed else element.default
            if element.data_type == element.INT:
                state.int_value = int(value)
            else:
                state.double_value = value
        case "text_input" | "text_area":
            state.string_value = element.value if changed else element.default
        case "checkbox":
            state.bool_value = element.value if changed else element.default
        case "file_uploader":
            state.file_uploader_state_value.SetInParent()
        case _:
            return None
    return state


def _user_key(widget_id: str) -> str:
    """Return the key that Python gave, from the id of a widget, or "" if it gave none."""
    found = re.fullmatch(r"\$\$ID-[0-9a-f]+-(.+)", widget_id, re.DOTALL)
    key = found[1] if found else widget_id
    return "" if key == "None" else key


def _xsrf_token(address: str) -> str:
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=TIMEOUT_S) as answer:
        cookie = SimpleCookie(answer.headers.get("Set-Cookie", ""))
    return cookie[XSRF_COOKIE].value if XSRF_COOKIE in cookie else "PLACEHOLDER_AUTH_TOKEN"
