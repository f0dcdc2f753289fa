"""Requests made from our own description of the API are answered as the description says."""

import re
import sys
from pathlib import Path

SEED = "1"
EXAMPLES = "30"
#: With names that exist, requests reach further than the first refusal.
KNOWN = """
[parameters]
"body.environment" = "prod1"
[[operations]]
include-path-regex = "/incidents/[{{]id[}}]"
parameters = {{ "path.id" = "{incident}" }}
[[operations]]
include-path-regex = "/alerts/"
parameters = {{ "path.source" = "alertmanager" }}
"""


def test_no_request_that_the_description_allows_breaks_it(site_to_change, run, tmp_path):
    site, known = site_to_change, tmp_path / "known.toml"
    known.write_text(KNOWN.format(incident=site.ids["Search is slow"]))
    words = ["--config-file", known, "run", f"{site.origin}/api/v1/openapi.json"]
    words += ["--header", f"Authorization: Bearer {site.token}"]
    words += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", SEED]
    # Streams never end; and a description cannot tell all that makes a request impossible, such as the state that
    # an incident is in by then.
    words += ["--exclude-path-regex", "/live$", "--exclude-checks", "positive_data_acceptance"]
    printed = run(Path(sys.executable).with_name("schemathesis"), *words, seconds=600)
    assert re.search(r"Tested: [1-9]", printed), printed
