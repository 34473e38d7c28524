"""Whether a clip shows the motion that was asked: yes for clips drawn to show it, no for clips that show another."""

import pytest
import torch
from torch import Tensor

from gpu.tiny.motions import Motion, eyes_closed, moved
from tools.tiny_training.measures import likeness, undone
from tools.tiny_training.obedience import blink_of, shows, sway_of
from tools.tiny_training.studio import Drawing, drawings

SHIFTED: tuple[Motion, ...] = ("still", "zoom_in", "zoom_out", "pan_left", "pan_right", "pan_up", "pan_down", "sway")


@pytest.fixture(scope="module")
def portrait() -> Drawing:
    return next(drawings(1, 320, 192))


def blinking(drawing: Drawing, depth: float, *, opens: bool = True) -> Tensor:
    """A clip whose eyes shut by `depth` of what was drawn; without `opens` they stay shut."""
    assert drawing.shut is not None
    lids = eyes_closed(torch.arange(33.0))
    if not opens:
        lids[17:] = 1
    return torch.lerp(drawing.picture.unsqueeze(1), drawing.shut.unsqueeze(1), depth * lids.view(1, 33, 1, 1))


@pytest.mark.parametrize("motion", SHIFTED)
def test_a_motion_is_found_in_its_own_clip_alone(portrait: Drawing, motion: Motion) -> None:
    for made in SHIFTED:
        clip = moved(portrait.picture[None], 33, made)[0]
        # A sway has swung far enough at the last frame to be no stillness, and stands aside like a small pan.
        if made != "sway" or motion == "sway":
            assert shows(motion, clip, portrait.picture) == (motion == made), made


def test_a_sway_leans_the_top_to_both_sides_and_is_undone(portrait: Drawing) -> None:
    clip = moved(portrait.picture[None], 33, "sway")[0]
    top, bottom = sway_of(clip)
    assert top[0] < -8 < 8 < top[1]
    assert max(map(abs, bottom)) < 6
    back, view = undone(clip[:, -1], "sway", 32)
    assert likeness(back * view, portrait.picture * view) > 0.9
    assert likeness(clip[:, -1] * view, portrait.picture * view) < 0.9


def test_a_blink_shuts_the_eyes_and_opens_them_again(portrait: Drawing) -> None:
    assert shows("blink", blinking(portrait, 1.0), portrait.picture, portrait.shut)
    assert shows("blink", blinking(portrait, 0.3), portrait.picture, portrait.shut)
    assert not shows("blink", blinking(portrait, 0.1), portrait.picture, portrait.shut)
    assert not shows("blink", blinking(portrait, 0.0), portrait.picture, portrait.shut)
    assert not shows("blink", blinking(portrait, 1.0, opens=False), portrait.picture, portrait.shut)


def test_a_blink_is_measured_as_deep_as_it_was_drawn(portrait: Drawing) -> None:
    assert portrait.shut is not None
    found = blink_of(blinking(portrait, 0.6), portrait.picture, portrait.shut)
    assert found.shut == pytest.approx(0.6, abs=0.01)
    assert found.left == pytest.approx(0.0, abs=0.01)


def test_a_blink_without_its_drawing_cannot_be_judged(portrait: Drawing) -> None:
    clip = blinking(portrait, 1.0)
    with pytest.raises(ValueError, match="eyes shut"):
        shows("blink", clip, portrait.picture)
    with pytest.raises(ValueError, match="the same"):
        blink_of(clip, portrait.picture, portrait.picture)
