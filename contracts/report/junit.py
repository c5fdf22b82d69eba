"""A run as JUnit XML: a test case for each check at each operation; decides nothing."""

from __future__ import annotations

import re
from xml.etree import ElementTree as xml

from contracts.report.reproduction import Scrub, base_of, steps
from contracts.suite.outcome import Outcome, Row
from contracts.targets.target import Target

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(outcome: Outcome, target: Target, scrub: Scrub) -> str:  # noqa: ARG001
    """One suite for each check."""
    root = xml.Element("testsuites", name=f"contracts {outcome.provider}", time=f"{outcome.seconds:.3f}")
    for row in outcome.rows:
        suite = xml.SubElement(root, "testsuite", name=row.name, time=f"{row.seconds:.3f}")
        failed = _cases(suite, row, outcome, scrub)
        cases = len(suite.findall("testcase"))
        suite.set("tests", str(cases))
        suite.set("failures", str(failed))
        suite.set("errors", str(1 if row.broken else 0))
        suite.set("skipped", str(len(suite.findall("testcase/skipped"))))
    for total in ("tests", "failures", "errors", "skipped"):
        root.set(total, str(sum(int(each.get(total, "0")) for each in root)))
    xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + xml.tostring(root, encoding="unicode") + "\n"


def _cases(suite: xml.Element, row: Row, outcome: Outcome, scrub: Scrub) -> int:
    failed = 0
    found: dict[str, list[str]] = {}
    for each in row.findings:
        if each.key in outcome.known:
            continue
        lines = [f"{each.message} ({each.known}, {each.pointer})"]
        for asked, came in steps(each, base_of(outcome.target), scrub):
            lines += [asked, f"-> {came}"]
        found.setdefault(each.operation, []).append("\n".join(lines))
    if row.skipped or row.broken:
        case = xml.SubElement(suite, "testcase", classname=row.name, name="")
        xml.SubElement(case, "skipped" if row.skipped else "error", message=_text(row.skipped or row.broken))
    for operation in dict.fromkeys((*row.wanted, *row.exercised, *found)):
        case = xml.SubElement(suite, "testcase", classname=row.name, name=operation)
        if operation in found:
            failed += 1
            first = found[operation][0].split("\n")[0]
            told = xml.SubElement(case, "failure", message=_text(first))
            told.text = _text("\n\n".join(found[operation]))
        elif not row.exercised.get(operation) and not row.skipped:
            xml.SubElement(case, "skipped", message="not reached")
    return failed


def _text(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
