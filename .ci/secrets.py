"""Searches all that the servers of a test run have logged for what no log may hold: prompts, keys, tokens, generated text."""
import pathlib
import re
import sys

CANARIES = {
    "Zq7RvX2k": "what clients sent in tests (tests/Testing/Canary.cs)",
    "s3cret": "keys and passwords in the settings of tests",
    "ipsum": "text of the source lorem",
    "consectetur": "text of the source lorem",
    "White Rabbit": "text of the document that ships",
    "access_token": "a query that may carry a token",
    "Bearer ey": "an Authorization header",
    "eyJhbGci": "a token",
}
# Each kind of server that tests start (ServerLogs.NewFile), with a line that shows that its log is one.
KINDS = {"IntegrationTests": " answered ", "SourceTests": " answered ", "node": " answered ", "requests": " answered "}

folder = pathlib.Path(sys.argv[1])
pattern = re.compile("|".join(map(re.escape, CANARIES)), re.IGNORECASE)
assert all(pattern.search(f"a line with {canary} in it") for canary in CANARIES)

failures = []
seen = dict.fromkeys(KINDS, 0)
lines = size = hits = 0
for file in sorted(folder.glob("*.log")):
    kind = file.name.split("-")[0]
    with file.open(errors="replace") as log:
        for number, line in enumerate(log, 1):
            lines += 1
            if KINDS.get(kind, "\0") in line:
                seen[kind] += 1
            if found := pattern.search(line):
                hits += 1
                if hits <= 20:
                    canary = next(name for name in CANARIES if name.lower() == found.group().lower())
                    failures.append(f"{file.name}:{number} holds {CANARIES[canary]}: {line.strip()[:300]}")
    size += file.stat().st_size

# A search of nothing finds nothing.
failures += [f"No requests are in the logs of {kind}: are they written at all?" for kind, count in seen.items() if count == 0]
print(f"{lines} lines, {size} bytes, requests by kind {seen}: {hits} hits")
print("\n".join(failures))
sys.exit(1 if failures else 0)
