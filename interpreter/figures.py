"""Figures of a comparison that no single rule gives: shares, budgets, bounds, costs, responses, the next change.

Each is arithmetic over answers, done exactly and written down in the cell's derivation. Where an answer is missing, the
figure is missing for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from capcode.dsl import ir
from capcode.dsl.calendar import Period
from capcode.dsl.types import RATIO_TYPE, QuantityType, Type
from capcode.dsl.units import CURRENCIES, base
from capcode.interpreter.answers import ERROR, NEEDS, NOT_ENCODED, VALUE, Answers, Cell, computed, missing
from capcode.interpreter.compare_words import LANGUAGES
from capcode.interpreter.exchange import Rates
from capcode.interpreter.plants import EMISSIONS, OUTPUT, SCALED_WITH_OUTPUT, Scalable, scalable, total
from capcode.interpreter.show import exact_text, grouped, show_number
from capcode.interpreter.wording import who_acts

TONNES = Type(QuantityType(base("mass"), "tCO2e"))
ZERO = Fraction(0)
LARGEST_EMITTER = 100_000_000  # tonnes a year: no plant is larger
NOTHING = frozenset(("none", "not_permitted", "not_applicable"))  # words that mean zero where an amount is wanted


class Figures:
    """The figures of one law, in one currency."""

    def __init__(self, answers: Answers, currency: str, rates: Rates) -> None:
        self.answers, self.currency, self.rates = answers, currency, rates
        self.program = answers.program
        self._emissions: dict[str, Fraction | None] = {}
        self._scalables: dict[str, Scalable] = {}

    # ---- of a scheme

    def texts_in_force(self) -> Cell:
        """How many texts are in force on the day, and the latest of them."""
        day = self.answers.day
        texts = [i for i in self.program.instruments.values() if i.status == "enacted" and i.day is not None and i.day <= day]
        chosen = [self.program.instruments[name] for name in sorted(self.answers.law.view.chosen) if name in self.program.instruments]
        if not texts and not chosen:
            return missing("no_law", "no text of the scheme is in force on the day")
        latest = sorted(texts, key=lambda i: (i.day or date.min, i.name))[-3:]
        lines = [f"{i.day.isoformat()}  {i.title}" for i in reversed(latest) if i.day is not None]
        lines += [f"chosen: {i.title} ({i.status})" for i in chosen]
        count = f"{len(texts)}" + (f" + {len(chosen)}" if chosen else "")
        last = (latest or chosen)[-1]
        on = f" {last.day.isoformat()}" if last.day is not None else ""
        return _in_words(lambda language: f"{count};{on} {_label(last.title, last.labels, language)}", lines)

    def budget(self, first: int, last: int) -> Cell:
        """The sum of the caps of the years; missing where one of them is."""
        cells = [(year, self.answers.of_scheme("cap", self.answers.year_of(year), explained=False)) for year in range(first, last + 1)]
        lost = next(((year, cell) for year, cell in cells if cell.number is None), None)
        if lost is not None:
            year, cell = lost
            return missing(cell.state, *(f"{year}: {reason}" for reason in cell.reasons or (cell.state.replace("_", " "),)))
        amounts = [cell.number or ZERO for _, cell in cells]
        lines = [f"cap in {year} = {cell.shown}" for year, cell in cells]
        return self._tonnes(sum(amounts, ZERO), lines, cells[0][1].marks)

    def price_measures(self) -> Cell:
        """The measures that a price can set off, and whether the authority must or may act."""
        found = [m for _, m in sorted(self.program.measures.items()) if m.kind == "month"]
        if not found:
            return missing("none", "no measure is set off by a monthly price")

        def line(measure: ir.Measure, language: str) -> str:
            return f"{_label(measure.label or measure.name, measure.labels, language)}: {who_acts(self.program, measure).get(language, '')}"

        return _in_words(lambda language: "; ".join(line(m, language) for m in found), [line(m, "en") for m in found])

    def highest_lawful_cost(self) -> Cell:
        """What a tonne can cost at most to somebody who obeys: a ceiling at which units can always be had, or a payment
        that ends the obligation. Without either there is no bound; nor where the authority first has to open the ceiling."""
        ceiling, form = self.answers.of_scheme("price_ceiling"), self.answers.of_scheme("ceiling_form")
        rate, good = self.answers.of_scheme("penalty_rate"), self.answers.of_scheme("make_good")
        if ceiling.number is not None and form.value == "unlimited_sale":
            lines = [f"price ceiling = {ceiling.shown}", "units are sold there without limit"]
            return computed(ceiling.number, ceiling.type, ceiling.shown, lines, unit=ceiling.unit, marks=ceiling.marks)
        if rate.number is not None and good.value is False:
            lines = [f"penalty = {rate.shown}", "the shortfall need not be covered besides"]
            return computed(rate.number, rate.type, rate.shown, lines, unit=rate.unit, marks=rate.marks)
        for cell in (ceiling, form, rate, good):
            if cell.state in (NEEDS, "unknown", NOT_ENCODED, "disputed", ERROR):
                return missing(cell.state, *cell.reasons)
        return missing("no_limit", "no ceiling at which units can always be had, and the penalty does not end the obligation")

    def next_change(self) -> Cell:
        """The first later day on which a text enters into force, ends, or a figure of the law in force changes."""
        day = self.answers.day
        found: dict[date, list[tuple[str, Mapping[str, str], str]]] = {}
        for one in self.program.instruments.values():
            if one.status == "enacted" and one.day is not None and one.day > day:
                found.setdefault(one.day, []).append((one.title, one.labels, ""))
            if one.expires is not None and one.expires > day:
                found.setdefault(one.expires, []).append((one.title, one.labels, ""))
        for rule in self.program.rules.values():
            for section in rule.sections:
                for edge in (section.start, section.end):
                    if edge is not None and edge > day and self._counts(section):
                        article = section.citations[0].article if section.citations else ""
                        found.setdefault(edge, []).append((rule.label or rule.name, rule.labels, article))
        if not found:
            return missing("none", "nothing later is fixed in the law as encoded")
        first = min(found)
        what = found[first]

        def line(one: tuple[str, Mapping[str, str], str], language: str) -> str:
            return _label(one[0], one[1], language) + (f" ({one[2]})" if one[2] else "")

        more = f" (+{len(what) - 1})" if len(what) > 1 else ""
        lines = list(dict.fromkeys(line(one, "en") for one in what))
        return _in_words(lambda language: f"{first.isoformat()}: {line(what[0], language)}{more}", lines)

    def _counts(self, section: ir.Section) -> bool:
        """Whether the section's text is enacted law or was chosen."""
        instruments = [self.program.instruments.get(c.instrument) for c in section.citations]
        chosen = self.answers.law.view.chosen
        return all(i is not None and (i.status == "enacted" or i.name in chosen) for i in instruments)

    def provenance(self) -> Cell:
        """How many citations the rules have, and how many are unchecked or inferred; open readings and disputes."""
        citations = {(c.instrument, c.article, c.marks) for rule in self.program.rules.values() for s in rule.sections for c in s.citations}
        unchecked = sum("unchecked" in marks for *_, marks in citations)
        inferred = sum("inferred" in marks for *_, marks in citations)
        readings = sorted(i.title for i in self.program.instruments.values() if i.status == "reading")
        lines = [f"citations: {len(citations)}", f"unchecked: {unchecked}", f"inferred: {inferred}", *(f"reading: {r}" for r in readings)]
        return computed(None, TONNES, f"{len(citations)}; unchecked {unchecked}; inferred {inferred}; readings {len(readings)}", lines)

    # ---- of a plant

    def emissions(self, plant: str) -> Fraction | None:
        """The plant's own emissions in the year, in tonnes."""
        if plant not in self._emissions:
            self._emissions[plant] = total(self.answers.facts_of(plant), self.program, EMISSIONS, self.answers.year)
        return self._emissions[plant]

    def share_of_emissions(self, plant: str) -> Cell:
        free, emitted = self.answers.of_plant(plant, "free_allocation"), self.emissions(plant)
        if free.number is None:
            return missing(free.state, *free.reasons)
        if not emitted:
            return missing(NEEDS, f"needs the emissions of {plant} in {self.answers.label(self.answers.year)}")
        share = free.number / emitted
        lines = [f"free allocation = {free.shown}", f"emissions = {show_number(emitted)} tCO2e"]
        return computed(share, RATIO_TYPE, percent(share), lines, marks=free.marks)

    def position(self, plant: str) -> Cell:
        """Units to buy: the obligation less free units and less the credits at hand that may be used."""
        found = self._position(plant)
        return found if isinstance(found, Cell) else self._tonnes(found[0], found[1], found[2])

    def _position(self, plant: str) -> Cell | tuple[Fraction, list[str], tuple[str, ...]]:
        owed, free = (self.answers.of_plant(plant, name) for name in ("obligation", "free_allocation"))
        covered = self.answers.of_plant(plant, "covered")
        if covered.value is False:
            return missing("not_applicable", f"{plant} is not covered")
        limit = self.answers.of_plant(plant, "offset_limit")
        amounts = {}
        for name, cell in (("obligation", owed), ("free allocation", free), ("credits that may be used", limit)):
            if cell.state == "no_limit":
                continue
            amount = ZERO if cell.state in NOTHING and name != "obligation" else cell.number
            if amount is None:
                return missing(cell.state, *(cell.reasons or (f"{name}: {cell.state.replace('_', ' ')}",)))
            amounts[name] = amount
        offered = self.answers.facts_of(plant).values
        hand = next((v for (name, _, _), v in offered.items() if name == "plant.credits_offered" and isinstance(v, Fraction)), None)
        lacking = max(amounts["obligation"] - amounts["free allocation"], ZERO)
        usable = min(lacking, amounts.get("credits that may be used", lacking))
        if hand is None and usable:
            return missing(NEEDS, f"needs credits_offered of {plant}")
        used, at_hand = (ZERO, "") if hand is None else (min(hand, usable), f" of {show_number(hand)} t at hand")
        bought = amounts["obligation"] - amounts["free allocation"] - used
        lines = [
            f"obligation = {show_number(amounts['obligation'])} t", f"less free allocation = {show_number(amounts['free allocation'])} t",
            f"less credits used = {show_number(used)} t{at_hand}",
        ]  # fmt: skip
        return bought, lines, (*owed.marks, *free.marks, *limit.marks)

    def cost(self, plant: str) -> Cell:
        """Units to buy at the published price of the year; credits are valued at nothing, since they are at hand."""
        found = self._cost(plant)
        if isinstance(found, Cell):
            return found
        amount, lines, marks = found
        return self._money(amount, lines, marks)

    def cost_per_unit(self, plant: str) -> Cell:
        found = self._cost(plant)
        if isinstance(found, Cell):
            return found
        made = total(self.answers.facts_of(plant), self.program, OUTPUT, self.answers.year)
        if not made:
            return missing(NEEDS, f"needs the output of {plant}")
        return self._money(found[0] / made, [*found[1], f"output = {show_number(made)}"], found[2])

    def effective_price(self, plant: str) -> Cell:
        found, emitted = self._cost(plant), self.emissions(plant)
        if isinstance(found, Cell):
            return found
        if not emitted:
            return missing(NEEDS, f"needs the emissions of {plant}")
        return self._money(found[0] / emitted, [*found[1], f"emissions = {show_number(emitted)} t"], found[2])

    def _cost(self, plant: str) -> Cell | tuple[Fraction, list[str], tuple[str, ...]]:
        position = self._position(plant)
        if isinstance(position, Cell):
            return position
        price = self.answers.of_scheme("mean_price")
        if price.number is None:
            return missing(price.state, *(f"price: {reason}" for reason in price.reasons or (price.state.replace("_", " "),)))
        bought, lines, marks = position
        return bought * price.number, [*lines, f"units to buy = {show_number(bought)} t", f"price = {price.shown}"], (*marks, *price.marks)

    # ---- by trying

    def smallest_covered(self, plant: str) -> Cell:
        """The least yearly emissions, in whole tonnes, at which a plant of this kind is covered: the law's own threshold is
        tried first, then halves; the neighbour below is always asked."""
        now = self.emissions(plant)
        if not now:
            return missing(NEEDS, f"needs the emissions of {plant}")
        asked: dict[int, Cell] = {}

        def at(tonnes: int) -> Cell:
            if tonnes not in asked:
                asked[tonnes] = self._covered(plant, Fraction(tonnes) / now)
            return asked[tonnes]

        named = self.answers.of_scheme("coverage_threshold", explained=False).number
        guesses = [] if named is None else [n for n in (int(named), int(named) + 1) if 0 < n < LARGEST_EMITTER]
        low, high = next(((n - 1, n) for n in guesses if at(n).value is True and at(n - 1).value is False), (0, LARGEST_EMITTER))
        for cell in (at(high), at(low)):
            if cell.state != VALUE:
                return missing(cell.state, *cell.reasons)
        if at(low).value is True:
            return missing("any_emissions", "covered at any emissions: another test decides, such as capacity or activity")
        if at(high).value is not True:
            return missing("not_applicable", "a plant of this kind is not covered at any emissions")
        marks = at(high).marks
        while high - low > 1:
            middle = (low + high) // 2
            if at(middle).state != VALUE:
                return missing(at(middle).state, *at(middle).reasons)
            low, high = (low, middle) if at(middle).value is True else (middle, high)
        return self._tonnes(Fraction(high), [f"covered at {high:,} t a year, not at {low:,} t"], marks)

    def _covered(self, plant: str, factor: Fraction) -> Cell:
        return self.answers.of_facts(self._scalable(plant).scaled({EMISSIONS: factor}), "covered")

    def marginal(self, plant: str) -> Cell:
        """The allocation with 1 % more output in all years, less the allocation now, for each unit more."""
        made = total(self.answers.facts_of(plant), self.program, OUTPUT, self.answers.year)
        now = self.answers.of_plant(plant, "free_allocation", explained=False)
        if now.number is None or not made:
            return missing(now.state, *now.reasons) if now.number is None else missing(NEEDS, f"needs the output of {plant}")
        grown = self._scalable(plant).scaled(dict.fromkeys(SCALED_WITH_OUTPUT, Fraction(101, 100)))
        more = self.answers.of_facts(grown, "free_allocation")
        if more.number is None:
            return missing(more.state, *more.reasons)
        step = (more.number - now.number) / (made / 100)
        lines = [
            f"now {now.shown}", f"with 1 % more output and emissions in every year {more.shown}",
            f"1 % of output = {show_number(made / 100)}",
        ]  # fmt: skip
        return computed(step, TONNES, f"{short(step)} tCO2e", lines, unit="tCO2e", marks=now.marks)

    def response(self, plant: str, steps: Sequence[Fraction], later: int) -> tuple[Cell, ...]:
        """The allocation so many years later when output and emissions change by a share from this year on."""
        begins = self.program.calendar.start(self.answers.year)
        year = Period(self.answers.year.kind, self.answers.year.index + later)
        now = self.answers.of_plant(plant, "free_allocation", year, explained=False)
        if now.number is None:
            return (now,) * len(steps)
        found = []
        for step in steps:
            if not step:
                found.append(now)
                continue
            other = self._scalable(plant).scaled(dict.fromkeys(SCALED_WITH_OUTPUT, 1 + step), begins)
            found.append(self.answers.of_facts(other, "free_allocation", year))
        return tuple(found)

    def _scalable(self, plant: str) -> Scalable:
        if plant not in self._scalables:
            self._scalables[plant] = scalable(self.answers.facts_of(plant), self.program)
        return self._scalables[plant]

    # ---- cells

    def _tonnes(self, value: Fraction, how: Sequence[str], marks: Sequence[str] = ()) -> Cell:
        return computed(value, TONNES, f"{show_number(value)} tCO2e", [*how, f"= {show_number(value)} tCO2e"], unit="tCO2e", marks=marks)

    def _money(self, value: Fraction, how: Sequence[str], marks: Sequence[str]) -> Cell:
        """An amount of the scheme's currency, beside it in the common one."""
        own = self.program.currency or ""
        shown = f"{short(value)} {own}"
        lines = [*how, f"= {show_number(value)} {own}"]
        common = self.rates.convert(value, own, self.currency)
        if common is not None and own != self.currency:
            lines.append(f"= {short(common)} {self.currency} by the rates of {self.rates.day.isoformat()}")
        type_ = Type(QuantityType(base(own), own)) if own in CURRENCIES else TONNES
        return computed(value, type_, shown, lines, unit=own, marks=marks)


def _in_words(of: Callable[[str], str], how: Sequence[str]) -> Cell:
    """A cell of words in each language."""
    return computed(None, TONNES, of("en"), how, texts={language: of(language) for language in LANGUAGES})


def _label(main: str, others: Mapping[str, str], language: str) -> str:
    return others.get(language) or main


def percent(value: Fraction) -> str:
    """`83.2 %`, rounded to one decimal for the eye."""
    return f"{grouped(exact_text(Fraction(round(value * 1000), 10)))} %"


def short(value: Fraction) -> str:
    """A figure for the eye: two decimals below a thousand, else whole."""
    places = 1 if abs(value) >= 1000 else 100
    return grouped(exact_text(Fraction(round(value * places), places)))
