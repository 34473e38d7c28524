"""A log of releases to photograph: one is live, one failed, one was rolled back.

Its rows reach the database by the statement with which a release tells its site. It does not know the page.
"""

from gpu.core.contract import ReleaseEntry
from infra.reflection.release_log import Lesson, Log, Release
from infra.release.site_record import entries

ENVIRONMENT = "production"
ANSWERS = (
    "고른 카드와 LoRA가 메모리에 들어가나요? 예: 80.0 GiB 가운데 79.4 GiB를 써요.",
    "코드 페이지 949인 Windows에서도 돌아가나요? 예.",
    "빠진 라이브러리가 없나요? 예.",
    "비밀값이 새어 나가지 않나요? 예.",
    "한도 안의 값인가요? 예: 36.7원, 한도는 54원이에요.",
    "스스로 고친 것: docs/배포 안내.md, infra/targets.toml",
)
LIVE = Release(
    id="20261127-093000-1a2b3c4",
    at="2026-11-27T09:30:00Z",
    environment=ENVIRONMENT,
    commit="1a2b3c4",
    outcome="live",
    why="새 화질을 더하고 기다리는 순서를 고침",
    found=(
        "text-encoding: docs/배포 안내.md: UTF-8이 아니에요 (3번째 바이트)",
        "price-age: 단가를 148일 전에 확인했어요: 2026-07-02",
    ),
    fixed=("docs/배포 안내.md",),
    left=("price-age: 단가를 148일 전에 확인했어요: 2026-07-02",),
    predicted={"won": 89.8, "gpu_seconds": 68.3, "peak_vram_gib": 79.4, "cold_start_seconds": 41.0},
    measured={
        "won": 92.4,
        "gpu_seconds": 70.1,
        "peak_vram_gib": 79.1,
        "cold_start_seconds": 44.6,
        "video_bytes": 4_193_212,
    },
    summary=ANSWERS,
    choices={"card 35.0 36.7": "H100 36.7원 (B200 35.0원 대신)"},
)
FAILED = Release(
    id="20261126-181500-9f8e7d6",
    at="2026-11-26T18:15:00Z",
    environment=ENVIRONMENT,
    commit="9f8e7d6",
    outcome="failed",
    why="Deploy the sweeper with the new lease",
    left=("pages-build: https://dash.cloudflare.com/0123456789abcdef0123456789abcdef/pages/view/clipwright/failed",),
    failed_step="agree",
    trouble="Pages가 9f8e7d6c5b4a 배포에 실패했어요: build 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
    summary=ANSWERS[:5],
)
UNDONE = Release(
    id="20261125-070000-0c1d2e3",
    at="2026-11-25T07:00:00Z",
    environment=ENVIRONMENT,
    commit="0c1d2e3",
    outcome="rolled_back",
    why="글자 크기를 키움",
)
LESSON = Lesson(LIVE.id, "2026-11-27T10:00:00Z", "단가가 내려서 예측보다 쌌어요")


def photographed_releases() -> list[ReleaseEntry]:
    """The newest first."""
    return entries(Log((UNDONE, FAILED, LIVE), (LESSON,)), ENVIRONMENT)
