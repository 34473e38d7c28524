"""The catalogue of problems is complete, unique and speaks both languages."""

import re

from gpu.core.problems import PROBLEM_BY_SLUG, PROBLEMS, InvalidJob, ProblemError


def test_slugs_are_unique_and_stable_looking() -> None:
    assert len(PROBLEM_BY_SLUG) == len(PROBLEMS)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", problem.slug) for problem in PROBLEMS)


def test_every_problem_says_what_to_do_in_korean_and_english() -> None:
    for problem in PROBLEMS:
        assert re.search(r"[가-힣]", problem.title_ko), problem
        assert re.search(r"[가-힣]", problem.fix_ko), problem
        assert not re.search(r"[가-힣]", problem.title_en + problem.fix_en), problem
        assert 400 <= problem.status < 600


def test_the_tree_in_the_docstring_names_every_class() -> None:
    import gpu.core.problems

    drawn = gpu.core.problems.__doc__ or ""
    assert not [problem.__name__ for problem in PROBLEMS if not re.search(rf"\b{problem.__name__}\b", drawn)]


def test_an_error_carries_its_words_and_never_shows_them_twice() -> None:
    error = InvalidJob("no prompt", (("/prompt", "is empty"),))
    assert isinstance(error, ProblemError)
    assert (error.detail, error.errors, str(error)) == ("no prompt", (("/prompt", "is empty"),), "no prompt")
