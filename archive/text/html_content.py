"""Finds the report on a portal page: its container among the chrome, its title, and what the page says of itself."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from lxml.etree import _Element as Element

from archive.text.document import Block, Paragraph, Picture, Table, without_stand_ins
from archive.text.html_attributes import Attributes, is_in
from archive.text.html_shown import cut_out, is_in_data_cell, put_stand_in
from archive.text.html_table import text_of
from archive.text.white_space import fold

# Ids and classes (lower case) that the publishing systems give to the container of an article's text.
_CONTAINER_NAMES = (
    "zoom zoomcon fontzoom content-fontsize trs_editor trs_ueditor trs_web custom_unionstyle ucap-content "
    "ucapcontent ivs_content v_news_content vsb_content vsb_content_2 vsb_content_4 wp_articlecontent "
    "wzzw-article article-content article_content articlecontent article_area pages_content j-fontcontent "
    "news_cont_d_wrap wzcon news_content newscontent artcontent js_content conttxt bt-content "
)
_CONTAINERS = frozenset(_CONTAINER_NAMES.split())
_HEADINGS = ("h1", "h2", "h3")
HEADS = ("meta", "title", "style", *_HEADINGS)
"""The elements that say what a page is and how it is shown; all are found in one walk."""
_MOST_CONTAINERS = 60
_FEW_STOPS = 8
_MAY_CONTAIN = frozenset(
    [
        "div",
        "td",
        "th",
        "table",
        "tbody",
        "tr",
        "article",
        "section",
        "main",
        "form",
        "center",
        "body",
        "span",
        "font",
        "ul",
        "dl",
        "dd",
    ]
)
_CHROME = re.compile(
    r"(?:bd)?share\w*|jiathis\w*|(?:article_)?qrcode\w*|ewm\w*|erweima|breadcrumbs?|crumbs?|dqwz|curr?position|"
    r"copyright|footer|article_btn_group|function_icon|prev(?:_?next)?|next|pagination|pager|hits?|hitcount|"
    r"clicks?|clicknum|counter|visitcount|viewcount|readcount",
    re.IGNORECASE,
)
_MOST_CHROME = 120
_A_YEAR = re.compile(r"\d{4}\s*年")

_LABEL_WORDS = (
    "索引号 信息索引 信息分类 主题分类 体裁分类 组配分类 分类 发布机构 发布机关 发文机关 发文机构 "
    "发文单位 公开机构 公开主体 责任部门 所属机构 信息名称 名称 标题 文号 发文字号 文件编号 主题词 "
    "关键词 关键字 有效性 时效 公开方式 公开形式 公开范围 公开程序 公开时限 发文日期 成文日期 "
    "公文生成日期 生成日期 发布日期 发布时间 公开日期 归档时间 更新时间 信息来源 文章来源 来源 作者 "
    "责任编辑 编辑 浏览次数 浏览量 点击数 点击量 点击次数 点击率 访问量 访问次数 阅读次数 阅读量 "
    "阅读数 阅读 浏览 点击 日期 时间 字体 字号 打印 分享 分享到 视力保护色 保护视力色 "
)
_LABELS = _LABEL_WORDS.split()
_COUNTERS = (
    "浏览次数|浏览量|点击数|点击量|点击次数|点击率|访问量|访问次数|阅读次数|阅读量|阅读数|阅读|浏览|点击"
)
# These are labels even where no blank parts them from the value before: 来源：某局时间：2024-01-08
_FIRM_LABEL_WORDS = (
    "发布时间 发布日期 时间 信息来源 文章来源 来源 作者 字体 浏览次数 浏览量 点击数 点击量 访问量 阅读量 "
)
_FIRM_LABELS = _FIRM_LABEL_WORDS.split()


def _any_of(labels: Sequence[str]) -> str:
    """A pattern for any of the labels, blanks between their characters allowed (索 引 号)."""
    return "|".join(r"\s*".join(label) for label in sorted(labels, key=len, reverse=True))


_ANY_LABEL = _any_of(_LABELS)
_FIELD = re.compile(rf"(?:(?<![\w一-鿿])({_ANY_LABEL})|({_any_of(_FIRM_LABELS)}))\s*[】\]]?\s*[:：]\s*")
_OF_NO_INTEREST = frozenset({"字体", "字号", "打印", "分享", "分享到", "视力保护色", "保护视力色"})
_BARE_LABEL = re.compile(rf"[【\[•·\s]*({_ANY_LABEL})[】\]\s]*[:：]?\s*")
_DATE = r"(?:19|20)\d\d\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}"
_DATE_OR_COUNT = re.compile(rf"{_DATE}|(?:{_COUNTERS})")
_PAGE_WORD = re.compile(rf"(?:{_COUNTERS})|责任编辑|信息来源|文章来源|字体|打印|分享")
_CHROME_LINE = re.compile(
    r"[\[【(（]?\s*(?:打印|关闭|打印本页|关闭窗口|收藏|分享到?|字体|[大中小]|[|｜/]|】|\]|\s|朗读|纠错|扫一扫在手机(?:上)?(?:打开|查看)当前页面?)+[\]】)）]?[:：]?"
)
_EDGE = 8  # date lines and counters stand among the first or last blocks
_LONGEST_DATE_LINE = 160


def page_titles(heads: Iterable[Element], meta: Mapping[str, str]) -> tuple[str | None, str | None]:
    """The title as published, where it is marked as such (the ArticleTitle meta tag, a heading that names a report),
    and the second best: the first heading, a cut title, the page's title without column and site.

    Args:
        heads: the elements of a page that are named in `HEADS`, in order.
        meta: what its meta tags say.
    """
    metas = {name.lower(): value for name, value in meta.items()}
    article = metas.get("articletitle", "")
    titles: list[str] = []
    headings: list[str] = []
    for element in heads:
        if element.tag in ("title", *_HEADINGS):
            (headings if element.tag in _HEADINGS else titles).append(fold(text_of(element)))
    if article and not article.endswith(("…", "...")):
        return article, None
    marked = next((text for text in headings if names_a_report(text)), None)
    title = titles[0] if titles else ""
    around = (metas.get("sitename", ""), metas.get("columnname", ""))
    parts = [part for part in re.split(r"\s*[_|–—]+\s*|\s*-+\s*", title) if part and part not in around]
    heading = next((text for text in headings[:1] if text and text not in around), None)
    return marked, article or heading or (parts[0] if parts else title) or None


def names_a_report(title: str) -> bool:
    """Whether a title is that of a report on openness, by its words."""
    return "公开" in title and re.search("报告|年报", title) is not None


def meta_tags(heads: Iterable[Element]) -> dict[str, str]:
    """What the named meta tags among `HEADS` say, the first of each name; those that say nothing are left out."""
    found: dict[str, str] = {}
    for tag in heads:
        if tag.tag != "meta":
            continue
        name, value = tag.get("name"), tag.get("content")
        if name and value and value.strip() and name.lower() != "viewport":
            found.setdefault(name.strip(), fold(value))
    return found


def find_content(root: Element, attributes: Attributes) -> list[Element]:
    """The element that holds the report; several where siblings share it. They are never nested in each other.

    Of the known containers the one with most text that is no link is taken, if it holds half of the sentences of
    the page. Where none does, it is the innermost element that holds most of the text.
    """
    body = root.find("body")
    if body is None:
        body = root
    marked = sorted(_containers(body, attributes), key=lambda container: -container.letters)
    if marked and (
        marked[0].letters
        or marked[0].element.find(".//img") is not None
        or marked[0].element.find(".//a") is not None
    ):
        chosen = _chosen(marked)
        inside = sum(container.stops for container in chosen)
        if _stops(text_of(body)) - inside <= max(inside, _FEW_STOPS):
            return [container.element for container in chosen]
    return [_densest(body)]


def drop_chrome(content: Element, attributes: Attributes) -> None:
    """Takes out of the content what belongs to the page: buttons to share and print, counters, the crumb trail."""
    for element, names in attributes.named:
        if not _is_chrome(names) or element is content or not is_in(element, content):
            continue
        text = fold(text_of(element))
        if len(text) <= _MOST_CHROME and not _A_YEAR.search(text) and element.find(".//table") is None:
            # a year may be that of a signature
            row = next(element.iterancestors("tr"), None) if is_in_data_cell(element) else None
            if row is not None and not _PAGE_WORD.search(text_of(row)):
                continue
            if row is not None:
                put_stand_in(element, "counter")
            cut_out(element)


@lru_cache(maxsize=4096)
def _is_chrome(names: str) -> bool:
    return any(map(_CHROME.fullmatch, names.split()))


def without_date_lines(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], list[str]]:
    """The blocks without the lines at either end that are the page's own (date, source, counter), and those lines."""
    kept: list[Block] = []
    lines: list[str] = []
    for number, block in enumerate(blocks):
        edge = number < _EDGE or number >= len(blocks) - _EDGE
        at_end = 2 * number >= len(blocks) > 2
        if edge and isinstance(block, Paragraph) and _is_page_line(block.text, at_end=at_end):
            lines.append(block.text)
        else:
            kept.append(block)
    return tuple(kept), lines


def page_fields(blocks: Sequence[Block], lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What the page says of itself: rows of an information table and fields of a date line, by label without blanks."""
    for line in lines:
        yield from _fields_of(line)
    for block in blocks:
        if isinstance(block, Table):
            texts = [without_stand_ins(cell.text) for cell in block.cells]
            for text, following in zip_longest(texts, texts[1:], fillvalue=""):
                label = _BARE_LABEL.fullmatch(text)
                if label and following and not _BARE_LABEL.fullmatch(following):
                    yield "".join(label[1].split()), following
                elif not label:
                    yield from _fields_of(text)
        elif not isinstance(block, Picture):
            yield from _fields_of(block.text)


def _fields_of(line: str) -> Iterator[tuple[str, str]]:
    if len(line) > 4 * _LONGEST_DATE_LINE:
        return
    found = list(_FIELD.finditer(line))
    for match, following in zip_longest(found, found[1:]):
        value = line[match.end() : following.start() if following else None].strip(" \u3000;；|｜[【")
        label = "".join((match[1] or match[2]).split())
        if value and label not in _OF_NO_INTEREST:
            yield label, value


def _is_page_line(text: str, *, at_end: bool) -> bool:
    """Whether a line is the page's own. At the end of a report a date alone may be that of its signature."""
    if len(text) > _LONGEST_DATE_LINE or "。" in text:
        return False
    if _CHROME_LINE.fullmatch(text):
        return True
    telling = _PAGE_WORD if at_end else _DATE_OR_COUNT
    return _FIELD.match(text.lstrip("【[(（•· ")) is not None and telling.search(text) is not None


class _Container(NamedTuple):
    """An element that publishing systems put a text in, with how many letters outside links and stops it holds."""

    letters: int
    stops: int
    element: Element


def _containers(body: Element, attributes: Attributes) -> Iterator[_Container]:
    count = 0
    for element, names in attributes.named:
        if element.tag not in _MAY_CONTAIN or _CONTAINERS.isdisjoint(names.lower().split()):
            continue
        if is_in(element, body):
            text = text_of(element)
            linked = sum(_letters(text_of(link)) for link in element.iter("a"))
            yield _Container(max(0, _letters(text) - linked), _stops(text), element)
            count += 1
            if count == _MOST_CONTAINERS:
                return


def _chosen(marked: Sequence[_Container]) -> list[_Container]:
    """The innermost of the containers that hold nine tenths of what the best one holds, and its like beside it."""
    best = marked[0]
    most = best.letters
    for container in marked:
        if container.letters * 10 >= 9 * most and best.element in container.element.iterancestors():
            best = container
    parent = best.element.getparent()
    beside = {
        container.element: container
        for container in marked
        if container.element.getparent() is parent and container.letters * 20 >= most
    }
    if parent is None or len(beside) < 2:
        return [best]
    return [beside[child] for child in parent if child in beside]


def _letters(text: str) -> int:
    """The number of characters that are no white space."""
    return sum(map(len, text.split()))


def _densest(body: Element) -> Element:
    """The innermost element that holds four fifths of the text outside links, or most of it and every sentence.

    Text without a comma or a full stop counts for a quarter: most of it is labels and buttons.
    """
    weights: dict[Element, float] = {}
    order = [element for element in body.iter() if isinstance(element.tag, str)]
    linked: set[Element] = set()
    for element in order:
        parent = element.getparent()
        if element.tag == "a" or (element is not body and parent in linked):
            linked.add(element)
        weights[element] = 0 if element in linked else _weight(element.text)
    for element in reversed(order):
        parent = element.getparent()
        if element is not body and parent is not None:
            weights[parent] += weights[element] + (0 if parent in linked else _weight(element.tail))
    found = body
    while True:
        heaviest = max(found, key=lambda child: weights.get(child, 0), default=None)
        if heaviest is None or heaviest.tag not in _MAY_CONTAIN or not _holds_most(found, heaviest, weights):
            break
        found = heaviest
    while found.tag in ("table", "tbody", "tr") and found is not body:
        parent = found.getparent()
        assert parent is not None
        found = parent
    return found


def _holds_most(outer: Element, inner: Element, weights: dict[Element, float]) -> bool:
    if weights[inner] * 5 >= 4 * weights[outer]:
        return weights[inner] > 0
    if weights[inner] * 2 < weights[outer]:
        return False
    beside = [child for child in outer if child is not inner and child in weights]
    return all("。" not in text_of(child) and next(child.iter("table"), None) is None for child in beside)


def _weight(text: str | None) -> float:
    if not text:
        return 0
    size = len("".join(text.split()))
    return size if _stops(text) else size / 4


def _stops(text: str) -> int:
    """The punctuation of running text, which lists of links, buttons and labels do without."""
    return text.count("，") + text.count("。") + text.count("；")
