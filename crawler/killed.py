"""Closes a run that was killed and is not gone on with: in the archive, then in the store, like one that came to its end.

Whatever the store has of such a run (how it began, its ledger, what was read of the pages that it did have) is told to the
archive, so that a store made anew has it too.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from archive.account import BEGUN, ENDED, LEDGER, runs_told
from archive.warc import Origin, WarcWriter
from crawler.manners import TOOL
from crawler.registering import Registration
from crawler.replaying import end_content, read_pages, run_content
from crawler.rereading import keep_told, sources
from crawler.settings import Settings
from crawler.sites import LoadedSite
from gxstore import catalogue, runs
from gxstore.comparing import compare_reports
from gxstore.ledgers import ledger_text
from gxstore.models import Run


def close_killed(
    engine: Engine,
    settings: Settings,
    loaded: LoadedSite,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
) -> None:
    """Close the newest run of a site if it never ended.

    Args:
        engine: the store.
        settings: where the archive lies, no file of which is in progress any more (`recover`) and of which the store has what
            the run told it (`adopt`); and what reading a file may take.
        loaded: the site.
        now: the clock, in UTC, to the millisecond.
        new_id: gives a fresh UUID.

    Raises:
        CannotWrite: the archive folder cannot be written; the run stays as it is.
    """
    site = loaded.site.name
    with Session(engine) as session:
        killed = runs.unfinished_run(session, site)
        if killed is None:
            return
        same = loaded.digest == killed.config_digest  # else nobody knows any more what it registered
        said = run_content(killed, site, Registration.of(loaded.site) if same else None)
        number, started = killed.id, killed.started
        origin = Origin(TOOL, killed.config_digest, killed.vantage)
    told = any(account.began for account in runs_told(settings.archive, site=site, run=number))
    with WarcWriter(
        settings.archive,
        site=site,
        run=number,
        origin=origin,
        clock=now,
        new_id=new_id,
        max_bytes=settings.warc_size,
    ) as writer:
        if not told:
            writer.write_statement(BEGUN, said, at=started)
        moment = now()
        with Session(engine) as session:
            pages = sources(session, settings.archive, run_id=number)
        for page in read_pages(pages, settings.reading_limits):
            with Session(engine) as session, session.begin():
                keep_told(session, page, moment)
        with Session(engine) as session, session.begin():
            run = session.get_one(Run, number)
            compare_reports(session, runs.agencies_read(session, number), catalogue.load())
            runs.close_killed(session, site, now())
            session.flush()
            writer.write_statement(LEDGER, ledger_text(session, number))
            writer.write_statement(ENDED, end_content(run, moment), at=run.finished)
