"""The same digit on paper of many kinds gives nearly the same 28 x 28 image as drawn plainly."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from cnn.preprocessing.normalization import normalize_image
from cnn.preprocessing.picture_files import read_picture
from cnn.preprocessing.segmentation import find_digits_in_ink

SIDE = 240
Y, X = np.mgrid[0:SIDE, 0:SIDE] / SIDE
CIRCLE = cv2.ellipse2Poly((120, 120), (45, 70), 0, 0, 360, 5)
DIGITS = {
    0: [CIRCLE],
    2: [[[80, 85], [100, 55], [145, 60], [145, 100], [80, 185], [165, 185]]],
    4: [[[130, 50], [75, 140], [165, 140]], [[135, 100], [130, 190]]],
    5: [[[85, 55], [80, 110], [135, 105], [155, 140], [130, 180], [80, 175]],
        [[100, 55], [155, 55]]],
    7: [[[75, 60], [165, 60], [110, 190]]],
    8: [[[120, 115], [85, 85], [120, 50], [155, 85], [120, 115], [75, 155], [120, 190], [165, 155],
         [120, 115]]],
}  # fmt: skip
GREY_PAPER = np.full((SIDE, SIDE), 220.0)


def mask_of(digit, width=9):
    """The digit as (SIDE, SIDE) float, 0 paper to 1 ink."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for line in DIGITS[digit]:
        cv2.polylines(mask, [np.array(line, np.int32)], False, 255, width, cv2.LINE_AA)
    return mask / 255


def on_paper(mask, paper, ink):
    return paper * (1 - mask) + ink * mask


def image_of(picture):
    """Normalize a picture, as `ink_of`: (28, 28) uint8."""
    return normalize_image(ink_of(picture)).image


def ink_of(picture):
    """The ink of a picture, as `steps_of`: (h, w) uint8."""
    return steps_of(picture).ink


def steps_of(picture):
    """The separation of a picture, as `read`."""
    return read(picture).steps


def read(picture):
    """Read a picture, an array of 0 to 255 or 65535 or a Pillow image, as from a file."""
    if isinstance(picture, np.ndarray) and picture.dtype == np.float64:
        picture = picture.clip(0, 255).astype(np.uint8)
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return read_picture(buffer.getvalue(), "digit.png")


def gradient(mask):
    paper = np.linspace(230, 90, SIDE)[None] * np.ones((SIDE, 1))
    return on_paper(mask, paper, paper * 0.3)


def shadow_edge(mask):
    light = cv2.GaussianBlur(np.where(X + Y * 0.3 > 0.62, 95.0, 235.0), (0, 0), 2)
    return on_paper(mask, light, light * 0.3)


def vignette(mask):
    light = 1 - 0.65 * ((X - 0.5) ** 2 + (Y - 0.5) ** 2) / 0.5
    return on_paper(mask, 225, 60) * light


def dim(mask):
    return on_paper(mask, 95, 35)


def inverted(mask):
    return on_paper(mask, 15, 240)


def light_on_grey(mask):
    return on_paper(mask, 150, 245)


def frame(mask):
    picture = on_paper(mask, 245, 30)
    picture[:5], picture[-5:], picture[:, :5], picture[:, -5:] = 0, 0, 0, 0
    return picture


def printed_box(mask):
    picture = on_paper(mask, 245, 30)
    return cv2.rectangle(picture, (20, 20), (220, 220), 60, 2)


def circled(mask):
    return cv2.circle(on_paper(mask, 245, 30), (120, 120), 105, 60, 4)


def underlined(mask):
    return cv2.line(on_paper(mask, 245, 30), (50, 216), (190, 214), 50, 4)


def ruled(mask):
    paper = GREY_PAPER.copy()
    paper[30::32] = 140
    return on_paper(mask, paper, 40)


def squared(mask):
    paper = GREY_PAPER.copy()
    paper[10::24], paper[:, 10::24] = 140, 140
    return on_paper(mask, paper, 40)


def on_a_table(mask):
    paper = np.zeros((SIDE, SIDE))
    cv2.fillConvexPoly(paper, np.array([[25, 20], [222, 30], [212, 226], [15, 214]]), 1.0)
    return on_paper(mask, 70 + 150 * paper, 50)


def table_at_one_side(mask):
    picture = on_paper(mask, 225, 50)
    picture[:, 205:] = 60
    return picture


def specks(mask):
    picture = on_paper(mask, 225, 60)
    picture[5:10, 200:206], picture[-4:, 60:66] = 20, 20
    return cv2.circle(picture, (20, 215), 6, 30, -1)


def fading(mask):
    return on_paper(mask * np.linspace(0.3, 1, SIDE)[:, None], 235, 40)


def grain(mask):
    return on_paper(mask, 200, 90) + np.random.default_rng(0).normal(0, 6, mask.shape)


def red_on_blue(mask):
    return on_paper(mask[..., None], np.array([60, 90, 170]), np.array([215, 40, 40]))


def yellow_on_white(mask):
    return on_paper(mask[..., None], np.array([255, 255, 255]), np.array([255, 235, 0]))


def blue_on_orange(mask):
    return on_paper(mask[..., None], np.array([240, 110, 50]), np.array([40, 60, 170]))


def bits_12_in_16(mask):
    return (on_paper(mask, 245, 30) * 16).astype(np.uint16)


def values_to_16(mask):
    return (on_paper(mask, 16, 0)).astype(np.uint8)


def one_bit(mask):
    return Image.fromarray(on_paper(mask, 245, 30).astype(np.uint8)).convert("1")


def transparent_margin(mask):
    card = Image.fromarray(on_paper(mask, 245, 30).astype(np.uint8)).convert("RGBA")
    whole = Image.new("RGBA", (SIDE + 40, SIDE + 40))
    whole.paste(card, (20, 20))
    return whole


PAPERS = [
    gradient, shadow_edge, vignette, dim, inverted, light_on_grey, frame, printed_box, circled,
    underlined, ruled, squared, on_a_table, table_at_one_side, specks, fading, grain, red_on_blue,
    yellow_on_white, blue_on_orange, bits_12_in_16, values_to_16, one_bit, transparent_margin,
]  # fmt: skip


def correlation(image, other):
    """Correlation to within a pixel: a digit's box and place are rounded to pixels."""
    blurred = [cv2.GaussianBlur(each, (0, 0), 1).ravel() for each in (image, other)]
    return np.corrcoef(*blurred)[0, 1]


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.__name__)
def test_a_digit_on_any_paper_is_nearly_the_same(paper, digit):
    mask = mask_of(digit)
    clean = normalize_image((mask * 255).astype(np.uint8)).image
    assert correlation(image_of(paper(mask)), clean) > 0.85


@pytest.mark.parametrize("paper", [gradient, shadow_edge, inverted, light_on_grey, red_on_blue])
def test_in_the_steps_ink_is_darker_than_the_paper_which_is_made_evenly_white(paper):
    mask = mask_of(2)
    grey, even, ink, *_ = steps_of(paper(mask))
    assert grey.shape == even.shape == ink.shape == mask.shape
    stroke, around = mask > 0.9, cv2.dilate(mask, np.ones((25, 25))) == 0
    assert (even[around] > 200).mean() > 0.95  # where light changes slowly, 255 is not reached
    assert even[stroke].max() < 190
    distance = cv2.dilate(mask, np.ones((15, 15))) > 0
    assert grey[stroke].mean() < grey[distance & (mask == 0)].mean() - 20


def test_the_steps_are_of_the_sheet_without_its_surroundings():
    picture = np.full((2 * SIDE, 2 * SIDE), 70.0)
    picture[60 : 60 + SIDE, 90 : 90 + SIDE] = on_paper(mask_of(2), 225, 40)
    found = read(picture)
    grey, even, ink, _, whole = found.steps
    assert grey.shape == even.shape == ink.shape
    assert all(SIDE - 24 < length < SIDE for length in ink.shape)
    assert np.median(even) == 255 and grey.min() < 60
    np.testing.assert_array_equal(whole, picture.astype(np.uint8))
    sheet = found.box_in_file((0, 0, *ink.shape[::-1]))
    assert np.abs(np.array(sheet) - [90, 60, 90 + SIDE, 60 + SIDE]).max() < 12


def test_without_a_sheet_the_steps_are_of_the_whole_picture():
    steps = steps_of(on_paper(mask_of(2), 225, 40))
    assert steps.homography is None and steps.picture is None


def test_in_the_steps_a_transparent_margin_has_the_place_it_has_in_the_file():
    mask = mask_of(2)
    stroke = Image.fromarray(np.dstack([np.zeros((SIDE, SIDE, 3)), mask * 255]).astype(np.uint8))
    grey, even, ink, *_ = steps_of(stroke)
    assert grey.shape == even.shape == ink.shape == mask.shape
    assert even[mask > 0.9].max() < 120 and np.median(even[mask == 0]) == 255


@pytest.mark.parametrize("digit", DIGITS)
def test_a_tiny_digit_is_enlarged(digit):
    mask = mask_of(digit, 16)
    clean = normalize_image((mask * 255).astype(np.uint8)).image
    tiny = cv2.resize(255 - 255 * mask[20:220, 20:220], (14, 14), interpolation=cv2.INTER_AREA)
    assert correlation(image_of(tiny), clean) > 0.8


def test_a_detached_stroke_of_a_5_is_kept_and_no_second_digit():
    mask = mask_of(5)
    mask[40:70, 88:97] = 0  # a gap between the strokes
    clean = normalize_image((mask * 255).astype(np.uint8)).image
    assert correlation(image_of(on_paper(mask, 230, 40)), clean) > 0.95


def test_a_digit_that_touches_the_edge_is_kept():
    picture = on_paper(mask_of(7), 230, 40)[55:195, 70:170]  # cropped to the ink
    clean = normalize_image((mask_of(7) * 255).astype(np.uint8)).image
    assert correlation(image_of(picture), clean) > 0.85


@pytest.mark.parametrize(("board", "chalk", "around"), [(20, 235, 240), (60, 210, 150)])
def test_the_ink_is_that_on_a_board_in_its_surroundings(board, chalk, around):
    picture = np.full((2 * SIDE, 2 * SIDE), float(around))
    picture[60 : 60 + SIDE, 90 : 90 + SIDE] = on_paper(mask_of(2), board, chalk)
    clean = normalize_image((mask_of(2) * 255).astype(np.uint8)).image
    assert correlation(image_of(picture), clean) > 0.9


SEEN_AT_AN_ANGLE = {  # rotation about the x-, y- and z-axis, in degrees
    "from below": (-50, 0, 0),
    "from the right": (0, 40, 0),
    "turned": (0, 0, 25),
    "in a corner": (-35, 20, -10),
}


@pytest.mark.parametrize("pose", SEEN_AT_AN_ANGLE.values(), ids=SEEN_AT_AN_ANGLE)
@pytest.mark.parametrize("digit", DIGITS)
def test_a_sheet_on_a_table_that_is_seen_at_an_angle_is_straightened(digit, pose):
    mask = mask_of(digit)
    picture, homography = at_an_angle(mask, pose)
    found = read(picture)
    clean = normalize_image((mask * 255).astype(np.uint8)).image
    assert correlation(normalize_image(found.ink).image, clean) > 0.85
    [each] = find_digits_in_ink(found.ink)
    assert np.abs(found.box_in_file(each.box) - box_around(mask, homography)).max() < 12


@pytest.mark.parametrize("width", [2048, 512])
def test_boxes_on_a_straightened_sheet_are_in_pixels_of_the_file(width):
    left, right = np.zeros((2, SIDE, SIDE))
    left[100:140, 40:80], right[100:140, 150:190] = 1, 1
    picture, homography = at_an_angle(left + right, (-35, 20, -10))
    file = Image.fromarray(picture.clip(0, 255).astype(np.uint8)).resize((width, width * 3 // 4))
    found = read(file)
    for each, mask in zip(find_digits_in_ink(found.ink), (left, right), strict=True):
        expected = box_around(mask, homography) * width / 800
        assert np.abs(found.box_in_file(each.box) - expected).max() < width / 80


def at_an_angle(mask, pose):
    """A picture of a sheet with `mask` on a table, (600, 800), and the homography to it."""
    x, y, z = (cv2.Rodrigues(turn)[0] for turn in np.diag(np.radians(pose)))
    camera = np.array([[700, 0, 400], [0, 700, 300], [0, 0, 1]])  # a pinhole camera
    middle = np.array([[1, 0, -SIDE / 2], [0, 1, -SIDE / 2], [0, 0, 1]])
    homography = camera @ np.column_stack([(x @ y @ z)[:, :2], [0, 0, 420]]) @ middle
    size = (800, 600)
    ink = cv2.warpPerspective(mask, homography, size)
    paper = cv2.warpPerspective(np.ones((SIDE, SIDE)), homography, size)
    light = np.linspace(1, 0.75, size[0])[None]
    picture = on_paper(ink, (80 + 150 * paper) * light, 50)
    return picture + np.random.default_rng(0).normal(0, 4, picture.shape), homography


def box_around(mask, homography):
    """Left, top, right and bottom of where the corners of the box of a mask are in the picture."""
    (top, bottom), (left, right) = ((each.min(), each.max()) for each in np.nonzero(mask > 0.5))
    corners = np.float64([[[left, top], [right, top], [right, bottom], [left, bottom]]])
    seen = cv2.perspectiveTransform(corners, homography)[0]
    return np.concatenate([seen.min(axis=0), seen.max(axis=0)])


def test_a_filled_rectangle_without_anything_on_it_is_ink():
    picture = np.full((100, 100), 230.0)
    picture[20:80, 40:70] = 30
    rows, columns = np.nonzero(ink_of(picture) > 127)
    assert (np.ptp(rows), np.ptp(columns)) == (59, 29)


@pytest.mark.parametrize("second", [0, 4])
def test_two_digits_are_two_digits(second):
    masks = np.hstack([mask_of(2), mask_of(second)])
    assert len(find_digits_in_ink(ink_of(on_paper(masks, 230, 40)))) == 2


def table(cells, ink=40):
    """A printed table with a digit in each of cells x cells, and the middles of its cells."""
    side, rows = 34, np.arange(cells)
    small = cv2.resize(mask_of(2, 16)[40:200, 40:200], (20, 20), interpolation=cv2.INTER_AREA)
    mask = np.zeros((cells * side + 1,) * 2)
    mask[::side], mask[:, ::side] = 0.9, 0.9
    for row, column in np.ndindex(cells, cells):
        mask[row * side + 7 :, column * side + 7 :][:20, :20] = small
    mask = np.pad(mask, 30)
    return on_paper(mask, 250, ink), 30 + rows * side + side // 2


@pytest.mark.parametrize("scanned", [lambda page: page, lambda page: 255 - page])
@pytest.mark.parametrize("cells", [2, 8, 27])
def test_the_digits_in_a_table_are_found_without_its_lines(cells, scanned):
    page, middles = table(cells)
    found = find_digits_in_ink(ink_of(scanned(page)))
    assert len(found) == min(cells**2, 600)
    boxes = np.array([each.box for each in found])
    assert (boxes[:, 2:] - boxes[:, :2]).max() <= 24
    distances = np.abs(boxes[:, [0, 1]] + boxes[:, [2, 3]] - 2 * middles[:, None, None])
    assert distances.min(axis=0).max() / 2 < 5


def test_an_8_with_dirt_in_its_loops_is_no_table():
    mask = mask_of(8, 12)
    clean = normalize_image((mask * 255).astype(np.uint8)).image
    for x, y in [(116, 84), (122, 78), (116, 152), (124, 158)]:
        cv2.circle(mask, (x, y), 2, 1.0, -1)
    assert correlation(image_of(on_paper(mask, 230, 40)), clean) > 0.85


@pytest.mark.parametrize("paper", [30.0, 120.0, 235.0])
def test_paper_with_light_by_place_and_grain_is_blank(paper):
    light = np.linspace(1, 0.7, SIDE)[None] * paper
    picture = light + np.random.default_rng(0).normal(0, 5, (SIDE, SIDE))
    buffer = io.BytesIO()
    Image.fromarray(picture.clip(0, 255).astype(np.uint8)).save(buffer, "PNG")
    assert not read_picture(buffer.getvalue(), "blank.png").ink.any()
