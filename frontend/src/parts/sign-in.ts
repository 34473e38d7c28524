/** The sentence above the page when the site does not know who is asking: sign in again, or pass a check. Nothing typed is
 * touched. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { Failure } from "../api";
import { beginSession, loadMe, me, needed } from "../state/identity";
import { language, t } from "../state/language";
import { drawChallenge } from "../turnstile";
import { View } from "./view";

@customElement("cw-sign-in")
export class SignIn extends View {
  @state() private accessor failure: string | null = null;
  private isDrawn = false;
  private removeWidget = (): void => undefined;

  constructor() {
    super();
    this.watching(me, needed, language);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("visibilitychange", this.look);
  }

  override disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.look);
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (needed.value === "sign-in") {
      return html`
        <div class="banner is-warning" role="alert">
          <p>${t("sign_in_ended")}</p>
          <p class="sign-in-ways">
            <a class="link" href=${me.value?.sign_in ?? "/"} target="_blank">${t("sign_in_again")}</a>
            <button type="button" class="link" @click=${() => void loadMe()}>${t("signed_in_again")}</button>
          </p>
        </div>
      `;
    }
    if (needed.value === "session") {
      return html`
        <div class="banner" role="alert">
          <p>${t("check_human")}</p>
          <div class="challenge"></div>
          ${this.failure ? html`<p>${this.failure}</p>` : nothing}
        </div>
      `;
    }
    return nothing;
  }

  protected override updated(): void {
    const isWanted = needed.value === "session" && me.value !== null;
    if (isWanted && !this.isDrawn) void this.draw();
    if (!isWanted && this.isDrawn) this.clear();
  }

  /** Back from the tab of the sign-in: it may be done. */
  private readonly look = (): void => {
    if (!document.hidden && needed.value !== null) void loadMe();
  };

  private async draw(): Promise<void> {
    const container = this.querySelector<HTMLElement>(".challenge");
    const siteKey = me.value?.turnstile_site_key;
    if (!container || !siteKey) return;
    this.isDrawn = true;
    try {
      const done = (token: string): void => void this.begin(token);
      this.removeWidget = await drawChallenge(container, { siteKey, language: language.value, done });
    } catch {
      this.failure = t("check_unavailable");
    }
  }

  private async begin(token: string): Promise<void> {
    this.failure = null;
    try {
      await beginSession(token);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // A token is good once: the next try needs another widget.
      this.clear();
      this.failure = `${error.problem.title}. ${error.problem.fix}`;
    }
  }

  private clear(): void {
    this.removeWidget();
    this.removeWidget = () => undefined;
    this.isDrawn = false;
  }
}
