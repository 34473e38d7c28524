"""Trade-offs between cost and quality, asked before a release; the answer is kept in its log entry.

On a terminal a person chooses. Elsewhere nothing is chosen: what the repository says stays, and the log says that the
question is open, so it is asked again. An answer holds until one of its prices changes.
"""

from collections.abc import Callable

from gpu.core.presets import DEFAULT_PRESET
from infra import console
from infra.language import localized
from infra.platforms.targets import Target
from infra.preflight.trade_offs import TradeOff, unanswered
from infra.process.shell import InfraError
from infra.reflection.release_log import read_log
from infra.release.journal import Journal
from infra.release.release_context import ReleaseContext

COMPARED = "compare"
"""The name of that choice in the log."""


def ask(context: ReleaseContext) -> None:
    """Raises InfraError when a person chooses the cheaper way: it is a change of the repository."""
    ground, journal = context.ground, context.journal
    hold_comparison(ground.target, journal, context.tell)
    answered = {
        question: choice
        for release in read_log(ground.root).latest()
        if release.environment == ground.target.name
        for question, choice in release.choices.items()
    } | journal.choices
    for each in unanswered(ground.target, answered):
        if console.can_ask():
            decide(context, each)
            continue
        context.tell(each.question)
        journal.left.append(f"정하지 않은 선택: {each.question}")
    context.keep()


def hold_comparison(target: Target, journal: Journal, tell: Callable[[str], None]) -> None:
    """What was chosen by comparing clips goes into the log, and with it whether the code's default agrees."""
    if target.chosen_preset is None:
        return
    journal.choices[COMPARED] = target.chosen
    if target.chosen_preset != DEFAULT_PRESET:
        left = localized(
            ko=f"비교에서 고른 프리셋은 {target.chosen_preset}, 기본 프리셋은 {DEFAULT_PRESET}",
            en=f"compare chose {target.chosen_preset}, the default preset is {DEFAULT_PRESET}",
        )
        tell(left)
        journal.left.append(left)


def decide(context: ReleaseContext, each: TradeOff) -> None:
    console.note(each.question)
    typed = console.asked(localized(ko="1 또는 2", en="1 or 2"))
    if typed == "1":
        raise InfraError(
            localized(ko=f"더 싼 쪽을 골랐어요: {each.cheaper}", en=f"the cheaper way was chosen: {each.cheaper}"),
            localized(
                ko=f"{each.how} 로 바꾸고 python run.py render를 돌린 다음 커밋하고 다시 배포해 주세요",
                en=f"change it: {each.how}; then python run.py render, commit, and deploy again",
            ),
        )
    if typed == "2":
        context.journal.choices[each.key] = f"{each.now} {each.now_won:.1f}원 ({each.cheaper} {each.won:.1f}원 대신)"
        return
    context.journal.left.append(f"정하지 않은 선택: {each.question}")
