"""The network in the editor: rows of which some may not fit, and the last network that did.

That one is the setting `network`, which the page's address has.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnn.config import checked_network
from cnn.networks.code_writing import network_line
from cnn.networks.drafts import DraftDescription, DraftRow, describe_draft, draft_rows, read_rows
from cnn.networks.layers import Layers, with_classes, with_pooling
from cnn.networks.starting_points import NETWORKS
from ui.state.session import NETWORK_DRAFT, SETTINGS
from ui.train.setting_fields import choose_setting, chosen_preset

# What came with a network: by setting, its value before and after; None is that of the preset.
Taken = Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Draft:
    """The rows, and what the browser's are compared with.

    taken: the settings that came with networks, by the number of `put`; of: the number of the
    network up to which they are chosen, which *Undo* in the browser changes.
    """

    rows: tuple[DraftRow, ...]
    line: str  # the setting `network` then
    put: int  # number of the last network that did not come from the browser
    classes: int  # of the data set
    number: int = 0  # of the browser's last edit since
    of: int = 0
    taken: Mapping[int, Taken] = field(default_factory=dict)


def has_own_network() -> bool:
    """Whether the chosen network is an own one."""
    return SETTINGS["network"].get() != ""


def current_draft() -> Draft:
    """Return the draft; another network in the setting, as from an address, replaces it.

    For another data set, the last layer gets a unit for each of its classes.
    """
    draft, line = NETWORK_DRAFT.get(), SETTINGS["network"].get()
    if draft is None or draft.line != line:
        return put_network(_for_classes(checked_network(line, None)))
    if draft.classes != _classes():
        layers = describe_draft(draft.rows, draft.classes).layers
        return put_network(_for_classes(layers or checked_network(line, None)))
    return draft


def describe_current() -> DraftDescription:
    """Describe the draft, for the classes of the chosen data set."""
    return describe_draft(current_draft().rows, _classes())


def _classes() -> int:
    return len(chosen_preset().classes)


def _for_classes(layers: Layers) -> Layers:
    return with_classes(layers, _classes())


def put_network(layers: Layers) -> Draft:
    """Replace the draft by the network of `layers`, which becomes the setting if it fits."""
    before = NETWORK_DRAFT.get()
    put = before.put + 1 if before else 1
    rows, taken = draft_rows(layers, f"p{put}-"), before.taken if before else {}
    return _keep(Draft(rows, SETTINGS["network"].get(), put, _classes(), of=put, taken=taken))


def put_settings(values: Mapping[str, Any]) -> None:
    """Choose the settings `values`, which came with the network that was put last."""
    before = {name: SETTINGS[name].get() for name in values}
    for name, value in values.items():
        choose_setting(name, value)
    taken = {name: (before[name], SETTINGS[name].get()) for name in values}
    draft = current_draft()
    NETWORK_DRAFT.set(replace(draft, taken={**draft.taken, draft.put: taken}))


def choose_own(own: bool) -> None:
    """Choose the own network, at first the preset's, or the network of the preset."""
    draft = NETWORK_DRAFT.get()
    if not own:
        SETTINGS["network"].set("")
    elif draft is None:
        preset = NETWORKS[chosen_preset().recipe.network]
        put_network(_for_classes(with_pooling(preset, SETTINGS["pooling"].get())))
    else:
        SETTINGS["network"].set(draft.line)


def take_edit(edit: Any) -> None:
    """Take the rows that the browser has sent, unless they are of a network before this one."""
    draft = NETWORK_DRAFT.get()
    if draft is None or not has_own_network() or not isinstance(edit, dict):
        return
    number = edit.get("number")
    if edit.get("put") != draft.put or not isinstance(number, int) or number < draft.number:
        return
    of = edit.get("of")
    of = of if isinstance(of, int) and 0 <= of <= draft.put else draft.of
    _restore_settings(draft, of)
    _keep(replace(draft, rows=read_rows(edit.get("rows")), number=number, of=of))


def _restore_settings(draft: Draft, of: int) -> None:
    """Choose the settings as they were with the network number `of`, which the browser restored.

    One that the visitor has changed since is kept.
    """
    low, high = sorted((draft.of, of))
    steps = [draft.taken[put] for put in range(low + 1, high + 1) if put in draft.taken]
    for taken in steps if of > draft.of else reversed(steps):
        for name, (before, after) in taken.items():
            old, new = (before, after) if of > draft.of else (after, before)
            if SETTINGS[name].get() == old:
                SETTINGS[name].set(new)


def draft_problem() -> str:
    """Return why the own network cannot be trained; empty if it can, or it is not chosen."""
    return describe_current().problem if has_own_network() else ""


def _keep(draft: Draft) -> Draft:
    described = describe_draft(draft.rows, draft.classes)
    if described.layers is not None and not described.problem:
        draft = replace(draft, line=network_line(described.layers))
        SETTINGS["network"].set(draft.line)
    NETWORK_DRAFT.set(draft)
    return draft
