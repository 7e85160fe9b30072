"""Wording of type, unit, period and clause checks (codes T, U, P and C)."""

from __future__ import annotations

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.limits import LIMITS
from capcode.dsl.source import Span


def mismatch(span: Span, wanted: str, found: str, why: str = "") -> Diagnostic:
    return Diagnostic(
        "T001",
        f"{wanted} is wanted here, this is {found}",
        span,
        why or "Values of different types never meet silently.",
        "Correct the expression, or the declared type.",
    )


def unit_mismatch(span: Span, left: str, right: str, left_span: Span, right_span: Span) -> Diagnostic:
    return Diagnostic(
        "U001",
        f"{left} and {right} cannot be added or compared",
        span,
        "Units are types: nothing converts by itself.",
        _conversion(left, right),
        related=((left_span, f"this is in {left}"), (right_span, f"this is in {right}")),
    )


def _conversion(left: str, right: str) -> str:
    if left == "ratio" or right == "ratio":
        other = right if left == "ratio" else left
        return f"Give the bare number its unit, `… {other}`; a share of something is a written product, `10% × …`."
    if " " in left + right:
        return "Write the conversion as a factor with its unit, where the law says so."
    return f"Write the conversion, for example `× 1 {left} per {right}` where the law says so."


def wrong_unit(span: Span, wanted: str, found: str) -> Diagnostic:
    return Diagnostic(
        "U002",
        f"the declared unit is {wanted}, this is {found}",
        span,
        "Units are types: nothing converts by itself.",
        _conversion(wanted, found),
    )


def not_a_number(span: Span, found: str) -> Diagnostic:
    step = "Put the condition behind the value: `= … when …`." if found == "yes/no" else "Correct the expression."
    return Diagnostic("T002", f"a number is wanted here, this is {found}", span, "Only numbers can be added, multiplied and rounded.", step)


def limit_absent(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "T015",
        f"`{what}` may give no amount",
        span,
        "`no limit` binds nothing; the other absent answers do not say how much counts.",
        "Let the rule give an amount in every case (0 where nothing is permitted), or `no limit`.",
    )


def not_yes_no(span: Span, found: str) -> Diagnostic:
    return Diagnostic(
        "T003",
        f"a condition is wanted here, this is {found}",
        span,
        "A condition is yes or no.",
        "Compare it with something, for example `… > 0 t`.",
    )


def unguarded(span: Span, what: str) -> Diagnostic:
    return Diagnostic(
        "T004",
        f"`{what}` may be absent here",
        span,
        "none, not applicable, not permitted and no limit are answers, not zeros: they never enter arithmetic.",
        f"Add `{what} is present` to the condition of this clause, and a clause for the other case.",
    )


def not_admitted(span: Span, word: str) -> Diagnostic:
    return Diagnostic(
        "T005",
        f"`{word}` is not admitted by the type",
        span,
        "A rule says in its type that it may have no value.",
        "Write `or none` behind the type in the head.",
    )


def exponent_range(span: Span) -> Diagnostic:
    return Diagnostic(
        "U003",
        "a unit is multiplied with itself too often here",
        span,
        "Exponents of units go from −3 to 3.",
        "Check the formula against the article.",
    )


def no_product_here(span: Span, unit: str, field: str) -> Diagnostic:
    return Diagnostic(
        "U004",
        f"`{unit}` has no meaning here",
        span,
        f"It is one unit of what the field `{field}` of a row names, and no such row is at hand.",
        f"Use it in an entity that has `{field}`, or below one.",
    )


def unlike_products(span: Span, unit: str) -> Diagnostic:
    return Diagnostic(
        "U005",
        f"rows that make different products are aggregated in {unit}",
        span,
        "Each row's unit is that of its own product, and outputs of two products are never added or compared.",
        "Multiply by a figure per unit first: `sum of benchmark_value × activity over …`.",
    )


def balance_needs_day(span: Span, account: str) -> Diagnostic:
    return Diagnostic(
        "P010",
        f"on which day is the balance `{account}` read?",
        span,
        "A balance changes within its period.",
        f"Write, for example, `{account} at the end of last year`.",
    )


def rounding_missing(span: Span, rule: str, type_: str) -> Diagnostic:
    return Diagnostic(
        "C001",
        f"`{rule}` gives {type_} and does not say whether it is rounded",
        span,
        "Money, prices and held units must say so: rounding each year and rounding once are different laws.",
        'Write `rounded half_up to …`, `not rounded`, or `rounded unknown "not stated in Art …"` after the type.',
    )


def over_circle(span: Span, article: str) -> Diagnostic:
    return Diagnostic(
        "C011",
        f'"{article}" would be over itself',
        span,
        "`over` goes on from one exception to the next, so these exceptions form a circle.",
        "Remove one of the `over`.",
    )


def rounding_twice(span: Span, rule: str) -> Diagnostic:
    return Diagnostic(
        "C002",
        f"`{rule}` is rounded in its head and in a section",
        span,
        "The head's rounding holds for every period; a section's where an amendment changed it.",
        "Keep the words in the sections, and remove those of the head.",
    )


def place_missing(span: Span, unit: str) -> Diagnostic:
    return Diagnostic(
        "C003",
        "the place of rounding is missing",
        span,
        f"Only units that are held and counted may omit it; this is {unit}.",
        f"Write, for example, `rounded half_up to 1 {unit}`.",
    )


def place_not_positive(span: Span) -> Diagnostic:
    return Diagnostic(
        "C004",
        "the place of rounding must be greater than zero",
        span,
        "A value is rounded to multiples of the place.",
        "Write, for example, `to 0.01 …`.",
    )


def two_general(span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "C005",
        "two clauses, one of them without a condition",
        span,
        "Plain clauses have no order, so a clause without a condition would apply together with the others.",
        "Write `otherwise` or a condition behind it; if a comparison was meant, write `is` and not `=`.",
        related=((first, "the other clause"),),
    )


def otherwise_twice(span: Span, first: Span) -> Diagnostic:
    return Diagnostic(
        "C006",
        "a second `otherwise`",
        span,
        "Only one clause can hold in all other cases.",
        "Give one of them a condition.",
        related=((first, "the first"),),
    )


def case_needs_period(span: Span, name: str, kind: str) -> Diagnostic:
    example = {"day": "2024-03-01", "month": "2024/03", "date": "2024-03-01"}.get(kind, "2024")
    why = "Its value depends on the day." if kind == "date" else f"It has a value for each {kind}."
    return Diagnostic("P011", f"when is `{name}` meant?", span, why, f"Write `{name} … in {example} = …`.")


def no_period_here(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "P001",
        f"`{name}` has a value for each period, and this rule has none",
        span,
        "A rule without `each` and without dated rows does not know which period is meant.",
        f"Say which: `{name} in 2024`, or give the rule `each year`.",
    )


def period_mismatch(span: Span, name: str, own: str, reader: str, *, parts: bool) -> Diagnostic:
    """parts: whether a period of the reader is made of whole periods of the value."""
    step = f"Read it at a date: `{name} at the start of this {reader}`."
    if parts:
        step = f"Aggregate it: `sum of {name} over the {own}s in this {reader}`; or read it at a date, `{name} at …`."
    return Diagnostic(
        "P002",
        f"`{name}` is given each {own}, and is read each {reader}",
        span,
        f"One {reader} holds several values." if parts else f"One {reader} can lie in two {own}s.",
        step,
    )


def not_that_kind(span: Span, name: str, own: str, said: str) -> Diagnostic:
    return Diagnostic(
        "P003",
        f"`{name}` is given each {own}, not each {said}",
        span,
        "The kind named in the words must be that of the value.",
        f"Name a {own}.",
    )


def has_no_periods(span: Span, name: str) -> Diagnostic:
    return Diagnostic(
        "P004",
        f"`{name}` has one value for all time",
        span,
        "It was declared without `each`.",
        "Remove the words about the period, or declare it with `each`.",
    )


def bad_literal(span: Span, text: str, why: str, step: str) -> Diagnostic:
    return Diagnostic("P005", f"`{text}` names no period here", span, why, step)


def no_this(span: Span, kind: str) -> Diagnostic:
    return Diagnostic(
        "P006",
        f"there is no present {kind} here",
        span,
        "A value at a date, or one for all time, does not run through periods.",
        "Give the rule `each …`, or name the period.",
    )


def month_rounding(span: Span) -> Diagnostic:
    return Diagnostic(
        "P007",
        "months before or after a date need a rounding word",
        span,
        "31 August less six months is no day of the calendar.",
        "Write `rounded down` (the last day of a short month) or `rounded up` (the first of the next).",
    )


def span_needed(span: Span, instrument: str) -> Diagnostic:
    return Diagnostic(
        "P008",
        "this section needs `from`",
        span,
        f"`{instrument}` has no day of its own on which a period of this rule begins.",
        "Write from which period the text applies, for example `from 2024`.",
    )


def series_periods(span: Span) -> Diagnostic:
    return Diagnostic(
        "P009",
        "a series of figures needs `each …` and a start",
        span,
        "Each figure belongs to one period.",
        "Write `from 2021 = 2.2%, 2.3%` in a rule with `each year`; digits are grouped with `_`, as in `5_000_000`.",
    )


def no_cite(span: Span) -> Diagnostic:
    return Diagnostic(
        "C007",
        "this section cites no law",
        span,
        "Every figure says which instrument and article it comes from.",
        'Write `cites INSTRUMENT "article"` first.',
    )


def bad_exponent(span: Span, why: str) -> Diagnostic:
    return Diagnostic(
        "T006", "this power cannot be computed", span, why,
        f"Write `power (…) rounded half_up to …`, or a whole exponent from 0 to {LIMITS.exponent}.",
    )


def bad_points(span: Span) -> Diagnostic:
    return Diagnostic(
        "T007",
        "the points of `sliding` must be figures with rising places",
        span,
        "Between two points the value slides.",
        "Write `sliding from 4.9% at 3% to 1% at 10% by …`.",
    )


def bands_meet(span: Span, band: str, *, overlap: bool) -> Diagnostic:
    return Diagnostic(
        "C008",
        f"the band `{band}` {'overlaps the one below it' if overlap else 'leaves a hole below it'}",
        span,
        "Every value must fall into exactly one band between the lowest and the highest.",
        "Correct which end belongs to which band (`from` and `up to` include, `above` and `below` do not).",
    )


def bad_place(span: Span, what: str, why: str, step: str) -> Diagnostic:
    return Diagnostic("T008", f"{what} cannot stand here", span, why, step)


def follows(span: Span, what: str) -> Diagnostic:
    """`what` is a part of a duty or a share, or an account, with its article."""
    return Diagnostic(
        "T017",
        f"{what} cannot be given",
        span,
        "Facts, rules, measures and duties can be given; balances, parts of duties and rests of shares follow from them.",
        "Give what it reads, or write `expect`.",
    )


def only_its_own(span: Span, row: str) -> Diagnostic:
    return bad_place(
        span,
        f"`of {span.words}`",
        f"Behind `with` stand the fields of `{row}` itself.",
        "Write the field alone, or a line `given` of its own.",
    )


def remainder_word(span: Span) -> Diagnostic:
    return Diagnostic(
        "C009",
        "`limited to` needs `excess shared again` or `excess left`",
        span,
        "The two differ in who gets what a full row cannot take.",
        "Write one of the two.",
    )


def unlike_name(span: Span, name: str, names: tuple[str, ...], near: str | None) -> Diagnostic:
    return Diagnostic(
        "T009",
        f"`{name}` is not one of {', '.join(names[:12])}",
        span,
        "A name that is not declared is never taken as a new one.",
        f"Did you mean `{near}`?" if near else "Correct the name, or add it to the declaration.",
    )


def wrong_answer_type(span: Span, question: str, wanted: str, found: str) -> Diagnostic:
    return Diagnostic(
        "T010",
        f"the question `{question}` asks for {wanted}, this rule gives {found}",
        span,
        "Answers to one question can be compared, so they have one type (tonnes and units that cover them count as one).",
        "Correct the type of the rule, or answer another question.",
    )


def unlike_binding(span: Span, name: str, wanted: str, host: str, found: str) -> Diagnostic:
    return Diagnostic(
        "T013",
        f"`{name}` is {wanted}, and `{host}` is {found}",
        span,
        "A grafted rule reads in the host what it read at home: tonnes and units that cover them count as one, all else must agree.",
        "Name a rule of the host of that type, or keep the donor's.",
    )


def argument_type(span: Span, found: str) -> Diagnostic:
    return Diagnostic(
        "T014",
        f"an argument cannot be {found}",
        span,
        "A rule is asked at a price, a volume, a date or a name. Rows and periods are the rule's own.",
        "Write `of ENTITY` for a row, `each PERIOD` for a period.",
    )


def cells_count(span: Span, wanted: int, found: int) -> Diagnostic:
    return Diagnostic(
        "T011",
        f"this row has {found} cells, and the table needs {wanted}",
        span,
        "First the keys, then the columns, in order.",
        "Add or remove a cell.",
    )


def duplicate_row(span: Span, key: str) -> Diagnostic:
    return Diagnostic(
        "C010",
        f"two rows for {key} hold for the same time",
        span,
        "One instrument says one thing.",
        "Remove one, or give them different periods.",
    )


def limits_cross(span: Span, unit: str, first: Span) -> Diagnostic:
    return Diagnostic(
        "C012",
        f"two limits of `{unit}` may share some of its lots and not others",
        span,
        "If limits cross, what is missing in the end depends on which lot was taken first.",
        "Let one limit hold for all of the unit, or let their conditions exclude each other (`c` and `not c`).",
        related=((first, "the other limit"),),
    )


def nesting(span: Span, limit: int) -> Diagnostic:
    return Diagnostic(
        "K001", f"sums inside sums more than {limit} deep", span, "The work would grow with each level.", "Make the inner sum a rule."
    )


def duration_unit(span: Span, found: str) -> Diagnostic:
    return Diagnostic(
        "T012",
        f"a length of time is wanted here, this is {found}",
        span,
        "Dates move by days, months, years or listed days.",
        "Write, for example, `20 working_days after …`.",
    )


def alternatives(span: Span, operand: str, names: tuple[str, ...]) -> Diagnostic:
    return Diagnostic(
        "T016",
        f"`{names[-1]}` is no condition of its own",
        span,
        "`or` joins conditions, and a word alone is none.",
        f"Write `{operand} is one of ({', '.join(names)})`.",
    )


def unlike_graft(span: Span, name: str, wanted: str, host: str, found: str) -> Diagnostic:
    return Diagnostic(
        "T018",
        f"`{name}` is {wanted}, and `{host}` is {found}",
        span,
        "A grafted figure is converted between units that cover tonnes, and never between currencies or other units.",
        "Graft or name a rule of that type; a price of another currency is law of its own, so write it with `amend`.",
    )
