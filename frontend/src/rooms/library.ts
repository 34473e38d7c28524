/** The room of everything that was made here. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { language, t } from "../state/language";
import "../parts/gallery";
import { View } from "../parts/view";

@customElement("cw-library-room")
export class LibraryRoom extends View {
  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body">
        <h1>${t("room_library")}</h1>
        <cw-gallery></cw-gallery>
      </div>
    `;
  }
}
