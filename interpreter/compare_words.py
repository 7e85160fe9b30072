"""The words of a comparison in English and Japanese: states of cells, headings, and the vocabulary's own words."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "ja")

STATES: Mapping[str, Mapping[str, str]] = {
    "value": {"en": "value", "ja": "値"},
    "none": {"en": "none", "ja": "なし"},
    "not_permitted": {"en": "not permitted", "ja": "認められない"},
    "not_applicable": {"en": "not applicable", "ja": "該当なし"},
    "not_stated": {"en": "not stated", "ja": "規定なし"},
    "no_limit": {"en": "no limit", "ja": "上限なし"},
    "not_encoded": {"en": "not encoded", "ja": "未収録"},
    "no_law": {"en": "no text in force", "ja": "適用法令なし"},
    "disputed": {"en": "disputed", "ja": "解釈が分かれる"},
    "unknown": {"en": "unknown", "ja": "不明"},
    "needs": {"en": "needs facts", "ja": "事実が不足"},
    "error": {"en": "cannot be computed", "ja": "計算できない"},
    "any_emissions": {"en": "at any emissions", "ja": "排出量によらず対象"},
}
STATES_EXPLAINED: Mapping[str, Mapping[str, str]] = {
    "none": {"en": "the law has no such thing", "ja": "法令にそのような定めがない"},
    "not_permitted": {"en": "the law forbids it", "ja": "法令が認めていない"},
    "not_applicable": {"en": "the question does not arise", "ja": "問いが当てはまらない"},
    "not_stated": {"en": "the law is silent", "ja": "法令に規定がない"},
    "no_limit": {"en": "the law sets no bound", "ja": "法令に上限がない"},
    "not_encoded": {"en": "the rules do not answer; nothing is said about the law", "ja": "ルールに未収録(法令の有無を示さない)"},
    "no_law": {"en": "before the first text, or after the last", "ja": "最初の法令の前、または最後の法令の後"},
    "disputed": {"en": "named readings of one text differ; choose one with +READING", "ja": "同じ条文の複数の読み方で結果が異なる"},
    "unknown": {"en": "not in a source that was read; the reason is said", "ja": "確認した資料にない(理由を表示)"},
    "needs": {"en": "computable once the named facts are given", "ja": "示された事実があれば計算できる"},
    "any_emissions": {"en": "capacity or activity decides, not emissions", "ja": "排出量ではなく設備容量や活動で決まる"},
    "error": {"en": "the rules give no result; the cause is said", "ja": "結果が得られない(原因を表示)"},
}
TEXTS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "Emissions trading laws compared", "ja": "排出量取引制度の比較"},
    "lead": {
        "en": "The same questions put to each law. Every figure is worked out exactly from the rules; "
        "press it to see how, with its articles.",
        "ja": "同じ問いを各制度の法令に当てた結果です。数値はすべてルールから厳密に計算しています。"
        "数値を押すと、根拠条文と計算過程が開きます。",
    },
    "rows": {"en": "The 44 rows", "ja": "44の比較項目"},
    "question": {"en": "Question", "ja": "項目"},
    "plant": {"en": "Plant", "ja": "事業所"},
    "all_plants": {"en": "all plants", "ja": "全事業所"},
    "filter": {"en": "Show rows with", "ja": "絞り込み"},
    "paths": {"en": "Paths by year", "ja": "年ごとの推移"},
    "responses": {"en": "When output changes", "ja": "生産量が変わったとき"},
    "responses_lead": {
        "en": "Free allocation two years after output and emissions change for good, against the size of the change.",
        "ja": "生産量と排出量が恒久的に変わった2年後の無償割当量。",
    },
    "prices": {"en": "Price controls on a path of prices", "ja": "価格経路と価格措置"},
    "claims": {"en": "Published statements, held against the rules", "ja": "公表資料の記述とルールの照合"},
    "published_table": {"en": "The table of the slides of September 2024 again", "ja": "2024年9月資料の比較表の再現"},
    "published_lead": {
        "en": "What the slides say in each cell, what the law of that day gives by our rules, and whether the two agree.",
        "ja": "資料の各欄の記述、当時の法令をルールで計算した結果、および両者の一致・不一致。",
    },
    "changes": {"en": "What the what-if changes", "ja": "仮定による変化"},
    "changes_lead": {
        "en": "Answers that differ, and allocation over the years that are known under both laws. All else is the same.",
        "ja": "異なる回答と、双方で分かる年度の割当量の合計。その他はすべて同じです。",
    },
    "no_change": {"en": "No answer differs.", "ja": "異なる回答はありません。"},
    "before": {"en": "Before", "ja": "変更前"},
    "after": {"en": "After", "ja": "変更後"},
    "delta": {"en": "Difference", "ja": "差"},
    "points": {"en": "percentage points", "ja": "ポイント"},
    "states": {"en": "What the words mean", "ja": "用語の意味"},
    "as_at": {"en": "law of", "ja": "時点"},
    "year": {"en": "year", "ja": "年度"},
    "why": {"en": "how", "ja": "計算過程"},
    "close": {"en": "close", "ja": "閉じる"},
    "reason": {"en": "why", "ja": "理由"},
    "rests_on": {"en": "rests on", "ja": "前提"},
    "articles": {"en": "articles", "ja": "条文"},
    "rates": {"en": "Exchange rates", "ja": "換算レート"},
    "illustrative": {
        "en": "The reference plants are illustrative: round figures, the same every month, no real plant.",
        "ja": "参照事業所は例示です。毎月同じ概数であり、実在の事業所ではありません。",
    },
    "base_differs": {
        "en": "The percentage is of different bases in different schemes: see what each share is of.",
        "ja": "割合の基準は制度により異なります。",
    },
    "no_charts": {"en": "Charts need the extra `charts`.", "ja": "図の描画には追加機能 charts が必要です。"},
    "scheme": {"en": "Scheme", "ja": "制度"},
    "month": {"en": "Month", "ja": "月"},
    "measure": {"en": "Control", "ja": "措置"},
    "state": {"en": "State", "ja": "状態"},
    "price": {"en": "Price", "ja": "価格"},
    "level": {"en": "Level", "ja": "発動水準"},
    "distance": {"en": "Distance", "ja": "差"},
    "who": {"en": "Who", "ja": "主体"},
    "statement": {"en": "What is said", "ja": "記述"},
    "place": {"en": "Where", "ja": "箇所"},
    "ours": {"en": "By the rules", "ja": "ルールによる値"},
    "verdict": {"en": "Verdict", "ja": "判定"},
    "agrees": {"en": "agrees", "ja": "一致"},
    "differs": {"en": "differs", "ja": "相違"},
    "cannot be computed": {"en": "cannot be computed", "ja": "計算できない"},
    "yes": {"en": "yes", "ja": "はい"},
    "no": {"en": "no", "ja": "いいえ"},
    "change": {"en": "change of output", "ja": "生産量の変化"},
    "free": {"en": "free", "ja": "無償割当"},
    "credits": {"en": "credits", "ja": "クレジット"},
    "to_buy": {"en": "to buy", "ja": "購入"},
    "position": {"en": "Net position", "ja": "純ポジション"},
    "obligation_t": {"en": "Obligation (t)", "ja": "償却義務量(t)"},
    "free_t": {"en": "Free allocation (t)", "ja": "無償割当量(t)"},
    "credits_t": {"en": "Credits used (t)", "ja": "使用クレジット(t)"},
    "to_buy_t": {"en": "Units to buy (t)", "ja": "購入必要量(t)"},
    "price_t": {"en": "Price (own currency per t)", "ja": "価格(自国通貨/t)"},
    "cost_t": {"en": "Cost (own currency)", "ja": "費用(自国通貨)"},
    "tonnes": {"en": "t CO2e", "ja": "t-CO2e"},
    "share": {"en": "% of emissions", "ja": "排出量に対する%"},
    "diff_pointer": {
        "en": "Two states of a law are held against each other by `capcode diff`.",
        "ja": "法令の二つの時点の差は `capcode diff` で示します。",
    },
    "path_pointer": {"en": "See the chapter on paths by year.", "ja": "「年ごとの推移」を参照。"},
    "shown_of": {"en": "of", "ja": "/"},
    "short": {"en": "and more: ask `capcode explain`", "ja": "以下略: `capcode explain` を参照"},
}
# The rows of the comparison table on slide 2 of the slides of 2024, and how the places of claims about them begin.
PUBLISHED_PLACE = "slide 2, table: "
PUBLISHED_TABLE: tuple[tuple[Mapping[str, str], tuple[str, ...]], ...] = (
    ({"en": "Start", "ja": "開始年"}, ("start", "head", "mechanism")),
    ({"en": "Regulated emissions", "ja": "規制対象"}, ("regulated",)),
    ({"en": "Coverage", "ja": "カバー率"}, ("coverage",)),
    ({"en": "Target", "ja": "削減目標"}, ("target", "reduction target")),
    ({"en": "Boundary", "ja": "バウンダリー"}, ("boundary",)),
    ({"en": "Allocation", "ja": "割当方法"}, ("allocation",)),
    ({"en": "Banking and borrowing", "ja": "バンキング/ボローイング"}, ("banking", "borrowing")),
    ({"en": "Offsets", "ja": "オフセットクレジット"}, ("offsets",)),
    ({"en": "Price ceiling and floor", "ja": "上限価格/下限価格"}, ("price ceiling", "price floor", "price controls")),
    ({"en": "Price", "ja": "価格"}, ("price",)),
)
PLANTS: Mapping[str, Mapping[str, str]] = {
    "cement": {"en": "cement works", "ja": "セメント工場"},
    "blast_furnace_steel": {"en": "blast furnace steel", "ja": "高炉製鉄所"},
    "electric_arc_steel": {"en": "electric arc steel", "ja": "電炉"},
    "gas_power": {"en": "gas power", "ja": "ガス火力"},
    "coal_power": {"en": "coal power", "ja": "石炭火力"},
    "refinery": {"en": "refinery", "ja": "製油所"},
    "paper": {"en": "paper mill", "ja": "製紙工場"},
    "ammonia": {"en": "ammonia plant", "ja": "アンモニア工場"},
    "aluminium": {"en": "aluminium smelter", "ja": "アルミ製錬"},
    "waste": {"en": "waste incinerator", "ja": "廃棄物焼却"},
}


def text(key: str, language: str) -> str:
    return TEXTS[key][language]


def state(word: str, language: str) -> str:
    found = STATES.get(word)
    return found[language] if found is not None else word.replace("_", " ")


def plant(name: str, language: str) -> str:
    found = PLANTS.get(name)
    return found[language] if found is not None else name


def pick(labels: Mapping[str, str], language: str) -> str:
    """A label in a language, else in the main one."""
    return labels.get(language) or labels.get("en") or ""


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    from capcode import rules

    path = Path(next(iter(rules.__path__))) / "words.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {line["word"]: dict(line) for line in csv.DictReader(file)}


def in_words(text: str, language: str) -> str:
    """A value that is words of the vocabulary, or yes or no, in a language; other values as they are."""
    parts = text.split(", ")
    if text in ("yes", "no"):
        return TEXTS[text][language]
    if (plain := text.replace(" ", "_")) in STATES:
        return state(plain, language)
    return ("、" if language == "ja" else ", ").join(word(part, language) for part in parts) if all(p in _words() for p in parts) else text


def word(name: str, language: str) -> str:
    """A word of the vocabulary's lists; one that it does not have is shown with spaces."""
    found = _words().get(name)
    return found[language] if found is not None and found.get(language) else name.replace("_", " ")
