"""Every code has a page, every page has a code, and the pages can be read in a terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from migrator import explanations
from migrator.diagnostics import Code
from migrator.explanations import page

FOLDER = Path(explanations.__file__).parent
WIDTH = 100


def prose_of(text: str) -> list[str]:
    """The lines outside of code blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL).splitlines()


def test_pages_and_codes_are_the_same() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {code.value for code in Code}


@pytest.mark.parametrize("code", Code)
def test_page_has_its_parts(code: Code) -> None:
    headings = [line for line in prose_of(page(code)) if line.startswith("#")]
    assert headings == [f"# {code}", "## Example", "## What to do"]


@pytest.mark.parametrize("code", Code)
def test_page_has_an_example(code: Code) -> None:
    example = page(code).partition("## Example")[2].partition("## What to do")[0]
    assert re.search(r"^```(c|text)\n.+?^```$", example, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("code", Code)
def test_page_is_not_too_wide(code: Code) -> None:
    wide = [line for line in page(code).expandtabs(8).splitlines() if len(line) > WIDTH]
    assert not wide


@pytest.mark.parametrize("code", Code)
def test_codes_that_a_page_names_exist(code: Code) -> None:
    named = re.findall(r"migrator explain ([a-z][a-z-]*)", page(code))
    assert set(named) <= {known.value for known in Code}


@pytest.mark.parametrize("code", Code)
def test_examples_balance(code: Code) -> None:
    """No brace or parenthesis was lost in an example."""
    for block in re.findall(r"^```c\n(.+?)^```$", page(code), flags=re.MULTILINE | re.DOTALL):
        assert block.count("(") == block.count(")")
        assert block.count("{") == block.count("}")
