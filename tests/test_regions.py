"""Places: which one a text or an agency's name speaks of, and when it stays undecided."""

import shutil
from pathlib import Path

import pytest

from gxstore import regions
from gxstore.regions import DivisionsError
from gxstore.resources import config_path


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("灵武市司法局", "640181"),
        ("济源市", "419001"),
        ("济源市司法局", "419001"),
        ("中卫市", "640500"),
        ("隆德县", "640423"),
        ("微山县", "370826"),
        ("宁夏回族自治区", "640000"),
        ("宁夏司法厅", "640000"),
        ("银川市兴庆区司法局", "640104"),
        ("北京市朝阳区司法局", "110105"),
        ("济南市市中区司法局", "370103"),
        ("东莞市司法局", "441900"),
        ("宁东能源化工基地管委会", "64Z001"),
        ("苏银产业园管委会", "64Z002"),
        ("平潭综合实验区财政金融局", "35Z001"),
        ("朝阳区司法局", None),
        ("市司法局", None),
        ("司法局", None),
    ],
)
def test_an_agency_lies_where_its_name_begins(name: str, code: str | None) -> None:
    assert regions.load().region_of_agency(name) == code


def test_a_name_that_several_places_bear_is_decided_by_the_place_around() -> None:
    gazetteer = regions.load()
    assert gazetteer.region_of_agency("朝阳区司法局", within="110000") == "110105"
    assert gazetteer.region_of_agency("朝阳区司法局", within="220000") == "220104"
    assert gazetteer.region_of_agency("朝阳区司法局", within="640000") is None


def test_places_in_a_text_are_found_in_order() -> None:
    found = regions.load().named_in("宁夏回族自治区银川市灵武市，以及山东省济宁市的微山县")
    assert [r.code for r in found] == ["640000", "640100", "640181", "370000", "370800", "370826"]


def test_the_province_of_a_text_is_the_first_it_names() -> None:
    gazetteer = regions.load()
    assert gazetteer.province_in("银川市在宁夏回族自治区，济宁市在山东省。") == "640000"
    assert gazetteer.province_in("灵武市司法局") is None
    assert gazetteer.province_in("　" * 5000 + "山东省") is None


def test_a_name_that_several_places_bear_is_decided_by_the_province_of_the_text() -> None:
    # Two 鼓楼区 of one province stay undecided.
    assert regions.load().region_of_agency("鼓楼区司法局", within="320000") is None
    assert regions.load().region_of_agency("鼓楼区司法局", within="350000") == "350102"


def test_a_county_lies_in_its_city_and_province() -> None:
    gazetteer = regions.load()
    assert [r.code for r in gazetteer.above("640181")] == ["640181", "640100", "640000"]
    assert gazetteer.contains("640000", "640181")
    assert not gazetteer.contains("370000", "640181")
    assert gazetteer.region("64Z002") is not None


def test_zones_have_codes_that_no_division_can_have() -> None:
    zones = [r for r in regions.load().regions.values() if r.level == "zone"]
    assert {z.name for z in zones} == {"宁东能源化工基地", "苏银产业园", "平潭综合实验区"}
    assert all(z.code[2] == "Z" and len(z.code) == 6 for z in zones)


def test_a_code_given_twice_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "divisions"
    shutil.copytree(config_path("divisions"), folder)
    with (folder / "zones.csv").open("a", encoding="utf-8") as file:
        file.write("64Z001,某某园,,64,,\n")
    with pytest.raises(DivisionsError, match="64Z001"):
        regions.read_folder(folder)


def test_divisions_say_of_which_time_they_are(tmp_path: Path) -> None:
    assert regions.load().as_of == "2023/24"
    folder = tmp_path / "divisions"
    shutil.copytree(config_path("divisions"), folder)
    (folder / "divisions.toml").write_text("", encoding="utf-8")
    with pytest.raises(DivisionsError, match="as_of"):
        regions.read_folder(folder)
