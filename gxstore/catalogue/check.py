"""Checks that a catalogue holds together: nothing is orphaned, and every code that is named is there."""

from collections.abc import Iterator, Mapping

from gxstore.catalogue.types import Catalogue, CatalogueError, Rule


def check(catalogue: Catalogue, ids: Mapping[str, int]) -> None:
    """Raises CatalogueError for the first thing that does not fit together."""
    codes: set[str] = set()
    shorts: set[str] = set()
    for indicator in catalogue.indicators:
        name = f"{indicator.table}.csv" if indicator.table != "t3" else "t3_rows.csv"
        if indicator.code in codes:
            raise CatalogueError(f"{name} of the catalogue gives the code {indicator.code} twice.")
        if indicator.short in shorts or len(indicator.short) > 32:
            raise CatalogueError(
                f"{name} of the catalogue: the short name {indicator.short} of {indicator.code} is taken or too "
                "long. Give it one of its own of 32 characters or fewer."
            )
        for edition in (*indicator.editions, *indicator.may_print_in):
            if edition not in {e.code for e in catalogue.editions}:
                raise CatalogueError(
                    f"{name} of the catalogue: {indicator.code} names the edition {edition}, which form.toml lacks."
                )
        codes.add(indicator.code)
        shorts.add(indicator.short)
    for code in ids:
        if code not in codes:
            raise CatalogueError(
                f"ids.csv of the catalogue names {code}, which no table has. Ids are never freed."
            )
    parents = codes | {group.code for group in catalogue.groups}
    for owner, parent, name in [
        *((g.code, g.parent, "groups.csv") for g in catalogue.groups),
        *((i.code, i.parent, f"{i.table}.csv") for i in catalogue.indicators),
    ]:
        if parent is not None and parent not in parents:
            raise CatalogueError(
                f"{name} of the catalogue: {owner} has the parent {parent}, which is not there."
            )
    facts = {fact.code for fact in catalogue.facts}
    for rule in catalogue.rules:
        for code in _named_by(rule):
            if code not in codes:
                raise CatalogueError(
                    f"rules.toml of the catalogue: the rule {rule.id} names {code}, which is not there."
                )
    for line in catalogue.crosswalk:
        for code in (*line.source.codes, *(line.to.codes if line.to else ())):
            if code not in codes | facts:
                raise CatalogueError(
                    f"crosswalk.csv of the catalogue: {line.concept} names {code}, which is not there."
                )
    for form in catalogue.editions:
        printed = len(catalogue.of_edition(form.code))
        if form.cells is not None and printed != form.cells:
            raise CatalogueError(
                f"form.toml of the catalogue says that {form.code} prints {form.cells} cells, its tables have "
                f"{printed}."
            )


def _named_by(rule: Rule) -> Iterator[str]:
    if rule.op == "integer>=0":  # runs over every count; its `each` is a sentence
        return
    try:
        for left, right in rule.instances():
            for term in (*left, *right):
                if isinstance(term, str):
                    yield term.removeprefix("-").removesuffix("@-1")
    except (KeyError, IndexError) as error:
        raise CatalogueError(
            f"rules.toml of the catalogue: the rule {rule.id} uses the name {error}, which its `each` lacks."
        ) from error
