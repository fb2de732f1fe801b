"""Whose report a page is, held against the body whose column lists it."""

import pytest

from archive.text.html import to_document
from crawler.replica.pages import answer
from crawler.replica.reply import Asked
from crawler.replica.world import Changes, load_world
from crawler.sites import load_site
from crawler.understanding import understand
from gxstore import catalogue, regions
from gxstore.reading.agency import is_of_another

SITE = load_site("ningxia").site
PAGE = "http://www.nxlw.gov.cn/zwgk/zfbmzsjgxxgk/lwssfj_29147/xxgknb_29150/202501/t20250123_4802040.html"


def body_of(title: str, signed: str) -> str | None:
    """The site's body whose report a page in the column of 灵武市司法局 is, by the page's title and the body in its text."""
    reply = answer(load_world("ningxia"), Asked(PAGE), Changes())
    assert reply is not None
    page = reply.body.decode().replace("灵武市司法局2024年政府信息公开年度报告", title)
    context = {"agency": "nx-lingwu-sfj", "title": "2024年政府信息公开工作年度报告", "year": 2024}
    document = to_document(page.replace("灵武市司法局", signed).encode(), "utf-8")
    found = understand([document], PAGE, context, SITE, catalogue.load(), regions.load())
    assert found.attribution.is_annual_report
    return found.agency.slug if found.agency else None


@pytest.mark.parametrize(
    ("title", "signed"),
    [
        ("2024年政府信息公开年度报告", "灵武市司法局"),
        ("本部门2024年政府信息公开年度报告", "灵武市司法局"),
        ("司法局2024年政府信息公开年度报告", "灵武市司法局"),
        ("灵武司法局2024年政府信息公开年度报告", "灵武市司法局"),
        ("灵武市司法局（行政复议局）2024年政府信息公开年度报告", "灵武市司法局"),
    ],
)
def test_a_page_is_its_columns_bodys_however_its_title_shortens_the_name(title: str, signed: str) -> None:
    assert body_of(title, signed) == "nx-lingwu-sfj"


@pytest.mark.parametrize(
    ("title", "signed"),
    [
        ("民政局2024年政府信息公开年度报告", "灵武市民政局"),
        ("民政局2024年政府信息公开年度报告", "本单位"),
        ("2024年政府信息公开年度报告", "灵武市民政局"),
        ("司法局2024年政府信息公开年度报告", "中卫市司法局"),
    ],
)
def test_a_page_of_another_body_is_not_its_columns_though_no_title_names_its_place(
    title: str, signed: str
) -> None:
    assert body_of(title, signed) is None


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("发改委", "青溪市发展和改革委员会"),
        ("市发展改革委", "青溪市发展和改革委员会"),
        ("住建局", "青溪市住房和城乡建设局"),
        ("市卫健委", "青溪市卫生健康委员会"),
        ("市编办", "青溪市机构编制委员会办公室"),
        ("市委编办", "青溪市机构编制委员会办公室"),
        ("市场监管局", "青溪市市场监督管理局"),
        ("城管局", "青溪市城市管理综合执法局"),
        ("县府办", "青溪县人民政府"),
        ("政务公开办公室", "青溪县人民政府"),
        ("党政办", "桥西镇人民政府"),
        ("我会", "青溪县供销合作社联合会"),
    ],
)
def test_a_short_name_of_a_body_is_not_another_s(named: str, name: str) -> None:
    assert not is_of_another(named, [name])


@pytest.mark.parametrize(
    ("named", "name"),
    [
        ("民政局", "青溪县人民政府"),
        ("民政局", "青溪县人民政府办公室"),
        ("市民委", "青溪市民政局"),
        ("教育局", "青溪市民政局"),
        ("国土局", "青溪市自然资源局"),
        ("银川市司法局", "灵武市司法局"),
        ("桥西镇人民政府", "青溪县人民政府"),
    ],
)
def test_the_name_of_another_body_is_not_taken_for_a_short_one(named: str, name: str) -> None:
    assert is_of_another(named, [name])
