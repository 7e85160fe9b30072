"""The 44 rows of a comparison: what each asks of a scheme, or how it is worked out.

`asks` are questions of `rules/questions.rules`; `computed` names what `compare` works out beside them. A row without
either is answered elsewhere in the report. Every question stands in exactly one row.
"""

from __future__ import annotations

from dataclasses import dataclass

LAW, BUDGET, SMALLEST, PATH, MARGINAL, RESPONSE, MEASURES, BOUND, POSITION, EFFECTIVE, NEXT_CHANGE, PROVENANCE, SHARE = (
    "law", "budget", "smallest", "path", "marginal", "response", "measures", "bound", "position", "effective", "next_change", "provenance",
    "share_of_emissions",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One row. `title` by language."""

    number: int
    title: dict[str, str]
    asks: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()


def _row(number: int, en: str, ja: str, asks: str = "", *computed: str) -> ComparisonRow:
    return ComparisonRow(number, {"en": en, "ja": ja}, tuple(asks.split()), computed)


ROWS = (
    _row(1, "Status, legal basis, start", "制度の状態・法的根拠・開始", "status begins_on", LAW),
    _row(2, "Mandatory or voluntary", "義務・任意", "opt_in opt_out"),
    _row(3, "Gases", "対象ガス", "gases"),
    _row(4, "Sectors and point of regulation", "対象部門・規制点", "sectors indirect_emissions point_of_regulation"),
    _row(5, "Boundary", "バウンダリー", "boundary"),
    _row(6, "Inclusion threshold", "対象閾値", "covered coverage_threshold capacity_threshold averaging_years", SMALLEST),
    _row(7, "Number of liable entities", "対象者数", "liable_entities"),
    _row(8, "Share of national emissions", "カバー率", "coverage_share"),
    _row(9, "Targets", "削減目標", "national_target scheme_target"),
    _row(10, "Cap and its decline", "総排出枠と削減率", "cap cap_form decline"),
    _row(11, "Cumulative budget", "累積排出枠", "", BUDGET),
    _row(12, "Auctioned and free share", "オークション・無償割当の割合", "free_share auction_share"),
    _row(13, "Methods of allocation", "割当方法", "allocation_methods"),
    _row(14, "Benchmarks", "ベンチマーク", "benchmark_basis"),
    _row(15, "Free allocation of the reference plants", "参照事業所の無償割当", "free_allocation", SHARE),
    _row(16, "Allocation path", "割当の推移", "", PATH),
    _row(17, "Leakage", "炭素リーケージ", "leakage_tests assistance"),
    _row(18, "Response to output", "生産量変動への応答", "output_adjustment adjustment_band", RESPONSE),
    _row(19, "Allocation for one more unit of output", "追加生産1単位当たりの割当", "", MARGINAL),
    _row(20, "Early action, entry, closure", "早期削減・新規参入・廃止", "new_entrant_reserve early_action_share closure_ends_allocation"),
    _row(21, "Correction factor", "修正係数", "correction_factor"),
    _row(22, "Obligation and calendar", "償却義務と日程", "obligation surrender_deadline report_deadline years_per_period interim_share"),
    _row(23, "Banking", "バンキング", "bankable"),
    _row(24, "Borrowing", "ボローイング", "borrowable"),
    _row(25, "Offsets: limit", "クレジット使用上限", "offset_limit offset_share offset_base"),
    _row(26, "Offsets: kinds and conversion", "クレジットの種類と換算", "offset_kinds overseas_share offset_conversion"),
    _row(27, "Price ceiling", "上限価格", "price_ceiling ceiling_form reserve_trigger"),
    _row(28, "Price floor", "下限価格", "price_floor floor_form"),
    _row(29, "Quantity triggers", "数量トリガー", "intake_threshold intake_rate release_threshold release_amount reserve_cancellation"),
    _row(30, "Controls fired on a price path", "価格経路で発動する措置", "", MEASURES),
    _row(31, "Penalty and highest lawful cost", "罰則と法的な限界費用の上限", "penalty penalty_rate penalty_allowances make_good", BOUND),
    _row(32, "Net position and cost of the plant", "事業所の純ポジションと費用", "", POSITION, "cost", "cost_per_unit"),
    _row(33, "Price", "価格", "mean_price"),
    _row(34, "Revenue and its use", "収入と使途", "revenue earmarked_share"),
    _row(35, "Monitoring and verification", "MRV", "assurance government_recheck"),
    _row(36, "Cost of monitoring", "MRV費用", "mrv_cost"),
    _row(37, "Market", "市場", "market_participants holding_limit purchase_limit unit_is_property"),
    _row(38, "Linking", "リンク", "linked_units"),
    _row(39, "Interaction with levies and the border", "賦課金・国境調整との関係", "other_carbon_price border_adjustment"),
    _row(40, "Surplus", "余剰排出枠", "surplus"),
    _row(41, "Effective price of the plant", "事業所の実効炭素価格", "", EFFECTIVE),
    _row(42, "Next scheduled change", "次の予定された変更", "", NEXT_CHANGE),
    _row(43, "What changed since another version", "他の版からの変更"),
    _row(44, "Sources and confidence", "出典と確度", "", PROVENANCE),
)
