"""The layout of a facts file as pydantic models and as a JSON Schema."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from facts_program import program
from pydantic import ValidationError
from test_read_facts import MISTAKES, WHOLE, plain, read, same

from capcode.dsl.diagnostics import Diagnostic
from capcode.dsl.source import SourceFile
from capcode.interpreter.fact_tree import read_yaml
from capcode.interpreter.models import facts_model, json_schema
from capcode.interpreter.read_facts import read_data
from capcode.interpreter.write_facts import facts_plain

PROGRAM = program()
MODEL = facts_model(PROGRAM)
SCHEMA = json_schema(PROGRAM)
# What only a whole file can show: other rows, other files, warnings.
NOT_ALONE = {"F024", "F025", "F026", "F027", "F028", "F047", "F048", "F062"}


def objects(text: str) -> Any:
    found = read_yaml(SourceFile("x", text))
    assert not isinstance(found, Diagnostic)
    return plain(found)


def test_a_whole_file_passes_and_comes_back() -> None:
    facts, _ = read(WHOLE)

    for data in (objects(WHOLE), facts_plain(PROGRAM, facts)):
        model = MODEL.model_validate(data)
        again, wrong = read_data(PROGRAM, model.model_dump(by_alias=True, exclude_unset=True))
        assert wrong == []
        same(facts, again)


@pytest.mark.parametrize(("text", "code"), [m for m in MISTAKES if m[1] not in NOT_ALONE])
def test_mistake(text: str, code: str) -> None:
    """What the reader of files refuses, the model refuses, with the same words where they are about a value."""
    if code == "F029" and "line: {}" in text:
        return  # the list under two names: only the reader sees both
    with pytest.raises(ValidationError) as caught:
        MODEL.model_validate(objects(text))

    assert code in str(caught.value) or code in ("F020", "F021", "F022", "F030", "F032", "F060", "F061")


@pytest.mark.parametrize("value", [0.5, float("nan"), True, [1], {"x": 1}, b"1"])
def test_numbers_are_text_or_whole(value: object) -> None:
    with pytest.raises(ValidationError):
        MODEL.model_validate({"facts": {"cap": value}})
    MODEL.model_validate({"facts": {"cap": 5}})
    MODEL.model_validate({"facts": {"cap": "0.5"}})


def test_schema() -> None:
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["additionalProperties"] is False
    assert {"facts", "mine", "mines", "complete", "set", "opening"} <= SCHEMA["properties"].keys()
    mine = SCHEMA["$defs"]["Row_mine"]["properties"]
    assert mine["emissions"]["description"] == "The emissions (tCO2e each year)"
    assert mine["emissions"]["additionalProperties"]
    assert "in" in SCHEMA["$defs"]["Row_line"]["properties"]
    assert '"default"' not in json.dumps(SCHEMA)
    assert json_schema(program()) == SCHEMA


def test_pydantic_loads_late() -> None:
    code = "import sys, capcode.interpreter.models, capcode.interpreter.read_facts; sys.exit('pydantic' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
