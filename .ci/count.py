"""Summarises a CI run: shows the failures, and ends with the line "N passed, N failed, N skipped"."""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

results = pathlib.Path(sys.argv[1])
passed = failed = skipped = 0


def show(title, text, lines=30):
    print(f"\n--- {title}")
    kept = [line for line in text.strip().splitlines() if line.strip()]
    if len(kept) > lines:
        print(f"    … {len(kept) - lines} lines before …")
    for line in kept[-lines:]:
        print(f"    {line[:300]}")


def read(path):
    return path.read_text(errors="replace") if path.exists() else ""


def count_dotnet():
    """Counts the results of the test platform, one file for each test project."""
    counts = [0, 0, 0]
    log = read(results / "dotnet-test.log")
    for project in sorted(pathlib.Path("tests").glob("*/*.csproj")):
        path = results / "dotnet-test" / f"{project.stem}.trx"
        if not path.exists():
            if "<IsTestProject>true" in project.read_text():
                counts[1] += 1
                errors = {line.strip() for line in log.splitlines() if re.search(r": error [A-Z]+\d+:", line)}
                show(f"{project.stem} gave no results", "\n".join(sorted(errors)))
            continue
        trx = xml.parse(path)
        for result in trx.iterfind(".//{*}UnitTestResult"):
            outcome = result.get("outcome")
            counts[0 if outcome == "Passed" else 1 if outcome in ("Failed", "Error", "Timeout", "Aborted") else 2] += 1
            if outcome == "Failed":
                message, trace = (result.findtext(f".//{{*}}{part}", "") for part in ("Message", "StackTrace"))
                show(result.get("testName"), "\n".join([message, *trace.splitlines()[:3]]))
        # Failures without a failed test: a host that crashed or hung.
        for error in trx.iterfind(".//{*}RunInfo[@outcome='Error']"):
            counts[1] += 1
            show(path.name, error.findtext("{*}Text", ""))
    return counts


def count_vitest(stage):
    counts = [0, 0, 0]
    path = results / f"{stage}.json"
    if not path.exists():
        return counts
    for file in json.loads(path.read_text())["testResults"]:
        tests = file["assertionResults"]
        for test in tests:
            counts[{"passed": 0, "failed": 1}.get(test["status"], 2)] += 1
            if test["status"] == "failed":
                show(test["fullName"], "\n".join(test["failureMessages"]))
        if file["status"] == "failed" and all(test["status"] != "failed" for test in tests):
            counts[1] += 1
            show(file["name"], file.get("message", ""))
    return counts


def count_node(stage):
    log = read(results / f"{stage}.log")
    found = {name: int(number) for name, number in re.findall(r"^\S+ (pass|fail|cancelled|skipped) (\d+)$", log, re.MULTILINE)}
    counts = [found.get("pass", 0), found.get("fail", 0) + found.get("cancelled", 0), found.get("skipped", 0)]
    if counts[1]:
        show(stage, log, lines=80)
    return counts


def count_requests(path):
    log = read(path)
    found = re.search(r"(\d+) passed, (\d+) failed, (\d+) skipped\s*$", log)
    if found is None:
        return [0, 0, 0]
    counts = [int(number) for number in found.groups()]
    if counts[1]:
        show("request collections", log, lines=80)
    return counts


counters = {
    "dotnet-test": count_dotnet,
    "client-test": lambda: count_vitest("client-test"),
    "client-browser-test": lambda: count_vitest("client-browser-test"),
    "package-test": lambda: count_node("package-test"),
    "requests-test": lambda: count_requests(results / "requests-test.log"),
}

for status in sorted(results.glob("*.status"), key=lambda file: file.stat().st_mtime):
    stage = status.stem
    counts = counters.get(stage, lambda: [0, 0, 0])()
    # A stage that failed or ran no test, without a failed test, counts as one failure.
    if counts[1] == 0 and (status.read_text().strip() != "0" or (stage in counters and counts[0] == 0)):
        counts[1] = 1
        show(f"{stage} ended with {status.read_text().strip()}", read(results / f"{stage}.log"))
    passed, failed, skipped = passed + counts[0], failed + counts[1], skipped + counts[2]
    if stage in counters:
        print(f"{stage}: {counts[0]} passed, {counts[1]} failed, {counts[2]} skipped")

print(f"\n{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
