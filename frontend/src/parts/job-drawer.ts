/** What is under way, beside every room: the running clips, those that wait in a line each, the way to stop them. No page
 * makes room for it. Its places are fixed, and hold still while somebody points at them. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Job } from "../../../functions/_generated/contract";
import workWords from "../../words/work.json";
import { Failure } from "../api";
import { duration } from "../format";
import { icons } from "../icons";
import { addressOf } from "../rooms";
import { closeDrawer, isDrawerOpen } from "../state/drawer";
import { heardAt } from "../state/feed";
import { cancel, cancelAll, work } from "../state/jobs";
import { language, t, wordsOf } from "../state/language";
import { estimateFor, choiceOf, menu, wantMenu } from "../state/menu";
import { note } from "../state/notices";
import { wantsNotification, wantNotification } from "../state/preferences";
import { tally } from "../state/work-tally";
import "./live-card";
import "./sure-button";
import { View } from "./view";

const words = wordsOf(workWords);
const TICK_MS = 1_000;
/** How long the lines hold still after somebody has moved over them. */
const STILL_MS = 2_000;
/** Silence that is told: a sign of life comes more often. */
const SILENCE_SECONDS = 12;

@customElement("cw-job-drawer")
export class JobDrawer extends View {
  @state() private accessor isCanceling = false;
  private waiting: readonly Job[] = [];
  private touchedAt = 0;
  private hadFocus = false;
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.watching(work, tally, isDrawerOpen, heardAt, language, menu, wantsNotification);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    wantMenu(); // what a job costs so far, and how long one takes
    this.ticking = setInterval(() => isDrawerOpen.value && this.requestUpdate(), TICK_MS);
  }

  override disconnectedCallback(): void {
    clearInterval(this.ticking);
    super.disconnectedCallback();
  }

  protected override willUpdate(): void {
    this.hadFocus = this.contains(document.activeElement);
  }

  /** A line that goes would take the focus with it. */
  protected override updated(): void {
    if (!this.hadFocus || document.activeElement !== document.body || !isDrawerOpen.value) return;
    this.querySelector<HTMLElement>("#drawer-title")?.focus({ preventScroll: true });
  }

  protected override render(): TemplateResult {
    const cards = atWork();
    if (Date.now() - this.touchedAt > STILL_MS) this.waiting = inLine(cards);
    const { open } = work.value;
    return html`
      <aside id="job-drawer" class="job-drawer" aria-labelledby="drawer-title" ?hidden=${!isDrawerOpen.value} @keydown=${this.key}>
        <header class="job-drawer-head">
          <h2 id="drawer-title" tabindex="-1">${words("title")}</h2>
          <button type="button" class="round" aria-label=${t("close")} @click=${this.close}>${icons.close}</button>
        </header>
        <div class="job-drawer-body">
          ${this.standing(cards.filter(({ status }) => status === "running").length)}
          ${cards.map((job) => html`<cw-live-card .job=${job}></cw-live-card>`)} ${this.line(open.length - cards.length)}
        </div>
        <footer class="job-drawer-foot">
          ${open.length === 0
            ? html`<a href=${addressOf("library", language.value)} @click=${this.close}>${words("to_library")}</a>`
            : html`${this.notification()}
                <cw-sure-button
                  .label=${words("cancel_all")}
                  .sure=${words("cancel_all_sure", { n: open.length })}
                  .about=${words("cancel_all_about")}
                  @sure=${() => void this.stopAll()}
                ></cw-sure-button>`}
        </footer>
      </aside>
    `;
  }

  private standing(running: number): TemplateResult {
    const { open } = work.value;
    const { succeeded, failed, canceled } = tally.value;
    const silence = heardAt.value === null ? 0 : (Date.now() - heardAt.value) / 1_000;
    const all = open.length + succeeded + failed + canceled;
    if (open.length === 0) return html`<p class="quiet">${words("none")}</p>`;
    const left = secondsLeft(running);
    return html`<p class="quiet job-drawer-standing">
      ${all > 1 ? html`<span>${words("done_of", { all, done: succeeded })}</span>` : nothing}
      ${running > 0 ? html`<span>${words("running_n", { n: running })}</span>` : nothing}
      ${open.length > running ? html`<span>${words("waiting_n", { n: open.length - running })}</span>` : nothing}
      ${failed > 0 ? html`<span class="fault">${words("failed_n", { n: failed })}</span>` : nothing}
      ${left === null ? nothing : html`<span>${words("time_left", { time: duration(left) })}</span>`}
      ${silence > SILENCE_SECONDS ? html`<span class="fault">${words("last_word", { time: duration(silence) })}</span>` : nothing}
    </p>`;
  }

  private line(count: number): TemplateResult | typeof nothing {
    if (count <= 0) return nothing;
    return html`
      <h3>${words("waiting")} <span class="tally">${count}</span></h3>
      <ol class="line" @pointermove=${this.touch} @pointerdown=${this.touch} @focusin=${this.touch}>
        ${this.waiting.map(
          (job, index) => html`<li>
            <span class="line-place">${words("place", { n: index + 1 })}</span>
            <span class="line-prompt">${job.input.prompt}</span>
            <button
              type="button"
              class="round"
              aria-label=${words("cancel_one", { prompt: job.input.prompt })}
              @click=${() => void this.stop(job)}
            >
              ${icons.close}
            </button>
          </li>`,
        )}
      </ol>
      ${count > this.waiting.length
        ? html`<p class="quiet">${words("further", { n: count - this.waiting.length })}</p>`
        : nothing}
    `;
  }

  private notification(): TemplateResult | typeof nothing {
    if (!("Notification" in globalThis)) return nothing;
    if (Notification.permission === "denied") return html`<p class="quiet">${words("notify_denied")}</p>`;
    return html`<label class="check">
      <input
        type="checkbox"
        .checked=${wantsNotification.value}
        @change=${(event: Event) => void wantNotification((event.target as HTMLInputElement).checked)}
      />
      ${words(wantsNotification.value ? "notify_on" : "notify")}
    </label>`;
  }

  private async stop(job: Job): Promise<void> {
    this.waiting = this.waiting.filter(({ id }) => id !== job.id);
    await attempted(() => cancel(job.id));
    this.requestUpdate();
  }

  private async stopAll(): Promise<void> {
    if (this.isCanceling) return;
    this.isCanceling = true;
    await attempted(async () => {
      await cancelAll();
      note(words("canceled_all"));
    });
    this.isCanceling = false;
    this.querySelector<HTMLElement>("#drawer-title")?.focus();
  }

  private touch(): void {
    this.touchedAt = Date.now();
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape" && !event.defaultPrevented) this.close();
  }

  private close(): void {
    closeDrawer();
    document.querySelector<HTMLElement>(".work")?.focus();
  }
}

/** The jobs that are shown whole: those that run; where none does, the one whose turn it is. */
function atWork(): readonly Job[] {
  const { jobs } = work.value;
  const running = jobs.filter(({ status }) => status === "running");
  return running.length > 0 ? running : jobs.slice(0, 1);
}

/** The others, in the order in which they go on: handed to a GPU, then held at the site. */
function inLine(cards: readonly Job[]): readonly Job[] {
  const { jobs, held } = work.value;
  const rest = jobs.filter((job) => !cards.includes(job));
  const place = ({ id }: Job): number => held.indexOf(id) + 1;
  return rest.sort((a, b) => place(a) - place(b) || a.id.localeCompare(b.id));
}

/** Seconds until all is done, if each takes as long as its price says and as many run at once as do now; null before prices
 * are known. */
function secondsLeft(running: number): number | null {
  const seconds = work.value.jobs.map((job) => estimateFor(choiceOf(job.input))?.gpu_seconds ?? null);
  const known = seconds.filter((one) => one !== null);
  if (known.length === 0 || running === 0 || work.value.open.length < 2) return null;
  const usual = known.reduce((sum, one) => sum + one, 0) / known.length;
  return (usual * work.value.open.length) / running;
}

async function attempted(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    note(`${error.problem.title}. ${error.problem.fix}`);
  }
}
