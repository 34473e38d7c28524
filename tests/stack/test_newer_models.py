"""A site switched to LTX-2.3 by its two lines: rendered, checked, and from a press to a clip with the tiny 22B set.

The copy is of this repository as it is; everything runs from it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from gpu.core.presets import PRESETS
from tests.infra.release.rehearsal import Rehearsal

MODELS = "ltx-2.3-22b"
CHECKS = ("vram", "cost-cap", "target-limits", "weights-pinned")
"""What depends on the models."""
PRESS = """
import json, sys
from pathlib import Path
import httpx
from infra.dev.stack import Stack
from infra.platforms.site_client import SiteClient, has_ended
from infra.process.waiting import STALLED_AFTER_SECONDS

with Stack(Path(sys.argv[1]), gpu_env={"CLIPWRIGHT_CHECKPOINT": "tiny-22b"}) as stack:
    with httpx.Client(base_url=stack.url, headers={"accept-language": "en"}, timeout=STALLED_AFTER_SECONDS,
                      trust_env=False) as http:
        site = SiteClient(http, "")
        asked = {"preset": "expressive", "seconds": 2, "prompt": "a smile", "upload_id": site.upload_sample()}
        job = site.follow(f"/api/jobs/{site.submit(asked)['id']}", until=has_ended, moved=stack.gpu_activity, every=0.2)
        again = {"preset": "restyle", "seconds": 2, "prompt": "a smile", "source_job_id": job["id"]}
        refusal = http.post("/api/jobs", json=again)
        clip = http.get(job["links"]["video"]).content
        found = {"menu": http.get("/api/presets").json(), "job": job, "clip_bytes": len(clip),
                 "refusal": [refusal.status_code, refusal.json()], "jobs": len(http.get("/api/jobs").json()["jobs"])}
print("found " + json.dumps(found))
"""


@pytest.fixture(scope="module")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    copy = Rehearsal(tmp_path_factory.mktemp("다른 모델"))
    copy.change("gpu/core/checkpoints.py", 'PRODUCTION_CHECKPOINT = "ltx-2-19b"', f'PRODUCTION_CHECKPOINT = "{MODELS}"')
    copy.change("infra/targets.toml", 'checkpoint = "ltx-2-19b"', f'checkpoint = "{MODELS}"')
    code, output = copy.infra("render")
    assert code == 0, output
    copy.commit("Make clips with LTX-2.3")
    return copy


def test_it_is_priced_fits_its_cards_and_keeps_the_cap(switched: Rehearsal) -> None:
    found = switched.findings("--offline", *(word for name in CHECKS for word in ("--only", name)))
    errors = {name for name, each in found.items() if any(one["severity"] == "error" for one in each)}
    assert errors <= {"weights-pinned"}, found


def test_a_press_becomes_a_clip_of_these_models_and_restyling_is_gone(switched: Rehearsal, tmp_path: Path) -> None:
    code, output = switched.python("-c", PRESS, str(tmp_path / "stack"))
    assert code == 0, output
    found: dict[str, Any] = json.loads(output[output.index("found ") + len("found ") :])
    menu, job = found["menu"], found["job"]
    assert menu["checkpoint"] == "tiny-22b"
    assert {row["name"] for row in menu["presets"]} == PRESETS.keys() - {"restyle"}
    assert {row["preset"] for row in menu["estimates"]} == PRESETS.keys() - {"restyle"}
    assert job["status"] == "succeeded", job["problem"]
    assert (job["resolved"]["checkpoint"], job["resolved"]["picture_crf"]) == ("tiny-22b", 18)
    assert found["clip_bytes"] == job["video"]["bytes"]
    status, problem = found["refusal"]
    assert (status, problem["errors"][0]["pointer"]) == (422, "/preset"), problem
    assert "models cannot make it" in problem["errors"][0]["detail"]
    assert found["jobs"] == 1
