"""The LTX pipelines behind one call: exact settings and pictures in, an MP4, two of its frames and measures out.

The stock classes of ltx-pipelines 1.0.0 run on cached models (`model_cache.py`), with hooks for progress
(`progress.py`). What a clip's settings become in a pipeline's call says `pipeline_call.py`.

Does not know jobs, storage or prices. One render at a time: a `Renderer` is not thread-safe.
"""

# LTX, torch and safetensors come with gaps in their types; what they hand over is Any to the checker.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import gc
import logging
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from ltx_core.loader import LTXV_LORA_COMFY_RENAMING_MAP, LoraPathStrengthAndSDOps
from ltx_pipelines.a2vid_two_stage import A2VidPipelineTwoStage
from ltx_pipelines.distilled import DistilledPipeline
from ltx_pipelines.ic_lora import ICLoraPipeline
from ltx_pipelines.keyframe_interpolation import KeyframeInterpolationPipeline
from ltx_pipelines.retake import RetakePipeline
from ltx_pipelines.ti2vid_one_stage import TI2VidOneStagePipeline
from ltx_pipelines.ti2vid_two_stages import TI2VidTwoStagesPipeline
from ltx_pipelines.ti2vid_two_stages_hq import TI2VidTwoStagesHQPipeline
from numpy.typing import NDArray

from gpu.core.contract import Resolved
from gpu.core.placement import PLANS, Plan
from gpu.core.presets import (
    HQ_LORA_STRENGTHS,
    HQ_PIPELINE,
    LIP_SYNC_PIPELINE,
    ONE_STAGE_PIPELINE,
    PRESETS,
    RETAKE_PIPELINE,
)
from gpu.core.problems import InvalidJob, OutOfGpuMemory, ProblemError
from gpu.core.prompt_help import PROMPT_HELP
from gpu.core.render_job import Follower, Rendered, Shot, Worded, Wording, is_out_of_memory
from gpu.media import pictures as picture_files
from gpu.media.encode import Sound, write_poster
from gpu.media.face_measures import FaceMeasures
from gpu.media.kept_parts import SourceClip, picture_shares, read_source, with_kept_frames, with_kept_sound
from gpu.media.last_frame import LastFrame
from gpu.media.longer_clip import frames_between, write_longer_clip
from gpu.media.loudness import evened
from gpu.media.quality import FrameMeasures
from gpu.render.ltx_patches import (
    allow_cpu,
    compress_pictures_alike,
    freeze_what_stays,
    guide_at_once,
    read_pictures_at_their_size,
    return_free_memory,
    use_gemma_config,
    use_number_format,
    without_progress_bars,
    without_waiting,
)
from gpu.render.model_cache import Models, ResidentLedger
from gpu.render.model_files import ModelFiles
from gpu.render.pipeline_call import call_arguments, denoising_passes
from gpu.render.progress import Watch
from gpu.render.prompt_help import word
from gpu.render.retake_source import retake_from_memory
from gpu.render.staged_pictures import give_each_stage_its_pictures
from gpu.render.weight_loader import WeightLoader
from gpu.speed import flash

log = logging.getLogger(__name__)

Made = TypeVar("Made")

IC_LORA_STRENGTH = 1.0

GEMMA_OF = "TI2VidTwoStagesPipeline"
"""Whose Gemma writes: all pipelines share one."""

RESIDENT_TWICE = PLANS["resident_twice"]

PIPELINES: tuple[str, ...] = (
    "TI2VidTwoStagesPipeline",
    "DistilledPipeline",
    ONE_STAGE_PIPELINE,
    "KeyframeInterpolationPipeline",
    "ICLoraPipeline",
    HQ_PIPELINE,
    LIP_SYNC_PIPELINE,
    RETAKE_PIPELINE,
)


GUIDED_IN_TWO_STAGES: dict[str, Any] = {
    "TI2VidTwoStagesPipeline": TI2VidTwoStagesPipeline,
    "KeyframeInterpolationPipeline": KeyframeInterpolationPipeline,
    LIP_SYNC_PIPELINE: A2VidPipelineTwoStage,
}
"""Built alike: a transformer, and for the second stage the same with the distilled LoRA."""


class Renderer:
    """All pipelines over one set of model files. Loads lazily; `warm` loads everything."""

    def __init__(
        self,
        files: ModelFiles,
        *,
        threads: int | None = None,
        plan: Plan = RESIDENT_TWICE,
        visible_mark: bool = False,
        compiled: bool | None = None,
        loader: WeightLoader | None = None,
    ) -> None:
        """`threads`: CPU threads of torch; frames are equal only between equal numbers. Default: torch's own beside a
        GPU, one where the models run on the CPU. A random tiny clip takes 0.7 s on two idle cores and 0.8 s of CPU
        time on one thread; on a busy machine two threads, spinning for each other, took over 15 s and one took 3
        (measured, 2 cores, 33 frames of 192x320, 20 steps, 2026-11-23).
        `plan`: which models stay between clips, and the transformer's number format.
        `visible_mark`: whether a corner of every clip shows that an AI made it.
        `compiled`: whether the transformer is compiled, which takes half a minute once. Default: on a GPU.
        `loader`: one that reads the weights already (`start.py`)."""
        allow_cpu()
        compress_pictures_alike()
        read_pictures_at_their_size()
        without_progress_bars()
        without_waiting()
        guide_at_once()
        give_each_stage_its_pictures()
        retake_from_memory()
        if threads is not None or not torch.cuda.is_available():
            torch.set_num_threads(threads or 1)
        self.files = files
        self._visible_mark = visible_mark
        self._watch = Watch()
        on_gpu = torch.cuda.is_available()
        self.models = Models(self._watch, plan, compiled=on_gpu if compiled is None else compiled, loader=loader)
        self._pipelines: dict[str, tuple[Any, list[ResidentLedger]]] = {}
        self._busy = threading.Lock()
        self._frozen_with: int | None = None

    @torch.inference_mode()
    def prepare(self) -> None:
        """What a first clip needs beside its models: the compiled block, while the models are read. FlashAttention is
        put off until that clip is over."""
        flash.put_off()
        self.models.compile_early(self.files.checkpoint)
        gc.freeze()  # between the phases of a clip LTX searches whatever is not frozen
        gc.enable()

    @torch.inference_mode()
    def warm(self, pipelines: Sequence[str] = PIPELINES) -> None:
        """Loads every model of these pipelines whose files exist, and keeps them loaded.

        At real size each transformer variant is 38 GB in bf16 and the pipelines use four of them, so the caller
        on a GPU names pipelines. Raises WeightsUnusable.
        """
        for name in pipelines:
            if name != "ICLoraPipeline" or self.files.ic_lora is not None:
                for ledger in self._adopted(name)[1]:
                    ledger.load_all()
        freeze_what_stays()

    def render(self, shot: Shot, follower: Follower) -> Rendered:
        """Makes one clip.

        Raises JobCanceled, InvalidJob (models that cannot make it), OutOfGpuMemory, WeightsUnusable, RenderFailed
        (unreadable source), ValueError for settings the pipeline cannot follow. Errors carry no traceback below this
        call, so that a kept error keeps no tensors; the full traceback is in the log. After an error no file is left.
        """
        made = shot.resolved
        what = f"{made.num_frames} frames of {made.width}x{made.height}."
        files = shot.video_path, shot.poster_path, shot.last_frame_path
        return self._alone(lambda: self._render(shot, follower), what, filter(None, files))

    def word(self, wording: Wording, follower: Follower) -> Worded:
        """Lets Gemma write a prompt anew. Raises as `render`, and RenderFailed where nothing was written."""
        ledger = self._adopted(GEMMA_OF)[1][0]
        return self._alone(lambda: word(ledger, wording, follower), "A prompt was being written.")

    def _alone(self, work: Callable[[], Made], what: str, files: Iterable[Path] = ()) -> Made:
        """Runs one job's work and cleans up after it. `what`: the work in words, should memory run out. `files` are
        removed after an error."""
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("a renderer makes one clip at a time")
        try:
            flash.use_what_is_checked()
            with torch.inference_mode():
                made = work()
            if torch.cuda.is_available():
                flash.check_soon(torch.device("cuda", torch.cuda.current_device()))
            return made
        except BaseException as error:
            if not isinstance(error, ProblemError):
                log.exception("render failed")
            failure = OutOfGpuMemory(what) if is_out_of_memory(error) else _without_frames(error)
        finally:
            self.models.repeated.forget()
            return_free_memory()
            self._freeze_what_stays()
            self._busy.release()
        for path in files:
            path.unlink(missing_ok=True)
        raise failure

    def _render(self, shot: Shot, follower: Follower) -> Rendered:
        resolved = shot.resolved
        frames_decoded = self.models.plan.frames_at(resolved.width * resolved.height)
        source = shot.source_video
        if source is not None and resolved.pipeline == RETAKE_PIPELINE:
            source = read_source(source, resolved)
        arguments = call_arguments(resolved, shot.pictures, source, shot.sound, frames_decoded=frames_decoded)
        pipeline, ledgers = self._adopted(resolved.pipeline)
        loaded_before = self.models.loading_seconds
        passes = denoising_passes(resolved)
        shown = min(shot.pictures, key=lambda each: each.frame_idx, default=None)
        picture = None if shown is None else picture_files.pixels_of(shown.path, resolved.width, resolved.height)
        measures = FrameMeasures(resolved.num_frames, picture, FaceMeasures(picture, resolved.frame_rate))
        last_frame = LastFrame(resolved.num_frames, shot.last_frame_path)
        if torch.cuda.is_available():
            torch.cuda.reset_peak_memory_stats()
        has_pictures = bool(shot.pictures) or shot.source_video is not None
        with self._watch.over(passes, follower, has_pictures=has_pictures) as stage_seconds:
            chunks, audio = pipeline(**arguments)
            expected = sum(each.evaluations for each in passes)
            assert self._watch.evaluations == expected, f"{self._watch.evaluations} evaluations, not {expected}"
            frames = _arrays(chunks)
            if isinstance(source, SourceClip):
                frames = with_kept_frames(frames, source, resolved)
            video_bytes = write_longer_clip(
                last_frame.watch(measures.watch(frames)),
                _sound_of(audio, resolved, source if isinstance(source, SourceClip) else None),
                shot.video_path,
                old=shot.source_video,
                frames_before=resolved.frames_before,
                num_frames=resolved.num_frames,
                frame_rate=resolved.frame_rate,
                visible_mark=self._visible_mark,
                new_shares=picture_shares(resolved) if isinstance(source, SourceClip) else None,
            )
            self._watch.enter("check")
            first_frame = measures.first_frame
            if resolved.frames_before:
                ((first_frame, *_),) = frames_between(shot.video_path, 0, 1)
            assert first_frame is not None
            poster_bytes = write_poster(first_frame, shot.poster_path)
        texts = resolved.prompt_sent, resolved.negative_prompt
        tokens_dropped = sum(ledgers[0].tokens_dropped(text) for text in texts if text)
        return Rendered(
            num_frames=resolved.frames_before + measures.num_frames,
            width=resolved.width,
            height=resolved.height,
            frame_rate=resolved.frame_rate,
            frames_hash=measures.frames_hash,
            video_bytes=video_bytes,
            poster_bytes=poster_bytes,
            stage_seconds=stage_seconds,
            loading_seconds=self.models.loading_seconds - loaded_before,
            quality=measures.quality(resolved.frame_rate),
            peak_bytes=torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None,
            prompt_tokens_dropped=tokens_dropped,
            quantization=self.models.plan.rounded,
            content_credentials="off",
            last_frame=last_frame.kept(),
        )

    def _freeze_what_stays(self) -> None:
        """Freezes the garbage collector again after a clip that added lasting objects: a model, or the compiled graph.
        Scanning the compiler's objects took some 0.1 s, several times a clip (measured, 2026-11-23)."""
        if self._frozen_with != len(self.models.built):
            self._frozen_with = len(self.models.built)
            freeze_what_stays()

    def loaded_presets(self) -> tuple[str, ...]:
        """Presets whose transformer is in memory, so that their clips begin at once: none before the first clip, and
        none where the plan keeps no transformer between clips. Prompt help where Gemma is in memory."""
        held = self.models.checkpoints()
        clips = (
            preset.name
            for preset in PRESETS.values()
            if str(checkpoint_of(preset.pipeline, self.files)) in held
            and (preset.pipeline != "ICLoraPipeline" or self.files.ic_lora is not None)
        )
        has_gemma = any(key[0] == "text encoder" for key in self.models.built)
        return (*clips, PROMPT_HELP) if has_gemma else tuple(clips)

    def pipeline(self, name: str) -> Any:
        """The pipeline `name`, on cached models. Raises ValueError, WeightsUnusable, InvalidJob."""
        return self._adopted(name)[0]

    def _adopted(self, name: str) -> tuple[Any, list[ResidentLedger]]:
        if name not in self._pipelines:
            pipeline = stock_pipeline(name, self.files)
            self._pipelines[name] = pipeline, self.models.adopt(pipeline)
        return self._pipelines[name]


def checkpoint_of(pipeline: str, files: ModelFiles) -> Path:
    """The file of a pipeline's transformer."""
    is_distilled = pipeline in ("DistilledPipeline", "ICLoraPipeline", RETAKE_PIPELINE)
    return files.distilled_checkpoint if is_distilled else files.checkpoint


def stock_pipeline(name: str, files: ModelFiles) -> Any:
    """The LTX pipeline `name` as its package ships it, which loads every model on each call."""
    use_number_format()
    use_gemma_config(files.gemma_root)  # of the process: another set may have been opened since
    gemma, upsampler = str(files.gemma_root), str(files.spatial_upsampler)
    distilled = [_lora(files.distilled_lora, files.distilled_lora_strength)]
    match name:
        case "TI2VidTwoStagesPipeline" | "KeyframeInterpolationPipeline" | "A2VidPipelineTwoStage":
            return GUIDED_IN_TWO_STAGES[name](
                checkpoint_path=str(files.checkpoint),
                distilled_lora=distilled,
                spatial_upsampler_path=upsampler,
                gemma_root=gemma,
                loras=[],
            )
        case "TI2VidOneStagePipeline":
            return TI2VidOneStagePipeline(checkpoint_path=str(files.checkpoint), gemma_root=gemma, loras=[])
        case "TI2VidTwoStagesHQPipeline":
            return TI2VidTwoStagesHQPipeline(
                checkpoint_path=str(files.checkpoint),
                distilled_lora=distilled,
                distilled_lora_strength_stage_1=HQ_LORA_STRENGTHS[0],
                distilled_lora_strength_stage_2=HQ_LORA_STRENGTHS[1],
                spatial_upsampler_path=upsampler,
                gemma_root=gemma,
                loras=(),
            )
        case "DistilledPipeline":
            return DistilledPipeline(
                distilled_checkpoint_path=str(files.distilled_checkpoint),
                gemma_root=gemma,
                spatial_upsampler_path=upsampler,
                loras=[],
            )
        case "RetakePipeline":
            return RetakePipeline(checkpoint_path=str(files.distilled_checkpoint), gemma_root=gemma, loras=[])
        case "ICLoraPipeline":
            if files.ic_lora is None:
                raise InvalidJob("This site's models cannot restyle a clip.")  # they could when it was asked for
            return ICLoraPipeline(
                distilled_checkpoint_path=str(files.distilled_checkpoint),
                spatial_upsampler_path=upsampler,
                gemma_root=gemma,
                loras=[_lora(files.ic_lora, IC_LORA_STRENGTH)],
            )
        case _:
            raise ValueError(f"unknown pipeline {name!r}")


def _lora(path: Path, strength: float) -> LoraPathStrengthAndSDOps:
    return LoraPathStrengthAndSDOps(str(path), strength, LTXV_LORA_COMFY_RENAMING_MAP)


def _sound_of(audio: Any, resolved: Resolved, source: SourceClip | None) -> Sound | None:
    """The file's sound; None for a file without."""
    if resolved.sound == "off":
        return None
    samples = audio.waveform.float().cpu().numpy()
    if resolved.loudness == "even":
        samples = evened(samples, audio.sampling_rate)
    made = Sound(samples, audio.sampling_rate)
    return made if source is None else with_kept_sound(made, source, resolved)


def _arrays(chunks: Iterator[torch.Tensor]) -> Generator[NDArray[np.uint8], None, None]:
    """Decoded chunks as arrays. Closing it frees the decoder's buffers at any point."""
    with closing(chunks) as decoding:  # pyright: ignore[reportArgumentType] (a generator behind the Iterator type)
        for chunk in decoding:
            yield chunk.contiguous().cpu().numpy()


def _without_frames(error: BaseException) -> BaseException:
    """The same error without its own and its causes' tracebacks, which would keep every tensor alive."""
    link: BaseException | None = error
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        link.__traceback__ = None
        link = link.__cause__ or link.__context__
    return error
