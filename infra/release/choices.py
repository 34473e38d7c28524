"""Trade-offs between cost and quality, asked before a release; the answer is kept in its log entry.

On a terminal a person chooses. Elsewhere nothing is chosen: what the repository says stays, and the log says that the
question is open, so it is asked again. An answer holds until one of its prices changes.
"""

from infra import console
from infra.language import localized
from infra.preflight.trade_offs import TradeOff, unanswered
from infra.process.shell import InfraError
from infra.reflection.release_log import read_log
from infra.release.release_context import ReleaseContext


def ask(context: ReleaseContext) -> None:
    """Raises InfraError when a person chooses the cheaper way: it is a change of the repository."""
    ground, journal = context.ground, context.journal
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
