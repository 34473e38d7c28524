/** A video with what browsers' own controls lack: single frames and an endless loop. */

import { html, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import clipWords from "../../words/clip.json";
import { icons } from "../icons";
import { language, t, wordsOf } from "../state/language";
import { View } from "./view";

const words = wordsOf(clipWords);

@customElement("cw-player")
export class Player extends View {
  @property({ attribute: false }) accessor job!: Job;
  @state() private accessor isLooping = true;
  @state() private accessor frame = 0;

  constructor() {
    super();
    this.watching(language);
  }

  private get video(): HTMLVideoElement {
    return this.querySelector("video") as HTMLVideoElement;
  }

  protected override render(): TemplateResult {
    const { job } = this;
    return html`
      <div class="player" @keydown=${this.key}>
        <video
          src=${job.links.video ?? ""}
          poster=${job.links.poster ?? ""}
          controls
          playsinline
          preload="metadata"
          ?loop=${this.isLooping}
          aria-label=${t("clip_of", { prompt: job.input.prompt })}
          @timeupdate=${this.moved}
          @seeked=${this.moved}
        ></video>
        <div class="player-tools">
          <button type="button" class="round" aria-label=${words("frame_back")} @click=${() => this.step(-1)}>${icons.back}</button>
          <span class="frame">${words("frame_n", { n: this.frame + 1, of: job.video?.num_frames ?? 0 })}</span>
          <button type="button" class="round" aria-label=${words("frame_forward")} @click=${() => this.step(1)}>
            ${icons.forward}
          </button>
          <button
            type="button"
            class="round"
            aria-label=${words("loop")}
            aria-pressed=${this.isLooping ? "true" : "false"}
            @click=${() => (this.isLooping = !this.isLooping)}
          >
            ${icons.loop}
          </button>
        </div>
      </div>
    `;
  }

  /** Starts playing, silently: sound is for those who ask for it. Not where the person has asked for less motion. */
  async start(): Promise<void> {
    await this.updateComplete;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    this.video.muted = true;
    await this.video.play().catch(() => undefined);
  }

  stop(): void {
    this.video?.pause();
  }

  /** As in editors of films. Letters act while the focus is in the player alone. */
  private key(event: KeyboardEvent): void {
    const frames = { ",": -1, ".": 1 }[event.key];
    if (frames === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    this.step(frames);
  }

  private step(frames: number): void {
    const rate = this.job.video?.frame_rate ?? 24;
    const last = (this.job.video?.num_frames ?? 1) - 1;
    this.video.pause();
    const now = Math.floor(this.video.currentTime * rate + 0.01);
    const next = Math.min(last, Math.max(0, now + frames));
    this.video.currentTime = (next + 0.5) / rate; // the middle of a frame is never rounded to its neighbour
  }

  private moved(): void {
    const rate = this.job.video?.frame_rate ?? 24;
    const last = (this.job.video?.num_frames ?? 1) - 1;
    this.frame = Math.min(last, Math.floor(this.video.currentTime * rate + 0.01));
  }
}
