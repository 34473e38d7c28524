/** The room where clips are made: the form, and the last few clips beside it. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { offerDrawer } from "../state/drawer";
import { keepDraft } from "../state/draft";
import { onReturn } from "../state/identity";
import { framedSlot } from "../state/framing";
import { language, t } from "../state/language";
import { loadMenu, wantMenu } from "../state/menu";
import { watchNetwork } from "../state/notices";
import { fetchPart, prefetchPart } from "../state/part-loading";
import { startPictureReader } from "../state/picture-reader";
import { pictures, retryUnidentified, retryUnreached } from "../state/pictures";
import "../parts/composer";
import "../parts/menu-banner";
import "../parts/recent-clips";
import { View } from "../parts/view";

@customElement("cw-make-room")
export class MakeRoom extends View {
  constructor() {
    super();
    this.watching(language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    startPictureReader();
    void keepDraft();
    wantMenu();
    framedSlot.watch(() => void frame());
    this.addEventListener("pointerdown", () => prefetchPart(pictureParts), { once: true });
    const reload = (): void => void loadMenu();
    watchNetwork(() => {
      reload();
      void retryUnreached();
    });
    pictures.watch(fetchForPictures);
    language.watch(reload); // presets come worded by the server
    onReturn(() => {
      reload();
      void retryUnidentified();
    });
  }

  protected override render(): TemplateResult {
    return html`
      <h1 class="visually-hidden">${t("room_make")}</h1>
      <div class="page">
        <div class="side"><cw-composer @submitted=${offerDrawer}></cw-composer></div>
        <div class="stream">
          <cw-menu-banner></cw-menu-banner>
          <cw-recent-clips></cw-recent-clips>
        </div>
      </div>
      <cw-framing-dialog></cw-framing-dialog>
    `;
  }
}

/** What is shown once there is a picture. */
function pictureParts(): Promise<unknown> {
  return Promise.all([import("../parts/framing-dialog"), import("../parts/picture-strip")]);
}

function fetchForPictures(): void {
  if (Object.keys(pictures.value).length > 0) prefetchPart(pictureParts);
}

async function frame(): Promise<void> {
  if (framedSlot.value !== null && (await fetchPart(pictureParts)) === null) framedSlot.set(null); // the next press tries again
}
