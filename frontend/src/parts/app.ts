/** The page: puts the parts in their places, says what changed, keeps the tab's title. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { RETENTION_DAYS } from "../../../functions/_generated/constants";
import { isActive, jobs, loadJobs } from "../state/jobs";
import { language, t } from "../state/language";
import { loadMenu } from "../state/menu";
import { announcement } from "../state/notices";
import "./account";
import "./banners";
import "./clip-dialog";
import "./composer";
import "./framing-dialog";
import "./gallery";
import "./header";
import "./notes";
import { View } from "./view";

@customElement("cw-app")
export class App extends View {
  constructor() {
    super();
    this.watching(language, jobs, announcement);
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the shell's stand-in, shown until now
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Problems and presets come worded by the server, so a new language asks again.
    language.watch(() => void Promise.all([loadMenu(), loadJobs()]));
  }

  protected override render(): TemplateResult {
    return html`
      <a class="skip" href="#field-prompt" @click=${this.skip}>${t("skip")}</a>
      <cw-header></cw-header>
      <main class="page">
        <cw-banners></cw-banners>
        <div class="side"><cw-composer @submitted=${this.showLive}></cw-composer></div>
        <div class="stream"><cw-gallery></cw-gallery></div>
      </main>
      <footer class="foot quiet">
        <cw-account></cw-account>
        <p>${t("ai_made")}</p>
        <p>${t("retention", { days: RETENTION_DAYS })}</p>
      </footer>
      <cw-clip-dialog></cw-clip-dialog>
      <cw-framing-dialog></cw-framing-dialog>
      <cw-notes></cw-notes>
      <div class="visually-hidden" role="status" aria-live="polite">${announcement.value}</div>
    `;
  }

  protected override updated(): void {
    const running = jobs.value.list.filter(isActive).length;
    document.title = running > 0 ? t("page_title_running", { n: running }) : t("page_title");
  }

  private skip(event: Event): void {
    event.preventDefault();
    document.querySelector<HTMLElement>("#field-prompt")?.focus();
  }

  /** On small screens the running job appears below the form: brings it into view. */
  private async showLive(): Promise<void> {
    await this.updateComplete;
    const live = document.querySelector("cw-gallery");
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (live && live.getBoundingClientRect().top > innerHeight / 2) {
      live.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    }
  }
}
