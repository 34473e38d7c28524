"""Whether the live GPU service equals the one that a release would deploy: its commit and its settings."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import respx

from gpu.core import container_images
from gpu.core.contract.schema import contract_digest
from infra.platforms.programs import STAND_INS
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError
from infra.release import gpu_side, steps
from infra.release.journal import Journal
from infra.release.release_context import ReleaseContext, WaitTimes
from tests.infra.release.rehearsal import STAND_IN, Rehearsal

GPU = "https://gpu.invalid"
SITE = "https://site.invalid"
SWEEPER = "https://sweeper.invalid"
DEPLOYS = 'keep("deployed.txt", os.environ["CLIPWRIGHT_CHECKPOINT"])'


@pytest.fixture
def context(rehearsal: Rehearsal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ReleaseContext:
    (tmp_path / "modal.py").write_text(STAND_IN + DEPLOYS, encoding="utf-8")
    monkeypatch.setenv(STAND_INS, str(tmp_path))
    ground = ground_of(rehearsal.root, "production")
    ground = replace(ground, target=replace(ground.target, site_url=SITE, gpu_url=GPU, sweeper_url=SWEEPER))
    journal = Journal(id="r-1", environment="production", why="", began_at="", commit=rehearsal.head())
    return ReleaseContext(ground, journal, lambda: None, lambda _: None, WaitTimes(0.0, 0.0, 0.01))


@pytest.fixture
def router() -> Generator[respx.Router]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def answers(router: respx.Router, context: ReleaseContext, **told: object) -> None:
    build, contract = context.journal.commit[:12], contract_digest()
    page = f'<html lang="ko" data-contract="{contract}" data-commit="{build}">'
    router.get(f"{SITE}/ko/").mock(return_value=httpx.Response(200, html=page))
    for address in (f"{SITE}/api/version", f"{SWEEPER}/version"):
        router.get(address).mock(return_value=httpx.Response(200, json={"build": build, "contract": contract}))
    root = context.ground.root
    made_of = {"image": container_images.image_digest(root), "code": container_images.code_digest(root)}
    body = {"build": build, "contract": contract, **made_of, **told}
    router.get(f"{GPU}/version").mock(return_value=httpx.Response(200, json=body))


@pytest.mark.parametrize(
    ("told", "stays"),
    [
        ({"checkpoint": "ltx-2-19b", "visible_mark": False}, True),
        ({"checkpoint": "tiny-trained", "visible_mark": False}, False),
        ({"checkpoint": "ltx-2-19b", "visible_mark": True}, False),
        ({"checkpoint": "ltx-2-19b", "visible_mark": False, "image": "other"}, False),
        ({"checkpoint": "ltx-2-19b", "visible_mark": False, "code": "other"}, False),
        ({"checkpoint": "ltx-2-19b"}, False),  # deployed before it could say
    ],
)
def test_a_service_of_the_same_commit_stays_only_where_it_was_told_the_same(
    context: ReleaseContext, router: respx.Router, tmp_path: Path, told: dict[str, object], *, stays: bool
) -> None:
    answers(router, context, **told)
    steps.deploy_gpu(context)
    assert (context.journal.made["modal"] == "unchanged") == stays
    assert (tmp_path / "deployed.txt").is_file() != stays


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("tools/measure/speed.py", True),
        ("gpu/serve/local/server.py", True),
        ("infra/release/steps.py", True),
        ("gpu/core/geometry.py", False),
        ("infra/locks/render.txt", False),
    ],
)
def test_containers_are_replaced_only_for_a_file_that_they_are_made_from(
    context: ReleaseContext, router: respx.Router, rehearsal: Rehearsal, path: str, *, stays: bool
) -> None:
    answers(router, context, checkpoint="ltx-2-19b", visible_mark=False)
    rehearsal.write(path, rehearsal.read(path) + "# Another line.\n")
    assert gpu_side.uncommitted(context.ground) == ([] if stays else [path])
    context.journal.commit = rehearsal.commit("Another line")
    assert gpu_side.uncommitted(context.ground) == []
    steps.deploy_gpu(context)
    assert (context.journal.made["modal"] == "unchanged") == stays


def test_an_operator_may_ask_for_new_containers(context: ReleaseContext, router: respx.Router, tmp_path: Path) -> None:
    """`deploy --replace-gpu`: the service is equal in every way, and is deployed."""
    answers(router, context, checkpoint="ltx-2-19b", visible_mark=False)
    context.journal.replaces_gpu = True
    steps.deploy_gpu(context)
    assert context.journal.made["modal"] != "unchanged" and (tmp_path / "deployed.txt").is_file()


def test_a_new_file_counts_as_soon_as_it_lies_there(context: ReleaseContext, rehearsal: Rehearsal) -> None:
    rehearsal.write("gpu/serve/새 것.py", "")
    assert gpu_side.uncommitted(context.ground) == ["gpu/serve/새 것.py"]
    rehearsal.commit("Another file")


def test_services_agree_only_when_the_mark_is_what_the_row_says(context: ReleaseContext, router: respx.Router) -> None:
    context.journal.made["gpu_commit"] = context.journal.commit
    answers(router, context, checkpoint="ltx-2-19b", visible_mark=True)
    with pytest.raises(InfraError, match="visible_mark of the GPU service is True, expected False"):
        steps.agree(context)
    answers(router, context, checkpoint="ltx-2-19b", visible_mark=False)
    steps.agree(context)


def test_a_service_that_does_not_answer_tells_nothing(context: ReleaseContext, router: respx.Router) -> None:
    router.get(f"{GPU}/version").mock(return_value=httpx.Response(401))
    assert gpu_side.reported_version(context.ground.target) == {}
    router.get(f"{GPU}/version").mock(return_value=httpx.Response(200, text="[]"))
    assert gpu_side.reported_version(context.ground.target) == {}
