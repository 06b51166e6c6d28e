"""Reads the reports of a class as the programs do that they are for: read.py FOLDER"""

import csv
import json
import sys
from html.parser import HTMLParser
from pathlib import Path

import cmarkgfm
from cmarkgfm.cmark import Options
from jsonschema import Draft202012Validator
from junitparser import Error, Failure, JUnitXml, Skipped

HERE = Path(__file__).parent
FOLDER = Path(sys.argv[1])
# What GitHub makes of Markdown that has no HTML, links or images of its own.
TAGS = {
    "h1", "h2", "h3", "p", "strong", "em", "code", "pre", "ul", "li",
    "table", "thead", "tbody", "tr", "th", "td", "br", "hr",
}


def files(pattern):
    """The files of this pattern, of which there have to be some."""
    found = sorted(FOLDER.glob(pattern))
    assert found, f"no {pattern} in {FOLDER}"
    return found


def validate(schema, pattern):
    schema = json.loads((HERE / schema).read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for file in files(pattern):
        errors = sorted(validator.iter_errors(json.loads(file.read_text("utf-8"))), key=str)
        assert not errors, f"{file}: {errors[0].json_path}: {errors[0].message}"


def table():
    with open(FOLDER / "gradebook.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert len(rows) == len(files("feedback/*.md")), "a row for each learner"
    assert len({row["id"] for row in rows}) == len(rows), "nobody twice"
    for row in rows:
        assert None not in row, f"more cells than columns: {row}"
        graded = True
        for column in (name for name in row if f"{name} status" in row):
            if row[f"{column} status"] in ("unreadable", "refused", "grader error"):
                assert row[column] == "", row
                graded = False
            else:
                assert 0 <= int(row[column]) <= 100, row
        assert (row["total"] != "") == graded, row


def junit():
    seen = set()
    for file in files("junit/*.xml"):
        report = JUnitXml.fromfile(str(file))
        assert report.failures == sum(suite.failures for suite in report), file
        for suite in report:
            cases = list(suite)
            results = [result for case in cases for result in case.result]
            seen.update(type(result) for result in results)
            assert suite.tests == len(cases) > 0, file
            assert suite.failures == sum(isinstance(it, Failure) for it in results), file
            assert suite.errors == sum(isinstance(it, Error) for it in results), file
            assert suite.skipped == sum(isinstance(it, Skipped) for it in results), file
    assert seen == {Failure, Error, Skipped}, seen


class Tags(HTMLParser):
    """Fails at a tag that a text has brought in."""

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, f"<{tag} {attrs}>"


def feedback():
    for file in files("feedback/*.md"):
        html = cmarkgfm.github_flavored_markdown_to_html(
            file.read_text("utf-8"), options=Options.CMARK_OPT_UNSAFE
        )
        try:
            Tags().feed(html)
        except AssertionError as error:
            raise AssertionError(f"{file}: {error}") from None


table()
validate("gradescope.schema.json", "gradescope/*.json")
validate("exercism.schema.json", "exercism/*/*.json")
junit()
feedback()
print("the reports are read by Python's csv, jsonschema, junitparser and GitHub's Markdown")
