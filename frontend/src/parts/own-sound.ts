/** The person's own sound, for a clip that is made to it: chosen, uploaded at once, taken out again. It is fetched when such
 * a clip is first wanted. The site reads the file; this looks at no byte. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Problem, Upload } from "../../../functions/_generated/contract";
import ownSoundWords from "../../words/own-sound.json";
import { Failure, localProblem, sendPicture } from "../api";
import { change, draft } from "../state/draft";
import { language, wordsOf } from "../state/language";
import "./problem";
import { View } from "./view";

const words = wordsOf(ownSoundWords);
const TAKEN = ".wav,.mp3,.m4a,audio/wav,audio/mpeg,audio/mp4";

@customElement("cw-own-sound")
export class OwnSound extends View {
  /** Share sent, 0 to 1; null while nothing is sent. */
  @state() private accessor share: number | null = null;
  @state() private accessor problem: Problem | null = null;
  private sending: AbortController | null = null;

  constructor() {
    super();
    this.watching(draft, language);
  }

  override disconnectedCallback(): void {
    this.sending?.abort();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    const { ownSound, loudness } = draft.value;
    return html`
      <fieldset class="field own-sound">
        <legend>${words("own_sound")}</legend>
        ${ownSound === null ? nothing : this.chosen(ownSound)}
        <label class="file-button">
          <input
            class="visually-hidden"
            id="own-sound-file"
            type="file"
            accept=${TAKEN}
            aria-describedby="own-sound-hint"
            @change=${this.choose}
          />
          <span class="small">${words(ownSound === null ? "choose" : "another")}</span>
        </label>
        <p role="status">${this.share === null ? nothing : words("sending", { n: Math.round(100 * this.share) })}</p>
        ${this.problem ? html`<cw-problem .problem=${this.problem}></cw-problem>` : nothing}
        <p class="quiet" id="own-sound-hint">${words("hint")}</p>
        <label class="check">
          <input
            type="checkbox"
            aria-describedby="even-hint"
            .checked=${loudness === "even"}
            @change=${() => change({ loudness: loudness === "even" ? "as_made" : "even" })}
          />
          ${words("even")}
        </label>
        <p class="quiet" id="even-hint">${words("even_hint")}</p>
      </fieldset>
    `;
  }

  private chosen({ id, name, seconds }: NonNullable<typeof draft.value.ownSound>): TemplateResult {
    const shown = name ?? words("unnamed");
    return html`
      <div class="own-sound-row">
        <span class="own-sound-name">${shown}</span>
        ${seconds === null ? nothing : html`<span class="quiet">${words("lasts", { seconds: seconds.toFixed(1) })}</span>`}
        <audio controls preload="none" src="/api/uploads/${id}/sound"></audio>
        <button type="button" class="small" @click=${this.takeOut}>${words("remove", { name: shown })}</button>
      </div>
    `;
  }

  private readonly takeOut = (): void => {
    change({ ownSound: null });
    this.querySelector<HTMLElement>("#own-sound-file")?.focus();
  };

  private readonly choose = async (event: Event): Promise<void> => {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = ""; // the same file may be chosen again
    if (!file) return;
    this.sending?.abort();
    const sending = new AbortController();
    this.sending = sending;
    this.problem = null;
    this.share = 0;
    try {
      const upload = await sendPicture<Upload>(audible(file), file.name, (share) => (this.share = share), sending.signal);
      if (upload.sound_seconds === null) throw new Failure(localProblem(words("no_sound"), words("no_sound_fix"), 415));
      change({ ownSound: { id: upload.id, name: upload.name, seconds: upload.sound_seconds } });
    } catch (error) {
      if (!(error instanceof Failure)) return; // another file was chosen, or the page is left
      this.problem = error.problem;
    } finally {
      if (this.sending === sending) this.share = null;
    }
  };
}

/** Some systems know no type of a sound file; the site words a refusal by it. */
function audible(file: File): Blob {
  return file.type.startsWith("audio/") ? file : new Blob([file], { type: "audio/mpeg" });
}
