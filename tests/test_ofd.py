"""OFD: a small writer draws the forms as the standard has it, and the reader gives their numbers back."""

import pytest

from archive.text.document import LOST_TABLE, PICTURE, Document, Paragraph, Picture
from archive.text.extract import extract
from archive.text.refusal import NotReadable
from gxstore.reading.read import read
from tests.forms import CATALOGUE, DrawnCell, drawn_tables, truth, wrong_cells
from tests.office_files import EDITIONS, zipped

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SIZE, WIDTH, HEIGHT, MARGIN = 3.0, 297.0, 420.0, 15.0


class Writer:
    """Draws text and lines on pages, in millimetres, as a word processor's OFD does: each cell with lines of its own."""

    def __init__(self, *, filled: bool = False, delta: str = "g") -> None:
        self.pages: list[list[str]] = [[]]
        self.y = MARGIN
        self.filled = filled
        self.delta = delta

    def text(self, x: float, y: float, text: str) -> None:
        """A line of text whose top is at y."""
        wide = [SIZE * (0.5 if letter.isascii() else 1) for letter in text]
        same = len(set(wide[:-1])) == 1 and self.delta == "g"
        delta = f"g {len(text) - 1} {wide[0]}" if same else " ".join(str(step) for step in wide[:-1])
        self.pages[-1].append(
            f'<ofd:TextObject ID="{len(self.pages[-1])}" Boundary="{x} {y} {sum(wide)} {SIZE}" Font="1" Size="{SIZE}">'
            f'<ofd:TextCode X="0" Y="{SIZE * 0.85}" DeltaX="{delta}">{text}</ofd:TextCode></ofd:TextObject>'
        )

    def rectangle(self, x: float, y: float, wide: float, high: float) -> None:
        """The lines around a cell: one stroked path, or four thin filled ones."""
        if not self.filled:
            path = f"M 0 0 L {wide} 0 L {wide} {high} L 0 {high} C"
            self.path(x, y, wide, high, path, 'LineWidth="0.2"')
            return
        for px, py, w, h in (
            (x, y, wide, 0.2),
            (x, y + high, wide, 0.2),
            (x, y, 0.2, high),
            (x + wide, y, 0.2, high),
        ):
            self.path(px, py, w, h, f"M 0 0 L {w} 0 L {w} {h} L 0 {h} C", 'Stroke="false" Fill="true"')

    def path(self, x: float, y: float, wide: float, high: float, path: str, how: str) -> None:
        """A path."""
        self.pages[-1].append(
            f'<ofd:PathObject ID="1{len(self.pages[-1])}" Boundary="{x} {y} {wide} {high}" {how}>'
            f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>"
        )

    def paragraph(self, text: str) -> None:
        """Running text, wrapped at the right margin, its first line indented."""
        first = True
        while text:
            x = MARGIN + (2 * SIZE if first else 0)
            fits = int((WIDTH - MARGIN - x) / SIZE)
            self.text(x, self.y, text[:fits])
            text, first = text[fits:], False
            self.y += 1.5 * SIZE
        self.y += SIZE

    def table(self, drawn: list[list[DrawnCell]]) -> None:
        """A table of equal columns; a page break falls between rows that no cell joins."""
        places: dict[tuple[int, int], tuple[str, int, int]] = {}
        taken: set[tuple[int, int]] = set()
        for y, row in enumerate(drawn):
            x = 0
            for text, down, across in row:
                while (y, x) in taken:
                    x += 1
                places[y, x] = (text, down, across)
                taken.update((y + i, x + k) for i in range(down) for k in range(across))
                x += across
        columns = max(x for _, x in taken) + 1
        wide = (WIDTH - 2 * MARGIN) / columns
        fits = int((wide - 1) / SIZE)
        heights = [SIZE * 1.4] * len(drawn)
        for (y, _), (text, down, across) in places.items():
            needed = SIZE * 1.4 * -(-len(text) // max(1, int((wide * across - 1) / SIZE)))
            heights[y] = max(heights[y], needed / down)
        assert fits > 2
        if self.y + sum(heights) > HEIGHT - MARGIN:
            self.pages.append([])
            self.y = MARGIN
        tops = [self.y]
        for height in heights:
            tops.append(tops[-1] + height)
        for (y, x), (text, down, across) in places.items():
            left, top = MARGIN + x * wide, tops[y]
            self.rectangle(left, top, wide * across, tops[y + down] - top)
            step = max(1, int((wide * across - 1) / SIZE))
            if text.replace(".", "").isdigit():
                step *= 2
            for number, at in enumerate(range(0, len(text), step)):
                self.text(left + 0.5, top + 0.5 + number * SIZE * 1.2, text[at : at + step])
        self.y = tops[-1] + 2 * SIZE

    def file(self, **more: str) -> bytes:
        """The file."""
        pages = "".join(
            f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(self.pages))
        )
        parts = {
            "OFD.xml": f'<ofd:OFD {NS} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo/>'
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
            "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
            f"<ofd:PageArea><ofd:PhysicalBox>0 0 {WIDTH} {HEIGHT}"
            '</ofd:PhysicalBox></ofd:PageArea><ofd:TemplatePage ID="77" BaseLoc="Tpls/T.xml"/></ofd:CommonData>'
            f"<ofd:Pages>{pages}</ofd:Pages></ofd:Document>",
        }
        for n, content in enumerate(self.pages):
            parts[f"Doc_0/Pages/Page_{n}/Content.xml"] = (
                f'<ofd:Page {NS}>{more.get("before", "")}<ofd:Content><ofd:Layer ID="9{n}">{"".join(content)}</ofd:Layer>'
                "</ofd:Content></ofd:Page>"
            )
        return zipped(parts | {name: text for name, text in more.items() if name != "before"})


def report(edition: str, writer: Writer) -> bytes:
    """A report of an edition."""
    cells = truth(edition)
    writer.paragraph("青溪县司法局2023年政府信息公开工作年度报告")
    writer.paragraph("一、总体情况")
    for heading, drawn in drawn_tables(edition, cells):
        writer.paragraph(heading)
        writer.table(drawn)
    return writer.file()


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("filled", [False, True], ids=["strokes", "thin fills"])
def test_an_ofd_gives_the_values_of_the_report_that_was_drawn(edition: str, filled: bool) -> None:
    document = extract(report(edition, Writer(filled=filled, delta="" if filled else "g")))
    reading = read([document], CATALOGUE)
    assert wrong_cells(reading, edition, truth(edition)) == []
    assert reading.title == "青溪县司法局2023年政府信息公开工作年度报告"
    value = next(value for value in reading.values if value.number is not None)
    assert value.where is not None
    assert value.where.page is not None
    assert value.where.box is not None


def texts(document: Document) -> list[str]:
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def test_a_line_that_reaches_the_edge_goes_on_in_the_next() -> None:
    writer = Writer()
    long = "本局把公开当作日常工作来做，专人负责，按月清点，遇有疑问随时答复，" * 6 + "群众评价良好。"
    writer.paragraph(long)
    writer.paragraph("短句。")
    assert texts(extract(writer.file())) == [long, "短句。"]


def test_a_page_number_is_dropped_and_a_template_is_drawn() -> None:
    writer = Writer()
    writer.paragraph("正文")
    writer.text(WIDTH / 2, HEIGHT - 15, "- 1 -")
    template = Writer()
    template.text(MARGIN, 60, "模板文字")
    inner = f"<ofd:Page {NS}><ofd:Content><ofd:Layer>{''.join(template.pages[0])}</ofd:Layer></ofd:Content></ofd:Page>"
    file = writer.file(before='<ofd:Template TemplateID="77"/>', **{"Doc_0/Tpls/T.xml": inner})
    assert texts(extract(file)) == ["正文", "模板文字"]


def test_a_matrix_moves_and_stretches_text() -> None:
    writer = Writer()
    code = '<ofd:TextCode X="0" Y="{}" DeltaX="g 1 1">{}</ofd:TextCode></ofd:TextObject>'
    head = '<ofd:TextObject ID="5" Boundary="{} 20 60 10" Size="1" CTM="4 0 0 4 0 0">'
    writer.pages[0] += [
        head.format(60) + code.format(0.85, "二行"),
        head.format(52) + code.format(0.85, "第十"),
    ]
    assert texts(extract(writer.file())) == ["第十二行"]


def test_a_page_that_is_a_picture_is_one() -> None:
    writer = Writer()
    writer.pages[0].append(f'<ofd:ImageObject ID="1" Boundary="0 0 {WIDTH} {HEIGHT}" ResourceID="3"/>')
    (block,) = extract(writer.file()).blocks
    assert isinstance(block, Picture)
    assert (block.target, block.place.page) == (None, 1)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (zipped({"OFD.xml": f"<ofd:OFD {NS}/>"}), "without any page"),
        (zipped({"OFD.xml": "<!DOCTYPE a []><a/>"}), "declares a document type"),
        (Writer().file(**{"Encryptions.xml": "<x/>"}), "encrypted"),
        (Writer().file().replace(b"Page_0/Content.xml", b"Page_8/Content.xml"), "is not in it|damaged"),
    ],
    ids=["no page", "document type", "encrypted", "page missing"],
)
def test_an_ofd_that_cannot_be_read_is_refused_in_a_sentence(file: bytes, sentence: str) -> None:
    with pytest.raises(NotReadable, match=sentence):
        extract(file)


def test_an_absurd_path_costs_nothing() -> None:
    writer = Writer()
    writer.paragraph("正文")
    writer.path(0, 0, 9, 9, "M 0 0 L 1e300 nan L 5 " * 20_000, 'LineWidth="1"')
    assert texts(extract(writer.file())) == ["正文"]


# What is none of a number, by the rules for PDF


def _cells(*more: str, **files: str) -> list[str]:
    """The cells of a small table, with more objects on its page: 46 stands at (55.5, 15.5), 1.5 wide a figure."""
    writer = Writer()
    writer.table(
        [[("规章", 1, 1), ("46", 1, 1), ("7", 1, 1)], [("规范性文件", 1, 1), ("58", 1, 1), ("9", 1, 1)]]
    )
    writer.pages[0] += more
    [table] = extract(writer.file(**files)).tables()
    return [cell.text for cell in table.cells]


AT = MARGIN + 0.5 + (WIDTH - 2 * MARGIN) / 3


def _figure(how: str = "", *, size: float = SIZE, up: float = 0.0, inner: str = "") -> str:
    return (
        f'<ofd:TextObject ID="500" Boundary="{AT + SIZE} {MARGIN + 0.5 - up} 5 5" Font="1" Size="{size}" {how}>{inner}'
        f'<ofd:TextCode X="0" Y="{SIZE * 0.85}">3</ofd:TextCode></ofd:TextObject>'
    )


def _box(left: float, wide: float, how: str, inner: str = "") -> str:
    path = f"M 0 0 L {wide} 0 L {wide} {SIZE} L 0 {SIZE} C"
    return (
        f'<ofd:PathObject ID="600" Boundary="{left} {MARGIN + 0.4} {wide} {SIZE}" {how}>{inner}'
        f"<ofd:AbbreviatedData>{path}</ofd:AbbreviatedData></ofd:PathObject>"
    )


LINE = "<ofd:AbbreviatedData>M 0 0 L 3 0</ofd:AbbreviatedData>"
WHITE = '<ofd:FillColor Value="255 255 255"/>'


@pytest.mark.parametrize(
    ("drawn", "text"),
    [
        (_figure(), "463"),
        (_figure(size=1.6, up=0.8), "46\ufffc[sup 3]"),
        (_figure(size=1.6), "46\ufffc[small 3]"),
        (_figure(inner='<ofd:FillColor Value="220 0 0"/>'), "46\ufffc[over 3]"),
        (_figure(inner=WHITE), "46\ufffc[unseen 3]"),
        (_figure('Alpha="0"'), "46\ufffc[unseen 3]"),
        (_figure('Fill="false"'), "46\ufffc[unseen 3]"),
        (_figure('DrawParam="31"'), "46\ufffc[unseen 3]"),
        (_figure('Visible="false"'), "46"),
        (_box(AT + SIZE / 2, 2, 'Fill="true" Stroke="false"', WHITE), "4\ufffc[unseen 6]"),
        (_box(AT + SIZE / 2, 2, 'Fill="true" Stroke="false" Alpha="90"', WHITE), "46"),
        (
            f'<ofd:PathObject ID="7" Boundary="{AT} {MARGIN + 2} 3 1">{LINE}</ofd:PathObject>',
            "\ufffc[del 4]\ufffc[del 6]",
        ),
    ],
)
def test_a_figure_that_is_not_set_like_its_number_or_not_seen_is_none_of_it(drawn: str, text: str) -> None:
    resources = f'<ofd:Res {NS}><ofd:DrawParams><ofd:DrawParam ID="31">{WHITE}</ofd:DrawParam></ofd:DrawParams></ofd:Res>'
    found = _cells(drawn, **{"Doc_0/PublicRes.xml": resources})
    assert found == ["规章", text, "7", "规范性文件", "58", "9"]


def test_a_table_that_goes_on_over_the_page_is_one() -> None:
    writer = Writer()
    rows = [
        [(label, 1, 1), (str(number), 1, 1), (str(number + 7), 1, 1)]
        for label, number in (("规章", 46), ("许可", 91))
    ]
    writer.table(rows[:1])
    writer.pages.append([])
    writer.y = MARGIN
    writer.table(rows[1:])
    [table] = extract(writer.file()).tables()
    assert [[cell.text for cell in row] for row in table.rows()] == [
        ["规章", "46", "53"],
        ["许可", "91", "98"],
    ]


def test_a_picture_among_the_text_may_be_the_table() -> None:
    writer = Writer()
    for text in ("青溪县司法局2023年政府信息公开工作年度报告", "三、收到和处理政府信息公开申请情况"):
        writer.paragraph(text)
    writer.pages[0].append('<ofd:ImageObject ID="1" Boundary="30 90 200 120" ResourceID="3"/>')
    document = extract(writer.file())
    assert document.remarks == (f"{PICTURE} on page 1",)
    whys = {value.why for value in read([document], CATALOGUE).values if value.code.startswith("ar.t3.")}
    assert whys == {"table_is_image"}


def test_a_composite_object_that_is_not_drawn_may_be_the_table() -> None:
    writer = Writer()
    writer.paragraph("一、总体情况")
    writer.pages[0].append('<ofd:CompositeObject ID="1" Boundary="30 90 200 120" ResourceID="3"/>')
    assert extract(writer.file()).remarks[0].startswith(LOST_TABLE)
