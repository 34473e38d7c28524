"""Why a scene is left out of an order, in words. The site names the reasons; it knows no more."""

from infra.language import localized


def words_of(reason: str) -> str:
    """A reason that only a newer site knows is told as it is."""
    words = {
        "no_line": localized(ko="설명이 없어요", en="it has no line"),
        "line_too_long": localized(ko="설명이 너무 길어요", en="its line is too long"),
        "no_picture": localized(ko="이미지가 없어요", en="it has no picture"),
        "no_first_picture": localized(ko="첫 이미지가 없어요", en="it has no first picture"),
        "picture_gone": localized(ko="이미지가 지워졌어요", en="its picture was deleted"),
        "no_draft_of_two_pictures": localized(
            ko="이미지가 두 장이면 초안을 만들 수 없어요", en="two pictures make no draft"
        ),
        "no_chosen_clip": localized(ko="고른 영상이 없어요", en="it has no chosen clip"),
        "unchanged": localized(ko="이미 만들었고 바뀐 것이 없어요", en="it is made and unchanged"),
        "in_work": localized(ko="만드는 중이에요", en="it is in progress"),
        "above_clip_cap": localized(ko="영상 하나의 한도를 넘어요", en="it is above the limit of one clip"),
        "wrong_quality": localized(ko="이 화질로는 만들 수 없어요", en="not in this quality"),
    }
    return words.get(reason, reason)
