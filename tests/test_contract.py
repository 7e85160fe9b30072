"""The contract of the schemes: every question has an answer with its article, every plant is translated, no cell breaks."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from capcode.interpreter.answers import ERROR, NO_LAW, NOT_ENCODED, Answers, Cell
from capcode.interpreter.api import load, schemes
from capcode.interpreter.ask_compare import usual_views
from capcode.interpreter.plants import shipped_plants

VIEWS = usual_views()
SCHEMES = sorted(set(schemes()) - {"example"})


@cache
def answers(view: str) -> Answers:
    law = load(view)
    found = Answers(law, VIEWS[view])
    for name, path in shipped_plants().items():
        found.add_plant(name, law.facts(path))
    return found


def test_the_usual_comparison_has_every_scheme_once() -> None:
    named = [view.partition("@")[0].partition("+")[0] for view in VIEWS]

    assert sorted(named) == SCHEMES
    assert all(date(2008, 1, 1) <= day <= date(2030, 1, 1) for day in VIEWS.values())


@pytest.mark.parametrize("view", VIEWS)
def test_every_question_is_answered_with_an_article(view: str) -> None:
    """Also an answer that is not known cites the text that leaves it open; only before the first text there is none."""
    asked = answers(view)
    questions = asked.program.questions

    assert set(questions) == set(asked.rules)
    for name, question in questions.items():
        if question.entity is None:
            cell = asked.of_scheme(name)
            assert cell.state not in (ERROR, NOT_ENCODED), (name, cell.reasons)
            assert cell.articles or cell.state == NO_LAW, name


@pytest.mark.parametrize("view", VIEWS)
def test_every_reference_plant_is_translated(view: str) -> None:
    """Each question of a plant is answered, or says what is missing; none is an error, none says that nothing is encoded."""
    asked = answers(view)

    for plant in shipped_plants():
        for name, question in asked.program.questions.items():
            if question.entity is not None:
                cell = asked.of_plant(plant, name)
                assert cell.state not in (ERROR, NOT_ENCODED), (plant, name, cell.reasons)
                assert has_reason(cell), (plant, name)


def has_reason(cell: Cell) -> bool:
    """A cell without a value says why, or names the article."""
    return cell.state == "value" or bool(cell.reasons) or bool(cell.articles)


@pytest.mark.long
@pytest.mark.parametrize("view", VIEWS)
def test_a_path_does_not_depend_on_the_year_of_the_mapping(view: str) -> None:
    """A comparison reads a plant by the mapping of one year and follows it through all: each year's own mapping says the same."""
    usual = answers(view)
    for year in range(2013, 2035):
        own = Answers(usual.law, date(year, 7, 1))
        for name in shipped_plants():
            own.add_plant(name, usual.facts_of(name))
            one = usual.of_plant(name, "free_allocation", usual.year_of(year), explained=False)
            two = own.of_plant(name, "free_allocation", own.year_of(year), explained=False)
            assert (one.state, one.number) == (two.state, two.number), (name, year)
