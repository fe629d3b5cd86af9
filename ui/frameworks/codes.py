"""The codes side by side: a row for each part, marked in all of them when it is pointed at."""

import html
import io
import keyword
import token
import tokenize
from pathlib import Path

import streamlit as st

from cnn.frameworks.catalog import FRAMEWORKS, PARTS, code_parts

STYLE = (Path(__file__).parent / "codes.css").read_text("utf-8")
NOTES = {
    "imports": "Keras brings layers, losses and training, and computes with one of the others. "
    "These bring arrays, their functions, and differentiation.",
    "pooling": "None has sum pooling. A sum is the mean times the number of cells, here 4.",
    "network": "The same layers, another **layout**. Keras and TensorFlow keep an image as height, "
    "width, channels (NHWC), and a kernel as height, width, inputs, outputs; JAX takes the order "
    "that is specified. PyTorch keeps an image as channels, height, width (NCHW), a kernel as "
    "outputs, inputs, height, width, and a dense layer's weights as outputs, inputs: Keras's "
    "are transposed when they are loaded. Before the first dense layer the feature maps "
    "are put into Keras's order, or its weights would meet other pixels.",
    "loss": "The cross-entropy. Keras's network ends with the softmax, and its loss takes "
    "probabilities. The others end with **logits**, and the softmax is a part of the loss: its "
    "exponentials and the logarithm cancel, so that rounding matters less.",
    "training step": "Gradient descent with momentum. Keras hides the step. TensorFlow "
    "**records** it on a tape. PyTorch's `backward` **adds** the gradients to the parameters, so "
    "they are set to zero first. JAX **returns** the gradient of a function that changes nothing: "
    "weights and the optimizer's state go in and come out.",
    "prediction": "Probabilities: the softmax, where the network does not end with it.",
}


def show_codes(chosen: list[str]) -> None:
    """Show the codes of the `chosen` ones of FRAMEWORKS, by their names."""
    codes = {name: code_parts(FRAMEWORKS[name].code) for name in chosen}
    st.html(f"<style>{STYLE}</style>")
    heads = "".join(f"<h2>{FRAMEWORKS[name].title}</h2>" for name in chosen)
    st.html(f'<div class="codes heads" style="--columns: {len(chosen)}">{heads}</div>')
    for number, part in enumerate(PARTS):
        st.markdown(f"**{part.capitalize()}.** {NOTES[part]}")
        cells = "".join(_cell(name, part, codes[name]) for name in chosen)
        st.html(f'<div class="codes part{number}" style="--columns: {len(chosen)}">{cells}</div>')


def _cell(name: str, part: str, parts: list[tuple[str, str]]) -> str:
    """What a framework has of a part; tab stops, as its lines may be longer than the cell."""
    title = FRAMEWORKS[name].title
    code = "\n\n\n".join(text for each, text in parts if each == part)
    return (
        f'<pre tabindex="0" aria-label="{part.capitalize()} in {title}" data-title="{title}">'
        f"<code>{coloured(code)}</code></pre>"
    )


def coloured(code: str) -> str:
    """Return Python code as HTML, with its comments, strings and keywords marked."""
    lines, marked, end = code.splitlines(keepends=True), [], (1, 0)
    for each in tokenize.generate_tokens(io.StringIO(code).readline):
        kind = _kind(each)
        if not each.string.strip() or each.type == token.ENDMARKER:
            continue
        marked.append(html.escape(_between(lines, end, each.start)))
        text = html.escape(each.string)
        marked.append(f'<span class="{kind}">{text}</span>' if kind else text)
        end = each.end
    return "".join(marked)


def _kind(each: tokenize.TokenInfo) -> str:
    if each.type == token.COMMENT:
        return "comment"
    if each.type == token.STRING:
        return "string"
    return "keyword" if keyword.iskeyword(each.string) else ""


def _between(lines: list[str], begin: tuple[int, int], end: tuple[int, int]) -> str:
    """The text of `lines` between two places, each a line from 1 and a column."""
    (first, left), (last, right) = begin, end
    if first == last:
        return lines[first - 1][left:right]
    middle = lines[first : last - 1]
    return "".join([lines[first - 1][left:], *middle, lines[last - 1][:right]])
