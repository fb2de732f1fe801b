"""The yearly refetch. The store says what is due; the trigger only nudges, and plain cron does as well.

APScheduler 3 with its job store in the same database: one yearly job a site, in Asia/Shanghai, never missed
(`misfire_grace_time=None`: the default drops a job that is a second late), late ones made up for once
(`coalesce`), one instance at a time. Each harvest runs in a process of its own.
"""

import logging
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from crawler.sites import Site, Yearly
from gxstore.models import Run
from gxstore.models import Site as SiteRow

log = logging.getLogger(__name__)

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A harvest that failed outright is tried again after this time, not at every nudge.
_RETRY = timedelta(hours=24)
_JOB_TABLE = "apscheduler_jobs"


@dataclass(frozen=True, slots=True)
class Due:
    """How a site stands: whether it is due now, since when (or from when), and why, in a plain sentence."""

    site: str
    due: bool
    moment: datetime
    why: str


def last_moment(yearly: Yearly, now: datetime) -> datetime:
    """The last yearly moment at or before now."""
    local = now.astimezone(SHANGHAI)
    moment = datetime(local.year, yearly.month, yearly.day, yearly.hour, tzinfo=SHANGHAI)
    return moment if moment <= local else moment.replace(year=local.year - 1)


def next_moment(yearly: Yearly, now: datetime) -> datetime:
    """The first yearly moment after now."""
    moment = last_moment(yearly, now)
    return moment.replace(year=moment.year + 1)


def in_window(window: str | None, now: datetime) -> bool:
    """Whether a harvest may start now, by the site's hours (Asia/Shanghai); they may run over midnight."""
    if window is None:
        return True
    begin, end = window.split("-")
    clock = now.astimezone(SHANGHAI).strftime("%H:%M")
    return begin <= clock < end if begin <= end else clock >= begin or clock < end


def how_due(site: Site, now: datetime, last: Run | None, last_good: Run | None) -> Due:
    """Judge whether a site is due.

    Args:
        site: the site file.
        now: the present.
        last: the newest whole (not narrowed) run of the site.
        last_good: the newest whole run since the yearly moment that ended `ok`; if there is none, the newest that ended `ok` or
            `partial`.
    """
    moment = last_moment(site.schedule, now)
    shown = f"{moment:%Y-%m-%d %H:%M}"
    if last_good is not None and last_good.started >= moment:
        following = next_moment(site.schedule, now)
        how = "harvested"
        if last_good.outcome == "partial":
            how = f"harvested in part (run {last_good.id} was partial)"
        return Due(site.name, False, following, f"{how} since {shown}; next on {following:%Y-%m-%d %H:%M}")
    if last is not None and last.finished is None:
        why = "a harvest was begun and not finished"
    elif last is not None and last.started >= moment:
        again = last.started + _RETRY
        if now < again:
            local = again.astimezone(SHANGHAI)
            return Due(
                site.name, False, local, f"the last harvest failed; tried again from {local:%Y-%m-%d %H:%M}"
            )
        why = "the last harvest failed a day ago"
    else:
        why = f"no harvest since {shown}"
    if not in_window(site.manners.window, now):
        return Due(site.name, False, moment, f"{why}; waits for its window {site.manners.window}")
    return Due(site.name, True, moment, why)


def due_sites(engine: Engine, sites: Iterable[Site], now: datetime) -> list[Due]:
    """How each site stands, by what the store knows of its runs."""
    found = []
    with Session(engine) as session:
        for site in sites:
            whole = [
                run
                for run in session.scalars(
                    select(Run)
                    .join(SiteRow, SiteRow.id == Run.site_id)
                    .where(SiteRow.name == site.name)
                    .order_by(Run.id.desc())
                )
                if not any(run.narrowed.values())
            ]
            moment = last_moment(site.schedule, now)
            good = next((run for run in whole if run.outcome == "ok" and run.started >= moment), None)
            good = good or next((run for run in whole if run.outcome in ("ok", "partial")), None)
            found.append(how_due(site, now, whole[0] if whole else None, good))
    return found


def plan(scheduler: BaseScheduler, sites: Iterable[Site], *, replica: bool) -> None:
    """Enter one yearly job a site, taking the times of the site files over; jobs of sites without a file go."""
    names = set()
    for site in sites:
        names.add(job_id(site.name))
        scheduler.add_job(
            nudge,
            CronTrigger(
                month=site.schedule.month,
                day=site.schedule.day,
                hour=site.schedule.hour,
                minute=0,
                timezone=SHANGHAI,
            ),
            args=[site.name, replica],
            id=job_id(site.name),
            name=f"yearly harvest of {site.name}",
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
            max_instances=1,
        )
    for job in scheduler.get_jobs():
        if job.id not in names:
            job.remove()


def job_id(site: str) -> str:
    """The id of a site's yearly job."""
    return f"yearly:{site}"


def blocking_scheduler(engine: Engine) -> BlockingScheduler:
    """A scheduler that runs until it is stopped, with its jobs in the store."""
    return BlockingScheduler(jobstores={"default": _jobs(engine)}, timezone=SHANGHAI)


def planned(engine: Engine) -> list[tuple[str, datetime | None]]:
    """The jobs in the store: name and next time, without starting anything."""
    scheduler = BackgroundScheduler(jobstores={"default": _jobs(engine)}, timezone=SHANGHAI)
    scheduler.start(paused=True)
    try:
        return [(job.name, job.next_run_time) for job in scheduler.get_jobs()]
    finally:
        scheduler.shutdown(wait=False)


def _jobs(engine: Engine) -> SQLAlchemyJobStore:
    return SQLAlchemyJobStore(engine=engine, tablename=_JOB_TABLE)


def nudge(site: str, replica: bool = False) -> None:
    """Let one site be harvested, if the store says that it is due, in a process of its own.

    Module-level with plain arguments, since the job store keeps it by import path.
    """
    harvest_in_process(["--due", "--site", site], replica=replica)


def sweep(replica: bool = False) -> None:
    """Let every due site be harvested: what a start-up makes up for."""
    harvest_in_process(["--due"], replica=replica)


def harvest_in_process(arguments: list[str], *, replica: bool) -> int:
    """Run `gxcrawl run` with these arguments in another process; returns its exit code."""
    words = [sys.executable, "-m", "crawler", "run", *arguments, *(["--replica"] if replica else [])]
    log.info("starting %s", " ".join(words[2:]))
    code = subprocess.run(words, check=False).returncode
    log.info(
        "ended with %d: %s at %s", code, " ".join(words[2:]), datetime.now(UTC).isoformat(timespec="seconds")
    )
    return code
