"""The five questions before a release, answered from their checks with figures, and a cheaper way put as a question."""

from dataclasses import replace

from infra.preflight import sanity
from infra.preflight.checks.registry import CHECKS
from infra.preflight.findings import CheckResult, Finding
from infra.preflight.runner import ground_of
from infra.preflight.trade_offs import trade_offs, unanswered
from infra.settings import ROOT

GROUND = ground_of(ROOT, "production")
CLEAN = tuple(CheckResult(check) for check in CHECKS)


def test_every_question_is_decided_by_checks_that_exist() -> None:
    assert {name for question in sanity.QUESTIONS for name in question.checks} <= {check.id for check in CHECKS}


def test_five_answers_name_the_card_its_lora_and_the_price() -> None:
    answers = sanity.answers(GROUND, CLEAN)
    assert [answer.state for answer in answers] == ["yes"] * 5
    memory, cost = answers[0].line, answers[4].line
    assert "rank 175" in memory.ko and "GiB" in memory.ko and memory.ko.startswith("고른 GPU와 LoRA로")
    assert "원, 한도 54원" in cost.ko
    assert sanity.logged(answers, ["gpu/a.py"])[-1] == "스스로 고친 것: gpu/a.py"


def test_an_error_is_the_answer_and_a_check_that_did_not_run_leaves_it_open() -> None:
    error = Finding("error", "numpy is in no lock", "lock it")
    results = [
        replace(each, findings=(error,)) if each.check.id == "image-imports"
        else replace(each, skipped="--offline") if each.check.id == "git-clean"
        else each
        for each in CLEAN
    ]  # fmt: skip
    answers = sanity.answers(GROUND, results)
    assert [answer.state for answer in answers] == ["yes", "yes", "no", "open", "yes"]
    assert "numpy is in no lock" in answers[2].line.ko
    assert answers[3].line.ko == "맞는 브랜치이고 비밀값이 없나요? 확인 못 함. 돌리지 않은 점검: git-clean"


def test_what_was_not_asked_is_not_answered_with_yes() -> None:
    """`--only secrets-tree` says nothing about the commits that a push would publish."""
    (answer,) = sanity.answers(GROUND, [each for each in CLEAN if each.check.id == "secrets-tree"])
    assert answer.state == "open"
    assert "secrets-history" in answer.line.en and "no secret" not in answer.line.en


def test_every_place_in_which_a_secret_may_lie_is_part_of_the_answer() -> None:
    (asked,) = [set(question.checks) for question in sanity.QUESTIONS if "secrets-tree" in question.checks]
    assert {check.id for check in CHECKS if check.id.startswith("secrets-")} <= asked


def test_a_cheaper_way_is_a_question_with_both_prices_until_it_is_answered() -> None:
    found = trade_offs(GROUND.target)
    assert all(each.won < each.now_won for each in found)
    for each in found:
        assert each.question.index(f"{each.won:.1f}") < each.question.index(f"{each.now_won:.1f}")
    assert unanswered(GROUND.target, {each.key: "as it is" for each in found}) == []
    assert trade_offs(replace(GROUND.target, checkpoint="tiny-trained")) == []
