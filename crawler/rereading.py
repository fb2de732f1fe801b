"""Reads a page of the archive, together with the files attached to it: at the end of a harvest, and by `reparse`.

The page alone is read while it is harvested. What its attachments add can only be said once they are here too, and must
come out the same whenever it is asked again; so both ask here.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, exists, func, select
from sqlalchemy.orm import Session, aliased

from archive.reader import UnreadableBody, UnreadableRecord, read_record
from archive.text.charset import decode as decode_text
from archive.text.confined import Confined, Limits
from archive.text.document import FRAMED, LOST_TABLE, PICTURE, PICTURE_NOT_HAD, Document, Picture
from archive.text.kind import kind_of
from archive.text.refusal import NoPage, NotReadable
from crawler.continued import further_pages_of
from crawler.sites import Site, load_site
from crawler.understanding import SEVERAL, Understood, absolute, understand
from gxstore import catalogue, readings, regions
from gxstore.models import Capture, DocumentUrl, Frontier, Run, Showing, Version
from gxstore.models import Document as DocumentRow
from gxstore.models import Site as SiteRow
from gxstore.reading.annexes import choose_annexes
from gxstore.reading.bundled import MIXED, reports_in
from gxstore.readings import KeptReading


@dataclass(frozen=True, slots=True)
class Kept:
    """A file in the archive: where its bytes lie, and the version that its text is, if it could be taken."""

    version_id: int | None
    file: str
    offset: int
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """A version of a page to read: its bytes, what the list said of it, and the files attached to it at that time."""

    version_id: int
    site: str
    archive: Path
    page: Kept
    context: Mapping[str, Any]
    attached: tuple[Kept, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Something that was understood, and the versions that it was read from."""

    version_ids: tuple[int, ...]
    found: Understood


def sources(
    session: Session,
    archive: Path,
    *,
    site: str | None = None,
    since: datetime | None = None,
    run_id: int | None = None,
) -> list[Source]:
    """Every version of every report page, with the capture that held its bytes first, by when it was fetched, and what was
    said of it beforehand when it was seen last.

    Args:
        archive: the folder of the WARC files.
        site: only this site's; None for all.
        since: only versions first captured at or after this time.
        run_id: only versions that this run saw, of pages with attachments, captured or not.
    """
    shown = select(Showing.version_id).join(Capture, Capture.id == Showing.capture_id)
    seen = shown.where(Capture.run_id == run_id) if run_id is not None else None
    first = _in_order_of(Capture.revisit_of.is_not(None), Capture.fetched_at, Capture.record_id, within=seen)
    last = _in_order_of(Capture.fetched_at.desc(), Capture.record_id.desc(), within=seen)
    query = (
        select(Version, SiteRow.name, Capture, last.c.context, last.c.fetched_at, last.c.run_id)
        .join(DocumentRow, DocumentRow.id == Version.document_id)
        .join(SiteRow, SiteRow.id == DocumentRow.site_id)
        .join(first, (first.c.version_id == Version.id) & (first.c.place == 1))
        .join(last, (last.c.version_id == Version.id) & (last.c.place == 1))
        .join(Capture, Capture.id == first.c.capture_id)
        .where(DocumentRow.kind == "report")
        .order_by(Version.id)
    )
    if site is not None:
        query = query.where(SiteRow.name == site)
    if since is not None:
        query = query.where(Capture.fetched_at >= since)
    if seen is not None:
        # most pages of a run have no files, and are not even looked at
        query = query.where(Version.id.in_(seen), _may_have_files(run_id))
    asked = _pages_with_attachments(session, run_id) if run_id is not None else set[int]()
    shared = _shared_files(session, run_id)
    found = []
    for version, name, capture, context, moment, last_run in session.execute(query).all():
        files = shared.get(version.document_id, ())
        attached = _attached(session, version, moment, last_run, files)
        if attached or run_id is None or version.document_id in asked:
            # a text that a later extractor took from the same bytes has none but revisits of its own
            held = session.get_one(Capture, capture.revisit_of) if capture.revisit_of is not None else capture
            page = Kept(version.id, held.warc_file, held.warc_offset, capture.url)
            found.append(Source(version.id, name, archive, page, context, attached))
    return found


def _may_have_files(run_id: int | None) -> ColumnElement[bool]:
    """Whether any file was ever attached to a page, or found to be, by a run of the site of a run."""
    attached = aliased(DocumentRow)
    this = select(Run.site_id).where(Run.id == run_id).scalar_subquery()
    found = select(Frontier.context["parent"].as_integer()).where(
        Frontier.run_id.in_(select(Run.id).where(Run.site_id == this)), Frontier.kind == "attachment"
    )
    return exists().where(attached.parent_id == Version.document_id) | Version.document_id.in_(found)


def _in_order_of(*order: Any, within: Select[int | None] | None) -> Subquery:
    """The captures that showed a version and stand on a ledger, each with its place in an order and what was known of it
    beforehand; only of some versions, where they are given."""
    place = func.row_number().over(partition_by=Showing.version_id, order_by=order)
    query = (
        select(
            Showing.version_id,
            Capture.id.label("capture_id"),
            Capture.run_id,
            Capture.fetched_at,
            Frontier.context,
            place.label("place"),
        )
        .join(Capture, Capture.id == Showing.capture_id)
        .join(
            Frontier,
            (Frontier.run_id == Capture.run_id) & (Frontier.url == Capture.url) & (Frontier.asked == ""),
        )
    )
    return (query if within is None else query.where(Showing.version_id.in_(within))).subquery()


def _pages_with_attachments(session: Session, run_id: int) -> set[int]:
    """The documents that a run found files or pictures attached to, had or not."""
    query = select(Frontier.context).where(Frontier.run_id == run_id, Frontier.kind == "attachment")
    return {context["parent"] for context in session.scalars(query) if "parent" in context}


def _shared_files(session: Session, run_id: int | None) -> dict[int, list[int]]:
    """The files that a page was found to link to, and that another had linked to before: their documents, by the page's.
    So it is with the files of a page that moved. Of the site of a run, or of all."""
    own = aliased(Frontier)
    page = own.context["parent"].as_integer()
    query = (
        select(page, DocumentRow.id)
        .distinct()
        .select_from(own)
        .join(DocumentUrl, DocumentUrl.url == own.url)
        .join(DocumentRow, DocumentRow.id == DocumentUrl.document_id)
        .where(own.kind == "attachment", DocumentRow.parent_id != page)
        .order_by(page, DocumentRow.id)
    )
    if run_id is not None:
        this = select(Run.site_id).where(Run.id == run_id).scalar_subquery()
        query = query.where(own.run_id.in_(select(Run.id).where(Run.site_id == this)))
    found: dict[int, list[int]] = {}
    for document, file in session.execute(query):
        found.setdefault(document, []).append(file)
    return found


def _attached(
    session: Session, page: Version, moment: datetime, run_id: int, shared: Sequence[int]
) -> tuple[Kept, ...]:
    """What each file attached to a page showed last while the page showed a version.

    Args:
        session: the store.
        page: the version.
        moment, run_id: when it was seen last, and the run that saw it, which fetched its files after it. What a later run
            found, or one that found the page to show something else, is not this version's.
        shared: the files that the page links to and that are entered as those of another page: of these what was fetched
            for this page is its own.
    """
    other = session.scalar(
        select(func.min(Capture.fetched_at))
        .join(Showing, Showing.capture_id == Capture.id)
        .where(
            Showing.document_id == page.document_id,
            Showing.version_id != page.id,
            Capture.fetched_at > moment,
        )
    )
    own: ColumnElement[bool] = DocumentRow.parent_id == page.document_id
    if shared:
        listed = aliased(Frontier)
        for_this_page = exists().where(
            listed.run_id == Capture.run_id,
            listed.url == Capture.url,
            listed.asked == "",
            listed.context["parent"].as_integer() == page.document_id,
        )
        own = own | (DocumentRow.id.in_(shared) & for_this_page)
    rows = session.execute(
        select(Showing.document_id, Showing.version_id, Capture)
        .join(Capture, Capture.id == Showing.capture_id)
        .join(DocumentRow, DocumentRow.id == Showing.document_id)
        .where(
            own,
            (Capture.fetched_at <= moment) | (Capture.run_id == run_id),
            *([Capture.fetched_at < other] if other is not None else []),
        )
        .order_by(Showing.document_id, Capture.fetched_at, Capture.record_id)
    )
    newest: dict[int, Kept] = {}
    for own_id, shown, capture in rows:
        held = session.get_one(Capture, capture.revisit_of) if capture.revisit_of is not None else capture
        newest[own_id] = Kept(shown, held.warc_file, held.warc_offset, capture.url)
    return tuple(newest.values())


def read_source(source: Source, limits: Limits) -> list[Told] | str:
    """Read a page and what is attached to it; a sentence where the page cannot be read. `limits` is what one file may take.

    The first is the report of the page: alone, or together with the files that hold what it lacks. Then follow the files
    that are a report of their own: a copy of the page's, or that of another agency or year.
    """
    site = _site(source.site)
    try:
        body, content_type = _body(source.archive, source.page)
        page = _reader(limits).extract(body, charset_hint=content_type)
        if len(reports_in(page, catalogue.load())) != 1:
            return SEVERAL
    except (OSError, UnreadableRecord, UnreadableBody, NotReadable) as error:
        return _why(error)
    alone = understand([page], source.page.url, source.context, site, catalogue.load(), regions.load())
    goes_on = further_pages_of(decode_text(body, content_type)[0], source.page.url)
    pictured = {target for a in page.pictured() if (target := absolute(source.page.url, a))}
    if not source.attached and not pictured and not goes_on:
        return _report([Told((source.version_id,), alone)])
    files = [file for kept in _in_order(page, source) for file in _file(kept, source.archive, limits)]
    attached = [file.kept for file in files]
    shown = {index for index, kept in enumerate(attached) if kept.url in pictured}
    further = {index for index, kept in enumerate(attached) if kept.url in goes_on}
    slug = source.context.get("agency")
    owner = site.agency_by_slug(slug) if slug else None
    bodies = owner.names(source.context.get("year")) if owner else ()
    chosen = choose_annexes(page, [file.document for file in files], shown, catalogue.load(), further, bodies)
    settled = _settled(page, source, files, chosen, goes_on)
    documents = [
        settled,
        *(file.document for i, file in enumerate(files) if i in chosen and file.document is not None),
    ]
    joint = understand(documents, source.page.url, source.context, site, catalogue.load(), regions.load())
    versions = [
        source.version_id,
        *(own for index in chosen if (own := attached[index].version_id) is not None),
    ]
    # What the attachments change is kept; where they change nothing the page was read already.
    changed = bool(chosen) or _whys(joint) != _whys(alone)
    takes_all = changed and _is_of_same(joint, alone)
    told = [Told(tuple(versions), joint) if takes_all else Told((source.version_id,), alone)]
    texts = {absolute(source.page.url, link.target): link.text for link in page.links}
    for index, (kept, file) in enumerate(zip(attached, files, strict=True)):
        if (
            (takes_all and index in chosen)
            or index in shown
            or file.document is None
            or kept.version_id is None
        ):
            continue
        context = {**source.context, "title": texts.get(kept.url) or source.context.get("title")}
        copy = understand([file.document], kept.url, context, site, catalogue.load(), regions.load())
        if copy.is_settled:
            told.append(Told((kept.version_id,), copy))
    return _report(told)


def _is_of_same(joint: Understood, alone: Understood) -> bool:
    """Whether a page read with its files is still what it is by itself: no file may make it another body's report, of another
    year than its title says, or none at all."""
    if not alone.is_settled:
        return joint.attribution.is_annual_report
    own, its = joint.attribution, alone.attribution
    return (
        joint.is_settled
        and joint.agency == alone.agency
        and (own.year == its.year or its.year_source != "title")
    )


def _whys(found: Understood) -> list[str | None]:
    values = found.reading.values if found.attribution.values is None else found.attribution.values
    return [value.why for value in values]


def keep_told(session: Session, told: Told, now: datetime) -> KeptReading:
    """Enter what was understood; what is there already is not entered again."""
    found = told.found
    assert found.agency is not None
    return readings.keep(session, told.version_ids, found.reading, found.attribution, found.agency.slug, now)


def _report(told: list[Told]) -> list[Told] | str:
    page = told[0].found
    if not page.attribution.is_annual_report:
        return f"the present reader takes it for no annual report: {page.attribution.reason}"
    if not page.is_settled:
        return "the present reader cannot say whose report it is, or of which year"
    return told


def _body(archive: Path, kept: Kept) -> tuple[bytes, str]:
    record = read_record(archive, kept.file, kept.offset)
    return record.decoded(), record.content_type


@dataclass(frozen=True, slots=True)
class _File:
    """An attached file: its document, or why it has none. `is_no_page` says that it is a picture of something else."""

    kept: Kept
    document: Document | None
    why: str = ""
    is_picture: bool = False
    is_no_page: bool = False

    @property
    def is_unread(self) -> bool:
        """Whether it is a picture that was not read, or a file with a page that is one."""
        if self.document is None:
            return self.is_picture and not self.is_no_page
        return any(picture.target is None for picture in self.document.pictures())


def _in_order(page: Document, source: Source) -> list[Kept]:
    """The attached files in the order in which they stand on the page: a table may go on from one to the next."""
    written = [*(link.target for link in page.links), *page.pictured()]
    places: dict[str | None, int] = {}
    for place, address in enumerate(written):
        places.setdefault(absolute(source.page.url, address), place)
    return sorted(source.attached, key=lambda kept: places.get(kept.url, len(written)))


def _file(kept: Kept, archive: Path, limits: Limits) -> list[_File]:
    """A file, or each report in it where it is an archive of several."""
    is_picture = False
    try:
        body, content_type = _body(archive, kept)
        is_picture = kind_of(body).media_type.startswith("image/")
        found = _reader(limits).extract(body, charset_hint=content_type)
    except NoPage as error:
        return [_File(kept, None, str(error), is_picture=True, is_no_page=True)]
    except (OSError, UnreadableRecord, UnreadableBody, NotReadable) as error:
        return [_File(kept, None, _why(error), is_picture)]
    if kept.version_id is None:
        why = "Its text was not taken when it was harvested; the next harvest takes it."
        return [_File(kept, None, why, is_picture)]
    reports = reports_in(found, catalogue.load())
    return [_File(kept, report, "", is_picture) for report in reports] or [_File(kept, None, MIXED)]


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"{Path(os.fsdecode(error.filename)).name} is not in the archive any more"
    return str(error)


def _settled(
    page: Document,
    source: Source,
    files: Sequence[_File],
    chosen: Sequence[int],
    goes_on: Sequence[str],
) -> Document:
    """The page without its links to the files and pictures that were fetched and read: they hold nothing any more that is
    not known. A file that could not be read may hold any table, and so may pages of one; a picture may be one."""
    by_url = {file.kept.url: file for file in files}
    links = [link for link in page.links if absolute(source.page.url, link.target) not in by_url]
    remarks = [
        remark
        for remark in page.remarks
        if not remark.startswith(PICTURE)
        and not (
            remark.startswith(FRAMED)
            and absolute(source.page.url, remark.removeprefix(FRAMED).strip()) in by_url
        )
    ]
    remarks += [
        f"{LOST_TABLE} the text goes on at {url}, which was not had" for url in goes_on if url not in by_url
    ]
    blocks = page.blocks
    pictured: set[str] = set()
    for address in page.pictured():
        url = absolute(source.page.url, address)
        pictured.add(url or "")
        if url is None:  # in the page itself: it was not looked at
            remarks.append(f"{PICTURE} {address}")
        elif url not in by_url or not by_url[url].is_picture:
            remarks.append(f"{PICTURE_NOT_HAD} {url}")
    for index, file in enumerate(files):
        url, document = file.kept.url, file.document
        if document is not None and file.is_unread and index not in chosen:
            remarks += [remark for remark in document.remarks if remark not in remarks]
        if file.is_picture and file.is_unread:
            remarks.append(f"{PICTURE} {url}")
            if document is None:
                remarks.append(f"the picture {url} was not read: {file.why}")
        elif document is None and not file.is_picture and url not in pictured:
            remarks.append(f"{LOST_TABLE} the file {url} could not be read. {file.why}")
        elif file.is_unread and index not in chosen:
            blocks = (*blocks, Picture())
    return replace(page, links=tuple(links), remarks=tuple(remarks), blocks=blocks)


def _reader(limits: Limits) -> Confined:
    return _reader_of(os.getpid(), limits)


@cache
def _reader_of(_process: int, limits: Limits) -> Confined:
    return Confined(limits)  # one in each process that asks, never its parent's; it ends with the process


@cache
def _site(name: str) -> Site:
    return load_site(name).site
