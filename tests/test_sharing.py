"""Sharing a total: conservation, caps, names, order, and the figures of the auction of May 2016."""

from __future__ import annotations

from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from capcode.interpreter.results import Error
from capcode.interpreter.sharing import Claim, Manner, Shared, share

ONE = F(1)


def shared(total: F | int, claims: dict[str, Claim], manner: Manner, draws: dict[str, int] | None = None) -> Shared:
    result = share(F(total), claims, manner, draws)
    assert isinstance(result, Shared)
    return result


amounts = st.fractions(0, 60, max_denominator=3)
claims_of = st.dictionaries(
    st.sampled_from("abcdef"),
    st.builds(Claim, weight=st.fractions(0, 9, max_denominator=3), cap=st.none() | amounts, rank=st.integers(0, 2).map(F)),
    min_size=1,
)
manners = st.builds(
    Manner,
    mode=st.sampled_from(["down", "half_up"]),
    place=st.sampled_from([ONE, F(1, 2), F(5)]),
    remainder=st.sampled_from(["to_largest", "by_fraction"]),
    excess=st.sampled_from(["again", "left"]),
    way=st.sampled_from([None, "highest", "lowest"]),
) | st.builds(
    Manner, mode=st.just("down"), place=st.just(ONE), remainder=st.just("left"), excess=st.sampled_from(["again", "left"])
)  # fmt: skip
totals = st.fractions(0, 200, max_denominator=4)


def test_the_joint_auction_of_may_2016() -> None:
    result = shared(7_260_000, {"ca": Claim(F(57_558_999)), "qc": Claim(F(10_116_952))}, Manner("half_up", ONE, "to_largest"))

    assert result.amounts == {"ca": 6_174_695, "qc": 1_085_305}
    assert result.undistributed == 0


def test_if_all_weights_are_zero_nobody_gets_anything() -> None:
    result = shared(10, {"a": Claim(F(0))}, Manner("down", ONE, "to_largest"))

    assert result.amounts == {"a": 0} and result.undistributed == 10


def test_what_a_full_row_cannot_take_is_shared_again_or_left() -> None:
    claims = {"a": Claim(ONE, F(10)), "b": Claim(ONE), "c": Claim(F(2))}

    assert shared(100, claims, Manner("down", ONE, "to_largest", "again")).amounts == {"a": 10, "b": 30, "c": 60}
    left = shared(100, claims, Manner("down", ONE, "to_largest", "left"))
    assert left.amounts == {"a": 10, "b": 25, "c": 50} and left.undistributed == 15


def test_the_remainder_words_differ() -> None:
    claims = {"a": Claim(F(10)), "b": Claim(F(55, 10)), "c": Claim(F(45, 10))}

    assert shared(19, claims, Manner("down", ONE, "to_largest")).amounts == {"a": 10, "b": 5, "c": 4}
    assert shared(18, claims, Manner("down", ONE, "by_fraction")).amounts == {"a": 9, "b": 5, "c": 4}
    assert shared(17, claims, Manner("down", ONE, "by_fraction")).amounts == {"a": 8, "b": 5, "c": 4}
    result = shared(17, claims, Manner("down", ONE, "left"))
    assert result.amounts == {"a": 8, "b": 4, "c": 3} and result.undistributed == 2


def test_only_whole_places_of_the_total_are_shared() -> None:
    result = shared(F("1.5"), {"a": Claim(ONE), "b": Claim(F(2))}, Manner("half_up", ONE, "to_largest"))

    assert result.amounts == {"a": 0, "b": 1} and result.undistributed == F("0.5")


def test_the_remainder_never_lifts_a_row_above_its_cap() -> None:
    claims = {"a": Claim(ONE, F(4)), "b": Claim(ONE), "c": Claim(ONE)}

    assert shared(11, claims, Manner("down", ONE, "to_largest", "again")).amounts == {"a": 4, "b": 4, "c": 3}


def test_in_order_the_first_are_served_first() -> None:
    """Awards: bids by price; equal prices share what is left in proportion to their volume."""
    bids = {"a": Claim(F(40), F(40), F(20)), "b": Claim(F(40), F(40), F(16)), "c": Claim(F(20), F(20), F(16)), "d": Claim(F(9), F(9), F(1))}

    result = shared(70, bids, Manner("down", ONE, "to_largest", "again", "highest"))

    assert result.amounts == {"a": 40, "b": 20, "c": 10, "d": 0}
    assert result.undistributed == 0


def test_by_lot_needs_the_draw_only_for_the_rows_tied_at_the_edge() -> None:
    claims = {"a": Claim(ONE), "b": Claim(ONE), "c": Claim(ONE), "d": Claim(F(3))}
    manner = Manner("down", ONE, "by_lot")

    waiting = shared(10, claims, manner)
    assert waiting.undrawn == {"a", "b", "c"}
    assert waiting.amounts["d"] == 5 and waiting.undistributed == 0
    drawn = shared(10, claims, manner, {"a": 3, "b": 1, "c": 2})
    assert drawn.amounts == {"a": 1, "b": 2, "c": 2, "d": 5} and not drawn.undrawn


def test_negative_input_is_undefined() -> None:
    manner = Manner("down", ONE, "left")

    assert isinstance(share(F(-1), {"a": Claim(ONE)}, manner), Error)
    assert isinstance(share(F(1), {"a": Claim(-ONE)}, manner), Error)
    assert isinstance(share(F(1), {"a": Claim(ONE, -ONE)}, manner), Error)


@given(totals, claims_of, manners)
def test_nothing_is_created_or_lost(total: F, claims: dict[str, Claim], manner: Manner) -> None:
    result = shared(total, claims, manner)

    assert sum(result.amounts.values()) + result.undistributed == total
    assert result.undistributed >= 0
    for name, amount in result.amounts.items():
        cap = claims[name].cap
        assert amount >= 0 and (cap is None or amount <= cap)
        assert (amount / manner.place).denominator == 1
        assert amount == 0 or claims[name].weight > 0


@given(totals, claims_of, manners, st.data())
def test_the_order_of_rows_the_scale_of_weights_and_rows_without_weight_do_not_matter(
    total: F, claims: dict[str, Claim], manner: Manner, data: st.DataObject
) -> None:
    result = shared(total, claims, manner)
    mixed = {name: claims[name] for name in data.draw(st.permutations(sorted(claims)))}
    scaled = {name: Claim(7 * c.weight, c.cap, c.rank) for name, c in claims.items()}

    assert shared(total, mixed, manner) == result
    assert shared(total, scaled, manner).amounts == result.amounts
    assert {**result.amounts, "z": 0} == shared(total, {**claims, "z": Claim(F(0))}, manner).amounts


@given(totals, claims_of, st.sampled_from(["to_largest", "by_fraction"]), st.sampled_from(["down", "half_up"]))
def test_shared_again_leaves_a_whole_place_only_when_all_are_full(total: F, claims: dict[str, Claim], remainder: str, mode: str) -> None:
    result = shared(total, claims, Manner(mode, ONE, remainder, "again"))

    if result.undistributed >= 1:
        for name, claim in claims.items():
            assert claim.weight == 0 or (claim.cap is not None and result.amounts[name] == claim.cap.__floor__())


@given(totals, claims_of, st.integers(0, 20))
def test_before_rounding_more_to_share_gives_nobody_less_and_free_rows_get_equal_parts(
    total: F, claims: dict[str, Claim], more: int
) -> None:
    fine = Manner("down", F(1, 10**9), "left", "again")
    first, second = shared(total, claims, fine), shared(total + more, claims, fine)

    assert all(second.amounts[name] >= amount for name, amount in first.amounts.items())
    below_cap = {n: c for n, c in claims.items() if c.cap is None or first.amounts[n] < c.cap - fine.place}
    free = [(first.amounts[n] + fine.place) / c.weight for n, c in below_cap.items() if c.weight]
    assert not free or max(free) - min(free) < F(1, 10**7)


@given(totals, claims_of, st.integers(0, 4))
def test_a_draw_settles_what_was_open_and_nothing_else(total: F, claims: dict[str, Claim], seed: int) -> None:
    manner = Manner("down", ONE, "by_lot", "again")
    waiting = shared(total, claims, manner)
    drawn = shared(total, claims, manner, {name: (k * 5 + seed) % 7 for k, name in enumerate(sorted(claims))})

    assert not drawn.undrawn
    assert waiting.undistributed == drawn.undistributed
    assert all(drawn.amounts[n] == amount for n, amount in waiting.amounts.items() if n not in waiting.undrawn)
