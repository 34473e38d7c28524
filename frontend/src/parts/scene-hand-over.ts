/** The finished clips of a table, to take away: in one ZIP with subtitles and the table, one by one, or joined to a film. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { icons } from "../icons";
import { language, wordsOf } from "../state/language";
import { selected, standings, table } from "../state/scene-table";
import { View } from "./view";

const words = wordsOf(sceneWords);
/** Browsers let through one download after the other. */
const BETWEEN_MS = 400;

interface Finished {
  row: string;
  clip: string;
  number: number;
}

@customElement("cw-scene-hand-over")
export class SceneHandOver extends View {
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
        <summary class="small">${icons.download} ${words("hand_over")} ${all.length}</summary>
        <div class="menu-list">
          <a class="small" href="/api/projects/${id}/clips.zip${rows}" download @click=${this.fold}>${words("zip", { n: all.length })}</a>
          <button type="button" class="small" @click=${() => void this.oneByOne(all)}>${words("one_by_one")}</button>
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

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
