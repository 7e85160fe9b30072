"""Grafts: a donor's rule in the place of the host's answer: values, marks, units, memory, bindings, and what is refused."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from capcode.dsl.find import check_named
from capcode.interpreter.api import Law, Refused, load
from capcode.interpreter.cli import cli
from capcode.interpreter.what_if import load_changed

HOST = """language 1
scheme host "Host"
  currency EUR
  year starts 1 April named by first year
  uses compare.questions
instrument host_act "Host Act" in force 2020-04-01
instrument host_draft "Host draft" proposed
unit HA "Host allowance" covers 2 tCO2e
entity operator
  emitted : tCO2e each year
  exempt : yes/no unless stated no
rule owed of operator each year : HA or none not rounded answers obligation
  cites host_act "Art 1" from 2020
    = not applicable because "exempt" when exempt
    = emitted × 1 HA per tCO2e otherwise
rule limit of operator each year : HA not rounded
  cites host_act "Art 2" from 2020 = 10% × emitted × 1 HA per tCO2e
  cites host_draft "Art 2" from 2020 = 90% × emitted × 1 HA per tCO2e
rule credits_allowed of operator each year : HA or none not rounded answers offset_limit
  cites host_act "Art 2" from 2020 = limit
rule credits_used of operator each year : HA not rounded
  cites host_act "Art 3" from 2020 = 50% × limit
rule may_be_banked of operator each year : HA not rounded answers bankable
  cites host_act "Art 4" initially = 100 HA
                          from 2020 = may_be_banked last year + 10 HA
rule share each year : ratio answers offset_share
  cites host_act "Art 2" from 2020 = 10%
rule fee each year : EUR per tCO2e not rounded answers price_floor
  cites host_act "Art 5" from 2020 = 30 EUR per tCO2e
"""
DONOR = """language 1
scheme donor "Donor"
  currency USD
  year starts 1 January
  uses compare.questions
instrument donor_act "Donor Act" in force 2015-01-01
instrument donor_plan "Donor Plan" in force 2023-01-01
instrument donor_late "Donor Plan of 2025" in force 2025-01-01
instrument donor_bill "Donor Bill" proposed
unit DA "Donor allowance" covers 0.5 tCO2e
period phase "Phase" : one 2015 to 2022, two 2023 to 2030
entity company
  released : tCO2e each year
  part_of_released : ratio each year
table shares keyed by phase cites donor_act "Annex"
  column part : ratio
  | 2015 | 20% | ;
  | 2023 | 5%  | ;
rule due of company each year : DA not rounded answers obligation
  cites donor_act "Art 1" from 2015 = released × 1 DA per tCO2e
rule share_of_phase each phase : ratio
  cites donor_act "Art 2" from 2015 = part of entry (this phase) of shares
rule offset_share each year : ratio answers offset_share
  cites donor_act "Art 2" unchecked from 2015 = share_of_phase
  cites donor_bill "Art 2" from 2015 = 1%
rule allowed of company each year : DA rounded down to 1 DA answers offset_limit
  cites donor_act "Art 3" from 2015 = offset_share × due
  cites donor_late "Art 3" from 2025 = 0 DA
rule kept_for_later of company each year : DA not rounded answers bankable
  cites donor_act "Art 4" initially = 0 DA
                          from 2015 = 50% × kept_for_later last year
rule floor each year : USD per tCO2e not rounded answers price_floor
  cites donor_act "Art 5" from 2015 = 20 USD per tCO2e
rule ceiling each year : EUR per tCO2e not rounded answers price_ceiling
  cites donor_act "Art 5" from 2015 = 20 EUR per tCO2e
rule free_units of company each year : DA not rounded answers free_allocation
  cites donor_act "Art 6" from 2015 = part_of_released × released × 1 DA per tCO2e
"""
FACTS = {"operator": {"a": {"emitted": {"2022": "1000 tCO2e", "2023": "1001 tCO2e", "2026": "1000 tCO2e"}}, "b": {"exempt": "yes"}}}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("host", HOST), ("donor", DONOR)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "law.rules").write_text(text, encoding="utf-8")
    return tmp_path


def _derived(root: Path, graft: str, view: str = "host@2023-04-01", more: str = "") -> Law:
    (root / "joined").mkdir()
    (root / "joined" / "law.rules").write_text(f'language 1\nscheme joined "Joined" is {view}\n  {graft}\n{more}', encoding="utf-8")
    return load("joined", roots=[str(root)])


def _problems(root: Path, graft: str, view: str = "host@2023-04-01") -> list[str]:
    with pytest.raises(Refused) as refused:
        _derived(root, graft, view)
    assert all(d.title and d.why and d.next for d in refused.value.diagnostics)
    return [d.code for d in refused.value.diagnostics]


def _of(law: Law, ask: str, period: str) -> Any:
    return law.evaluate(FACTS, ask, period)


LIMIT = "graft offset_limit from donor@2024-01-01 reading due as host.owed keeping offset_share"


def test_value_in_the_units_of_both(root: Path) -> None:
    """1001 host units of 2 t are 4004 donor units of 0.5 t; 5 % of them, rounded down to one, is 200; that is 50 of the host."""
    law = _derived(root, LIMIT)
    found = _of(law, "limit of a", "2023")

    assert found.value == Fraction(50)
    assert found.unit == "HA"
    assert "grafted (graft_offset_limit)" in found.marks
    assert 'unchecked (donor.donor_act "Art 2")' in found.marks


def test_other_rules_of_the_host_use_it(root: Path) -> None:
    """The answer that only hands the limit on, and what is worked out from the limit."""
    law = _derived(root, LIMIT)

    assert _of(law, "credits_allowed of a", "2023").value == 50
    assert _of(law, "credits_used of a", "2023").value == 25
    assert "grafted (graft_offset_limit)" in _of(law, "credits_used of a", "2023").marks
    assert _of(law, "owed of a", "2023").marks == ()


def test_from_the_day_of_the_host_view(root: Path) -> None:
    law = _derived(root, LIMIT)
    before = _of(law, "limit of a", "2022")

    assert before.value == 100
    assert before.marks == ()


def test_from_the_next_period_where_the_day_lies_inside_one(root: Path) -> None:
    law = _derived(root, LIMIT, "host@2022-06-01")

    assert _of(law, "limit of a", "2022").value == 100
    assert _of(law, "limit of a", "2023").value == 50


def test_without_a_day_for_all_periods(root: Path) -> None:
    """2022 in Japan's way of counting begins in the donor's first phase: 20 %."""
    law = _derived(root, LIMIT, "host")

    assert _of(law, "limit of a", "2022").value == 200
    assert _of(law, "limit of a", "2023").value == 50


def test_the_donor_is_asked_in_its_own_view(root: Path) -> None:
    """A later text of the donor is not heard; a proposal is where the view chooses it."""
    assert _of(_derived(root, LIMIT), "limit of a", "2026").value == 50
    law = _derived_again(root, LIMIT.replace("donor@2024-01-01", "donor@2024-01-01+donor_bill"))
    found = _of(law, "limit of a", "2026")
    assert found.value == 10
    assert "proposed (donor.donor_bill)" in found.marks
    late = _derived_again(root, LIMIT.replace("donor@2024-01-01", "donor"))
    assert _of(late, "limit of a", "2026").value == 0


def _derived_again(root: Path, graft: str) -> Law:
    (root / "joined" / "law.rules").write_text(f'language 1\nscheme joined "Joined" is host@2023-04-01\n  {graft}\n', encoding="utf-8")
    return load("joined", roots=[str(root)])


def test_it_stands_above_the_host_proposals_and_the_choice_of_the_view_counts(root: Path) -> None:
    """`is host+host_draft`: the draft is chosen wherever the derived scheme is asked; the graft still stands above it."""
    law = _derived(root, LIMIT, "host@2023-04-01+host_draft")

    assert _of(law, "limit of a", "2022").value == 900
    assert _of(law, "limit of a", "2023").value == 50


def test_an_absent_answer_of_the_host_stays_one(root: Path) -> None:
    law = _derived(root, LIMIT)

    assert _of(law, "limit of b", "2023").status == "not_applicable"


def test_memory_starts_from_the_host(root: Path) -> None:
    """The host's balance at the end of 2022 is 130; the donor's law halves it from 2023 on."""
    law = _derived(root, "graft bankable from donor@2024-01-01")

    assert [_of(law, "may_be_banked of a", y).value for y in ("2021", "2022", "2023", "2024")] == [
        Fraction(n) for n in ("120", "130", "65", "32.5")
    ]  # fmt: skip
    assert "grafted (graft_bankable)" in _of(law, "may_be_banked of a", "2024").marks


def test_explanation_names_both_laws(root: Path) -> None:
    told = _of(_derived(root, LIMIT), "limit of a", "2023").explain()

    assert "by Graft, allowed of donor@2024-01-01 reading due as joined.owed keeping offset_share" in told
    assert "by Donor Act, Art 3" in told
    assert "donor.offset_share in 2023" in told
    assert "by Host Act, Art 1" in told


def test_onto_itself_changes_nothing_but_the_mark(root: Path) -> None:
    law = _derived(root, "graft offset_share from host")
    found, plain = _of(law, "share", "2023"), load("host", roots=[str(root)]).evaluate(FACTS, "share", "2023")

    assert found.value == plain.value
    assert found.marks == ("grafted (graft_offset_share)",)


def test_a_unit_of_the_questions_is_one_unit_in_all_schemes(root: Path) -> None:
    for name, power in (("host", 10), ("donor", 20)):
        text = f'rule size each year : MW or none answers capacity_threshold\n  cites {name}_act "Art 9" from 2020 = {power} MW\n'
        (root / name / "size.rules").write_text("language 1\n" + text, encoding="utf-8")
    found = _of(_derived(root, "graft capacity_threshold from donor"), "size", "2023")

    assert found.value == 20
    assert found.unit == "MW"


def test_two_grafts_from_one_donor(root: Path) -> None:
    law = _derived(root, LIMIT + "\n  graft bankable from donor@2024-01-01")

    assert _of(law, "limit of a", "2023").value == 50
    assert _of(law, "may_be_banked of a", "2023").value == 65


@pytest.mark.parametrize(
    ("graft", "code"),
    [
        ("graft price_floor from donor", "T018"),  # dollars are no euros
        ("graft offset_limit from donor@2024-01-01 reading due as host.fee keeping offset_share", "T013"),
        ("graft offset_limit from donor@2024-01-01 reading due as host.owed", "N017"),
        ("graft offset_limit from donor@2024-01-01 reading due as host.nothing keeping offset_share", "N003"),
        ("graft offset_limit from donor@2024-01-01+no_text reading due as host.owed keeping offset_share", "V001"),
        ("graft price_ceiling from donor", "N016"),
        ("graft offset_limit from nowhere", "N003"),
        ("graft offset_share from joined", "N022"),
        ("graft offset_share from host graft offset_share from host", "N022"),
        ("graft offset_share from host\n" * 2000, "L006"),
    ],
)
def test_refused(root: Path, graft: str, code: str) -> None:
    assert _problems(root, graft)[0] == code


def test_a_circle_through_the_donor_ends(root: Path) -> None:
    (root / "other").mkdir()
    (root / "other" / "law.rules").write_text('language 1\nscheme other "O" is host\n  graft offset_share from joined\n', encoding="utf-8")

    assert _problems(root, "graft offset_share from other")[0] in ("N022", "N023")


def test_a_rule_that_comes_back_to_itself(root: Path) -> None:
    """The grafted rule reads what the host works out from the answer: in one period, that has no beginning."""
    codes = _problems(root, "graft offset_limit from donor@2024-01-01 reading due as host.credits_used keeping offset_share")

    assert codes[0].startswith("R")


# ---------------------------------------------------------------- from the command line


def _asked(root: Path, *grafts: str, changes: tuple[str, ...] = (), period: str = "2023") -> Law:
    return load_changed("host", changes, grafts, period, (str(root),), None).law


def test_names_are_bound_through_shared_questions(root: Path) -> None:
    """What is of the company is the host's answer to the same question; the share, of the whole scheme, is kept."""
    law = _asked(root, "host.offset_limit from donor@2024-01-01")

    assert str(law.view) == "host+graft_offset_limit"
    assert [_of(law, "limit of a", y).value for y in ("2022", "2023")] == [100, 50]


def test_what_cannot_be_bound_is_said(root: Path) -> None:
    with pytest.raises(Refused) as refused:
        _asked(root, "host.offset_limit from donor@2024-01-01 keeping due, nothing")
    assert [d.title for d in refused.value.diagnostics] == ["there is no fact or rule of donor `nothing`"]

    (root / "host" / "more.rules").write_text(
        'language 1\nrule free of operator each year : HA not rounded answers free_allocation\n  cites host_act "Art 7" from 2020 = 1 HA\n',
        encoding="utf-8",
    )
    with pytest.raises(Refused) as unbound:
        _asked(root, "host.free_allocation from donor")
    (problem,) = unbound.value.diagnostics
    assert problem.code == "N017"
    assert "`part_of_released`, `released`" in problem.title
    assert "keeping part_of_released" in problem.next


def test_with_a_what_if(root: Path) -> None:
    law = _asked(root, "host.offset_limit from donor@2024-01-01", changes=("host.share=7%",))

    assert _of(law, "limit of a", "2023").value == 50
    assert _of(law, "share", "2023").value == Fraction(7, 100)
    with pytest.raises(Refused) as refused:
        _asked(root, "host.offset_limit from donor@2024-01-01", changes=("host.limit=7 HA",))
    assert refused.value.diagnostics[0].code == "Q038"


def test_with_a_what_if_on_top_of_a_saved_one(root: Path) -> None:
    """The one that was saved before stays in the view, and in the file."""
    saved = root / "host" / "what_if.rules"
    command = ["eval", "host", "--ask", "share", "--in", "2023", "--set", "host.fee=31 EUR per tCO2e", "--save", str(saved)]
    assert CliRunner().invoke(cli, [*command, "--root", str(root)]).exit_code == 0
    grafts = ["host.offset_limit from donor@2024-01-01"]
    both = load_changed("host+what_if", ["host.share=7%"], grafts, "2023", (str(root),), None)

    assert [_of(both.law, name, "2023").value for name in ("share", "fee")] == [Fraction(7, 100), 31]
    assert "is host@2023-04-01+what_if\n" in both.text


@pytest.mark.parametrize("settings", [(), ("host.share=7%",)])
def test_saved_as_a_scheme(root: Path, settings: tuple[str, ...]) -> None:
    """The file, in a folder of its own, gives the same results; an existing one, or a folder with law, is left alone."""
    (root / "mixed").mkdir()
    target = root / "mixed" / "mixed.rules"
    options = [o for s in settings for o in ("--set", s)]
    command = ["eval", "host", "--ask", "share", "--in", "2023", "--graft", "host.offset_limit from donor@2024-01-01", *options]
    done = CliRunner().invoke(cli, [*command, "--save", str(target), "--root", str(root)])
    assert done.exit_code == 0, done.output
    saved = load("mixed" + ("+what_if" if settings else ""), roots=[str(root)])
    asked = _asked(root, "host.offset_limit from donor@2024-01-01", changes=settings)

    for ask in ("limit of a", "credits_allowed of a", "credits_used of a", "credits_allowed of b", "share"):
        for year in ("2022", "2023"):
            one, two = _of(saved, ask, year), _of(asked, ask, year)
            assert (one.status, one.value, one.marks) == (two.status, two.value, two.marks)
    for other in (target, root / "host" / "new.rules", root / "no name.rules"):
        refused = CliRunner().invoke(cli, [*command, "--save", str(other), "--root", str(root)])
        assert refused.exit_code == 1
        assert "Q039" in refused.output


@pytest.mark.parametrize(
    "text",
    ["", "host", "host.offset_limit", "host.offset_limit from", "offset_limit from donor", "host.x from donor\nrule y : t",
     "a.b from c # d",
     "host.offset_limit from donor graft bankable from donor", "host.offset_limit from donor@today", "h" * 5000, "ho\u202est.q from donor"],
)  # fmt: skip
def test_no_graft(root: Path, text: str) -> None:
    with pytest.raises(Refused) as refused:
        _asked(root, text)
    assert [d.code for d in refused.value.diagnostics] == ["Q040"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("host.offset_limit from nowhere", "L001"), ("other.offset_limit from donor", "Q034"), ("host.no_question from donor", "N016"),
     ("host.price_floor from donor", "T018")],
)  # fmt: skip
def test_refused_on_the_command_line(root: Path, text: str, code: str) -> None:
    done = CliRunner().invoke(cli, ["eval", "host", "--ask", "share", "--in", "2023", "--graft", text, "--root", str(root)])

    assert done.exit_code == 1
    assert code in done.output
    assert "mistake of the program" not in done.output


def test_japan_with_koreas_offset_limit() -> None:
    """Korea's third plan let 5 % of the obligation be covered by credits; Japan's design of 2025 lets 10 % of emissions."""
    done = CliRunner().invoke(cli, [
        "compare", "--graft", "japan_gx.offset_limit from korea@2024-06-01", "--plant", "cement", "--years", "2026-2026", "--json",
    ])  # fmt: skip
    assert done.exit_code == 0, done.output
    cells = [c for c in json.loads(done.output)["cells"] if c["question"] == "offset_limit"]

    assert [c["view"] for c in cells] == ["japan_gx+interim_report", "japan_gx+graft_offset_limit+interim_report"]
    assert [c["value"] for c in cells] == ["100800", "50400"]
    assert "grafted (graft_offset_limit)" in cells[1]["rests_on"]


def test_diff_and_catalogue_know_it(root: Path) -> None:
    """A derived scheme is a scheme: its law is listed under its own names, and compared with the law that it is made from."""
    _derived(root, "graft bankable from donor@2024-01-01")
    listed = CliRunner().invoke(cli, ["rules", "joined", "--root", str(root)])
    compared = CliRunner().invoke(cli, ["diff", "host", "joined", "--root", str(root), "--effort", "5"])

    assert listed.exit_code == 0
    assert "donor.kept_for_later" in listed.output
    assert compared.exit_code == 0, compared.output
    assert "may_be_banked" in compared.output


def test_the_plain_scheme_is_untouched(root: Path) -> None:
    program = check_named("host", (str(root),)).program
    assert program is not None
    assert not program.grafts
    assert program.made_from is None
