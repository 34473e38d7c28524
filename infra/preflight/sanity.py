"""The five questions before a release, answered one by one from the checks' results: memory on the card, code page 949,
dependencies, branch and secrets, cost. Each answer has its figure.

The log keeps the Korean answers; a terminal shows those of its language. It examines nothing itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gpu.core.checkpoints import CHECKPOINTS
from gpu.core.geometry import DEFAULT_RATIO, DEFAULT_SECONDS, DEFAULT_TIER, geometry
from gpu.core.hardware import GIB, GPUS
from gpu.core.memory import best_fit
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from infra.language import language
from infra.platforms.ground import Ground
from infra.platforms.targets import is_tiny
from infra.preflight.checks.money import default_estimate
from infra.preflight.findings import CheckResult


@dataclass(frozen=True, slots=True)
class Said:
    ko: str
    en: str


@dataclass(frozen=True, slots=True)
class Question:
    """`checks` decide the answer: no where one of them has an error, yes where all ran, open otherwise."""

    words: Said
    checks: tuple[str, ...]
    figures: Callable[[Ground], Said]


@dataclass(frozen=True, slots=True)
class Answer:
    """`state` is yes, no, or open where a check did not run."""

    state: str
    line: Said


def memory(ground: Ground) -> Said:
    checkpoint = CHECKPOINTS[ground.target.checkpoint]
    if is_tiny(ground.target.checkpoint):
        return Said("작은 연습용 모델이라 어느 GPU에나 들어가요", "a tiny set fits on any card")
    card = GPUS[default_estimate().gpu]
    shape = geometry(DEFAULT_RATIO, DEFAULT_TIER, DEFAULT_SECONDS)
    found = best_fit(PRESETS[DEFAULT_PRESET], shape, checkpoint, card)
    if found is None:
        return Said(f"{card.name}에 들어가지 않아요", f"does not fit on {card.name}")
    peak, usable = found.peak_bytes / GIB, found.usable_bytes / GIB
    figures = f"{card.name}, LoRA {checkpoint.lora}: {peak:.1f} / {usable:.1f} GiB"
    return Said(figures, figures)


def encoding(_ground: Ground) -> Said:
    return Said("파일은 UTF-8, 출력은 코드 페이지 949에서도 그대로", "files are UTF-8, output survives code page 949")


def dependencies(_ground: Ground) -> Said:
    return Said("이미지가 쓰는 라이브러리가 모두 잠금 파일에 있어요", "every library that the images import is locked")


def branch(ground: Ground) -> Said:
    target = ground.target
    return Said(
        f"{target.name} = {target.branch} 브랜치, 비밀값 없음", f"{target.name} = branch {target.branch}, no secret"
    )


def cost(ground: Ground) -> Said:
    estimate = default_estimate()
    won, cap = estimate.micro_won / 1e6, ground.target.cap_won
    figures = f"{estimate.preset} {estimate.tier} {estimate.seconds} s, {estimate.gpu}"
    return Said(f"{figures}: {won:.1f}원, 한도 {cap}원", f"{figures}: {won:.1f} won, cap {cap}")


QUESTIONS = (
    Question(
        Said("고른 GPU와 LoRA로 메모리가 충분한가요?", "Does it fit on the chosen card with its LoRA?"),
        ("vram",),
        memory,
    ),
    Question(
        Said("한국어 Windows(CP949)에서도 깨지지 않나요?", "Does it survive a Korean Windows (CP949)?"),
        ("text-encoding", "open-encoding", "printed-signs", "console-cp949"),
        encoding,
    ),
    Question(
        Said("빠진 라이브러리가 없나요?", "Is no library missing?"),
        ("image-imports", "pins", "lock-entries"),
        dependencies,
    ),
    Question(
        Said("맞는 브랜치이고 비밀값이 없나요?", "Is it the right branch, without secrets?"),
        ("git-branch", "git-clean", "secrets-tree", "secrets-staged", "secrets-history", "secrets-messages"),
        branch,
    ),
    Question(Said("영상 값이 한도 안인가요?", "Does a clip cost no more than the cap?"), ("cost-cap",), cost),
)
MARKS = {"yes": Said("예", "yes"), "no": Said("아니요", "NO"), "open": Said("확인 못 함", "not checked")}


def answers(ground: Ground, results: Sequence[CheckResult]) -> tuple[Answer, ...]:
    """One for each question whose checks are among the results."""
    by_id = {result.check.id: result for result in results}
    found: list[Answer] = []
    for question in QUESTIONS:
        asked = [by_id[name] for name in question.checks if name in by_id]
        if not asked:
            continue
        errors = [f"{each.check.id}: {f.message}" for each in asked for f in each.findings if f.severity == "error"]
        ran = {each.check.id for each in asked if each.skipped is None}
        missing = ", ".join(name for name in question.checks if name not in ran)
        state = "no" if errors else "open" if missing else "yes"
        if errors:
            figures = Said(errors[0], errors[0])
        elif missing:
            figures = Said(f"돌리지 않은 점검: {missing}", f"checks that did not run: {missing}")
        else:
            figures = question.figures(ground)
        mark = MARKS[state]
        found.append(
            Answer(
                state,
                Said(f"{question.words.ko} {mark.ko}. {figures.ko}", f"{question.words.en} {mark.en}. {figures.en}"),
            )
        )
    return tuple(found)


def lines_of(found: Sequence[Answer], mended: Sequence[str]) -> list[str]:
    """For the terminal: the answers, and what was mended without being asked."""
    korean = language() == "ko"
    return [answer.line.ko if korean else answer.line.en for answer in found] + ([mended_line(mended, korean=korean)])


def logged(found: Sequence[Answer], mended: Sequence[str]) -> tuple[str, ...]:
    """The same for the log, in Korean."""
    return (*(answer.line.ko for answer in found), mended_line(mended, korean=True))


def mended_line(mended: Sequence[str], *, korean: bool) -> str:
    if korean:
        return f"스스로 고친 것: {', '.join(mended) or '없음'}"
    return f"mended by itself: {', '.join(mended) or 'nothing'}"
