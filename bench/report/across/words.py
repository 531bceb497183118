"""Says in words what ranks over data sets mean, and what they don't."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.records.wording import counted
from bench.report.across.claims import AT_LEAST, RATED_FROM, Claims
from bench.report.across.overall import Overall, Standing
from bench.report.statistics import LEVEL


def sentences(across: Overall) -> list[str]:
    """What a reader of the table has to know, one sentence or two at a time."""
    return list(_sentences(across))


def _sentences(across: Overall) -> Iterator[str]:
    count = len(across.data_sets)
    if not across.compared:
        yield "No two families share two data sets, so there are no ranks."
        return
    yield (
        f"Mean rank is over {counted(count, 'data set')} that all "
        f"{len(across.compared)} ranked families share, without references; several "
        "seeds of a data set are averaged first."
    )
    yield from _left_out(across)
    if across.mixes_budgets:
        yield "Budgets differ between rows, so a rank may be due to a longer search."
    yield (
        "Leads is the number of these data sets on which a family is first, or may be "
        "as good as the first row."
    )
    if across.claims is None:
        yield (
            f"{counted(count, 'data set')} are too few for a claim about other data "
            f"sets; from {AT_LEAST} on, ranks are tested."
        )
        return
    yield from _claimed(across.claims)
    yield from _intervals(across, count)


def _left_out(across: Overall) -> Iterator[str]:
    """Which families and data sets have no ranks, and why."""
    names = [standing.name for standing in across.compared]
    families = [
        f"{standing.name} ({_missing(across, standing)})"
        for standing in across.standings
        if standing.mean_rank is None
    ]
    conditions = [
        f"{each.title} (without {_listed([n for n in names if n not in each.scores])})"
        for each in across.conditions
        if not each.is_compared
    ]
    if families or conditions:
        yield (
            "Ranked is the largest table in which no score is missing. Left out: "
            f"{'; '.join((*families, *conditions))}."
        )


def _missing(across: Overall, standing: Standing) -> str:
    found = [
        each.title
        for each, score in zip(across.conditions, standing.scores, strict=True)
        if each.is_compared and score is None
    ]
    return f"not on {_listed(found)}"


def _claimed(claims: Claims) -> Iterator[str]:
    pairs = counted(claims.pairs, "pair")
    if claims.friedman_p is not None:
        differ = (
            "The families differ in rank"
            if claims.differ
            else "It is not clear that the families differ in rank at all"
        )
        yield f"{differ} (Friedman test, {_p(claims.friedman_p)})."
    if claims.smallest_p >= LEVEL:
        yield _undetectable(claims)
        return
    how = f"{claims.test}, Holm's correction for {pairs}, p < {LEVEL:g}"
    if not claims.clear:
        yield f"No two families can be told apart ({how})."
    for place, name in enumerate(claims.families):
        worse = [claims.families[other] for one, other in claims.clear if one == place]
        if worse:
            yield f"{name} ranks better than {_listed(worse)} ({how})."


def outcome(claims: Claims) -> str:
    """What a critical-difference drawing says, and by which test."""
    said = "A bar joins families of which no two can be told apart"
    if claims.smallest_p >= LEVEL:
        said = f"No two can be told apart with fewer than {claims.needed} data sets"
    elif not claims.differ:
        said = "No two are compared, since the families may all be alike"
    pairs = counted(claims.pairs, "pair")
    return f"{said}: {claims.test}, Holm's correction for {pairs}, 5%"


def _undetectable(claims: Claims) -> str:
    uncorrected = 2.0 ** (1 - claims.data_sets)
    pairs = counted(claims.pairs, "pair")
    return (
        f"With {counted(claims.data_sets, 'data set')} no two of "
        f"{len(claims.families)} families can be told apart, however clear they look: "
        f"if one is ahead on all of them, the {claims.test} gives "
        f"p = {uncorrected:.4g}, which Holm's correction for {pairs} raises to "
        f"{claims.smallest_p:.4g}. At least {claims.needed} data sets are needed."
    )


def _intervals(across: Overall, count: int) -> Iterator[str]:
    text = "In brackets stands the 95% bootstrap interval over data sets"
    if count < RATED_FROM:
        text += f", which is too narrow where they are as few as {count}"
    yield f"{text}."
    if across.compared[0].elo is not None:
        fixed = "the mean" if across.anchor is None else across.anchor
        yield (
            "Elo is fitted to who is ahead of whom on each data set (Bradley-Terry): "
            f"400 more are odds of 10 to 1, and {fixed} has 1000."
        )


def _p(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.2g}"


def _listed(names: Sequence[str]) -> str:
    *first, last = names or ("none",)
    return f"{', '.join(first)} and {last}" if first else last
