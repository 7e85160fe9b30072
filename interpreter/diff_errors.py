"""Wording of comparisons of two laws that cannot be made (codes Q050 to Q061)."""

from __future__ import annotations

from collections.abc import Sequence

from capcode.dsl.diagnostics import Diagnostic, nearest
from capcode.interpreter.ask_errors import ASKED

_SIDES = "Write a view (`eu@2022-01-01`), a folder, or a folder at a revision of git (`HEAD~1:jurisdictions/eu`)."


def different_laws(a: str, b: str) -> Diagnostic:
    return Diagnostic("Q050", f"`{a}` and `{b}` have almost no name in common", ASKED,
                      "A diff shows what changed between two versions of one law, name by name.",
                      "Compare two views, folders or revisions of one scheme, or put one question to both: "
                      "`--question offset_limit`.")  # fmt: skip


def no_git(text: str) -> Diagnostic:
    return Diagnostic("Q051", f"`{text}` is a revision of git, and git was not found", ASKED,
                      "A folder at a revision is read with the command `git`.",
                      "Install git, or compare two folders.")  # fmt: skip


def no_revision(text: str, said: str) -> Diagnostic:
    why = f"git says: {said}" if said else "Git gave no rule files for it."
    return Diagnostic("Q052", f"`{text}` cannot be read from git", ASKED, why,
                      "Name a revision and a folder from the top of the repository, such as `HEAD~1:jurisdictions/eu`.")  # fmt: skip


def unknown_form(name: str) -> Diagnostic:
    return Diagnostic("Q053", f"a comparison cannot be written as `{name}`", ASKED, "The ending of the file says its form.",
                      "End it with .html, .md, .json or .csv.")  # fmt: skip


def not_written(name: str, reason: str) -> Diagnostic:
    return Diagnostic("Q054", f"`{name}` cannot be written", ASKED, f"{reason}. Nothing was changed.",
                      "Name a file in a folder that exists and that you may write to.")  # fmt: skip


def no_facts_file(name: str) -> Diagnostic:
    return Diagnostic("Q055", f"there is no scheme and no facts file `{name}`", ASKED,
                      "Cases come from a scheme, or from a file of facts (.yaml, .json, .csv).",
                      "Name a scheme, as `capcode schemes` lists them, or a file that exists.")  # fmt: skip


def no_side(text: str) -> Diagnostic:
    return Diagnostic("Q056", f"`{text}` names no law", ASKED, "It is no scheme and no folder with rule files.", _SIDES)


def too_large(text: str, most: int) -> Diagnostic:
    return Diagnostic("Q057", f"`{text}` is larger than {most:,} bytes", ASKED,
                      "A scheme's folder holds rule files and tables, and is small.",
                      "Name the folder of one scheme, not the whole repository.")  # fmt: skip


def no_readings(scheme: str) -> Diagnostic:
    return Diagnostic("Q058", f"`{scheme}` has no named readings", ASKED,
                      "A reading is an instrument declared `reading of` another.",
                      "Nothing is to be compared.", severity="warning")  # fmt: skip


def no_question(name: str, known: Sequence[str]) -> Diagnostic:
    near = nearest(name, list(known))
    return Diagnostic("Q060", f"there is no question `{name}`", ASKED,
                      "Two schemes are compared by the questions that `rules/questions.rules` puts to all of them.",
                      f"Did you mean `{near}`?" if near else "Name one, such as `offset_limit` or `covered`.")  # fmt: skip


def not_with_question(options: Sequence[str]) -> Diagnostic:
    return Diagnostic("Q061", f"--question does not go with {' and '.join(options)}", ASKED,
                      "Laws of different schemes share questions and plants, but neither rules nor facts.",
                      "Leave them out; `--plant` chooses the plants.")  # fmt: skip
