/** The finished clips of a table, to take away: in one ZIP with subtitles and the table, one by one, or joined to a film. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { icons } from "../icons";
import { numberOf } from "../scenes/rows";
import { language, wordsOf } from "../state/language";
import { announcement, note } from "../state/notices";
import { selected, standings, table } from "../state/scene-table";
import { BusyView } from "./busy-view";

const words = wordsOf(sceneWords);
/** Browsers let through one download after the other. */
const BETWEEN_MS = 400;
/** A browser reads the file while it is saved. */
const KEPT_MS = 60_000;

interface Finished {
  row: string;
  clip: string;
  /** Its place in the table, from 0. */
  number: number;
}

@customElement("cw-scene-hand-over")
export class SceneHandOver extends BusyView {
  /** Of a film that is being joined, how many clips are there. */
  @state() private accessor joined = 0;

  constructor() {
    super();
    this.watching(language, table, standings, selected);
  }

  protected override render(): TemplateResult | typeof nothing {
    const all = this.finished();
    const id = table.value?.id;
    if (all.length === 0 || !id) return nothing;
    const rows = selected.value.size > 0 ? `?scenes=${all.map(({ row }) => row).join()}` : "";
    return html`
      <details class="hand-over" @keydown=${this.key} @focusout=${this.left}>
        <summary class="small">${icons.download} <span>${words("hand_over")}</span> ${all.length}</summary>
        <div class="menu-list">
          <a class="small" href="/api/projects/${id}/clips.zip${rows}" download @click=${this.fold}>${words("zip", { n: all.length })}</a>
          <button type="button" class="small" @click=${() => void this.oneByOne(all)}>${words("one_by_one")}</button>
          ${all.length > 1
            ? html`<button type="button" class="small" ?disabled=${this.isBusy} @click=${() => void this.press(() => this.film(all))}>
                ${this.joined > 0 ? words("joining", { n: this.joined, of: all.length }) : words("one_film")}
              </button>`
            : nothing}
          <a class="small" href="/api/projects/${id}/scenes.csv" download @click=${this.fold}>${words("csv")}</a>
          <a class="small" href="/api/projects/${id}/subtitles.srt" download @click=${this.fold}>${words("srt")}</a>
        </div>
      </details>
    `;
  }

  /** Of the selected rows, or of all. */
  private finished(): Finished[] {
    return (table.value?.rows ?? []).flatMap(({ id }, index) => {
      const clip = standings.value.get(id)?.clip;
      if (!clip || (selected.value.size > 0 && !selected.value.has(id))) return [];
      return [{ row: id, clip, number: index }];
    });
  }

  private async oneByOne(all: readonly Finished[]): Promise<void> {
    this.fold();
    for (const { clip } of all) {
      save(`/api/jobs/${clip}/video?download=1`, "");
      await new Promise((done) => setTimeout(done, BETWEEN_MS));
    }
  }

  /** The script that joins is fetched now. */
  private async film(all: readonly Finished[]): Promise<void> {
    try {
      const { joinClips } = await import("../one-film");
      const clips = all.map(({ clip, number }) => ({ number, open: () => fetched(`/api/jobs/${clip}/video`) }));
      const made = await joinClips(clips, (count) => (this.joined = count));
      if (made.kind === "differ") {
        note(words("join_differs", { list: made.numbers.map(numberOf).join(", ") }));
        return;
      }
      const address = URL.createObjectURL(made.film);
      save(address, `${table.value?.title || words("untitled")}.mp4`);
      setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
      announcement.set(words("joined"));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // as fetch tells that nothing came
      note(words("join_failed"));
    } finally {
      this.joined = 0;
      this.fold();
    }
  }

  private readonly fold = (): void => {
    this.querySelector("details")?.removeAttribute("open");
  };

  private key(event: KeyboardEvent): void {
    if (event.key !== "Escape") return;
    this.fold();
    this.querySelector<HTMLElement>("summary")?.focus();
  }

  private left(event: FocusEvent): void {
    if (event.relatedTarget instanceof Node && !this.contains(event.relatedTarget)) this.fold();
  }
}

async function fetched(address: string): Promise<Blob> {
  const answer = await fetch(address);
  if (!answer.ok) throw new TypeError(`${address}: ${answer.status}`);
  return answer.blob();
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
