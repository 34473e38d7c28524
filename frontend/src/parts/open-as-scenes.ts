/** The way from several pictures in the form to a table of scenes. Its script is fetched once there are several. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import sceneWords from "../../words/scenes.json";
import { language, wordsOf } from "../state/language";
import { openAsScenes } from "../state/pictures-to-scenes";
import { BusyView } from "./busy-view";

const words = wordsOf(sceneWords);

@customElement("cw-open-as-scenes")
export class OpenAsScenes extends BusyView {
  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`<button type="button" class="link" ?disabled=${this.isBusy} @click=${() => void this.press(openAsScenes)}>
      ${words("open_as_scenes")}
    </button>`;
  }
}
