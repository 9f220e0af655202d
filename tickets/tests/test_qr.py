"""The QR code can be read, and is small enough for any gate."""

import io
import re

import pytest
import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from tickets.tests.factories import SIGNER, a_ticket, scattered_seats

from contracts.ids import BookingId, ShowtimeId
from tickets import qr
from tickets.code import Ticket

QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image.convert("L"), formats=QR_CODE)]


def picture_of(code: str) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(code)))


@pytest.mark.parametrize(("seats", "side"), [(1, 45), (2, 45), (4, 45), (5, 49), (10, 49)])
def test_ten_seats_fit_49_modules_a_side_at_error_level_m(seats: int, side: int) -> None:
    for seed in range(20):
        code = SIGNER.sign(a_ticket(*scattered_seats(seats, seed), version=65_535))
        [barcode] = zxingcpp.read_barcodes(picture_of(code).convert("L"), formats=QR_CODE)
        assert (barcode.text, barcode.ec_level, len(qr.modules(code))) == (code, "M", side)


def test_the_seats_that_take_most_room_fit_as_well() -> None:
    code = SIGNER.sign(a_ticket(*(f"ZZ{number}" for number in range(990, 1000))))
    assert len(qr.modules(code)) == 49
    assert read(picture_of(code)) == [code]


@pytest.mark.parametrize("length", [162, 166, 175, 180, 198])
def test_another_encoder_makes_the_same_symbol(length: int) -> None:
    """segno is written apart from ours, in Python. Ours may store a run of digits in a mode of its own: none here. Of
    masks that are as good as each other, and in padding, the two may choose differently."""
    code = ("MQ2.A$B%C*D+E-F/G:" * 12)[:length]
    symbols = [segno.make_qr(code, error="m", mask=mask, boost_error=False).matrix for mask in range(8)]
    assert [bytearray(row) for row in qr.modules(code)] in [list(symbol) for symbol in symbols]


def test_the_picture_shows_each_module_and_a_white_border() -> None:
    code = SIGNER.sign(a_ticket())
    rows = qr.modules(code)
    side = len(rows) + 8
    picture = picture_of(code).convert("L")
    assert picture.size == (6 * side, 6 * side)
    for x in range(side):
        for y in range(side):
            is_inside = 4 <= x < side - 4 and 4 <= y < side - 4
            shade = 0 if is_inside and rows[y - 4][x - 4] else 255
            assert {picture.getpixel((6 * x + dx, 6 * y + dy)) for dx in (0, 5) for dy in (0, 5)} == {shade}


def test_the_drawing_shows_the_same_on_white() -> None:
    code = SIGNER.sign(a_ticket(*scattered_seats(10)))
    drawing = drawn(qr.svg(code).decode())
    assert read(drawing) == [code]
    assert drawing.tobytes() == picture_of(code).convert("L").tobytes()


def drawn(svg: str) -> Image.Image:
    """The drawing's white ground and its path of rectangles, six pixels a unit."""
    [(width, box)] = re.findall(r'<svg [^>]*width="(\d+)"[^>]*viewBox="0 0 (\d+) ', svg)
    assert int(width) == 6 * int(box)
    assert f'<path fill="#fff" d="M0 0h{box}v{box}H0z"/>' in svg
    image = Image.new("L", (int(width), int(width)), 255)
    [path] = re.findall(r'<path d="([^"]+)"/>', svg)
    for corner_x, corner_y, across in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", path):
        x, y, length = 6 * int(corner_x), 6 * int(corner_y), 6 * int(across)
        ImageDraw.Draw(image).rectangle((x, y, x + length - 1, y + 5), fill=0)
    return image


@pytest.mark.parametrize("seats", [1, 10])
def test_codes_are_read_from_small_turned_blurred_and_dirty_pictures(seats: int) -> None:
    """The ids are always the same ones: a reader may fail at one picture in fifty, and takes the next frame then."""
    misread = []
    for seed in range(10):
        seat_ids = scattered_seats(seats, seed)
        ids = BookingId("bkg_01jd8xq4m2f7kt9v3w5y7z1abc"), ShowtimeId("sho_01jd8x0000e008g2081040g20a")
        code = SIGNER.sign(Ticket(*ids, seat_ids, version=seed + 1))
        picture = picture_of(code).convert("L")
        ImageDraw.Draw(picture).ellipse((160, 150, 190, 180), fill=128)  # a thumb over the middle
        turned = picture.rotate(10 + seed, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        small = turned.resize((turned.width // 2, turned.height // 2), Image.Resampling.BILINEAR)
        misread += [seed] if read(small.filter(ImageFilter.GaussianBlur(0.8))) != [code] else []
    assert len(misread) <= 1
