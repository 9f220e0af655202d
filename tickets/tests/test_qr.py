"""The QR code can be read, and is small enough for any gate."""

import io
import re

import pytest
import segno
import zxingcpp
from PIL import Image, ImageDraw, ImageFilter
from tickets.tests.factories import SIGNER, a_ticket, scattered_seats

from tickets import qr

QR_CODE = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def read(image: Image.Image) -> list[str]:
    return [barcode.text for barcode in zxingcpp.read_barcodes(image.convert("L"), formats=QR_CODE)]


def picture_of(code: str) -> Image.Image:
    return Image.open(io.BytesIO(qr.png(code)))


@pytest.mark.parametrize(("seats", "modules"), [(1, 45), (2, 45), (4, 45), (5, 49), (10, 49)])
def test_ten_seats_fit_49_modules_a_side_at_error_level_m(seats: int, modules: int) -> None:
    for seed in range(20):
        code = SIGNER.sign(a_ticket(*scattered_seats(seats, seed), version=65_535))
        symbol = qr._symbol(code)
        assert (symbol.symbol_size(border=0), symbol.error in {"M", "Q", "H"}) == ((modules, modules), True)
        [barcode] = zxingcpp.read_barcodes(picture_of(code).convert("L"), formats=QR_CODE)
        assert (barcode.text, barcode.ec_level) == (code, symbol.error)


def test_the_seats_that_take_most_room_fit_as_well() -> None:
    code = SIGNER.sign(a_ticket(*(f"ZZ{number}" for number in range(990, 1000))))
    assert qr._symbol(code).symbol_size(border=0) == (49, 49)
    assert read(picture_of(code)) == [code]


def test_the_picture_is_the_one_that_the_library_draws() -> None:
    code = SIGNER.sign(a_ticket())
    out = io.BytesIO()
    segno.make_qr(code, error="m", mask=qr._MASK).save(out, kind="png", scale=6, border=4)
    assert picture_of(code).convert("L").tobytes() == Image.open(out).convert("L").tobytes()


def test_the_drawing_says_the_same_as_the_picture() -> None:
    code = SIGNER.sign(a_ticket(*scattered_seats(10)))
    assert read(drawn(qr.svg(code).decode())) == [code]


def drawn(svg: str) -> Image.Image:
    """The drawing's one path of horizontal strokes, a pixel each, enlarged."""
    [path] = re.findall(r'<path[^>]* d="([^"]+)"', svg)
    image = Image.new("L", (57, 57), 255)
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-0-9. ]+)", path):
        values = [float(number) for number in re.findall(r"-?[0-9.]+", numbers)]
        if command == "h":
            ImageDraw.Draw(image).line([(int(x), int(y)), (int(x + values[0]) - 1, int(y))], fill=0)
            x += values[0]
        else:
            x, y = (values[0], values[1]) if command == "M" else (x + values[0], y + values[1])
    return image.resize((342, 342), Image.Resampling.NEAREST)


@pytest.mark.parametrize("seats", [1, 10])
def test_a_code_is_read_from_a_small_turned_blurred_and_dirty_picture(seats: int) -> None:
    for seed in range(10):
        code = SIGNER.sign(a_ticket(*scattered_seats(seats, seed)))
        picture = picture_of(code).convert("L")
        ImageDraw.Draw(picture).ellipse((160, 150, 190, 180), fill=128)  # a thumb over the middle
        turned = picture.rotate(10 + seed, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
        small = turned.resize((turned.width // 2, turned.height // 2), Image.Resampling.BILINEAR)
        assert read(small.filter(ImageFilter.GaussianBlur(0.8))) == [code]
