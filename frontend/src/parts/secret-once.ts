/** A secret that is shown this once, with a button that copies it. It knows no storage. */

import { html, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { either, language, t } from "../state/language";
import { note } from "../state/notices";
import { View } from "./view";

@customElement("cw-secret-once")
export class SecretOnce extends View {
  @property({ attribute: false }) accessor heading = "";
  @property({ attribute: false }) accessor secret = "";

  constructor() {
    super();
    this.watching(language);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="secret-once" role="status">
        <h2>${this.heading}</h2>
        <p>
          ${either(
            "지금 한 번만 보여 드려요. 복사해서 안전한 곳에 두세요.",
            "It is shown this once. Copy it to a safe place.",
          )}
        </p>
        <code class="secret-text">${this.secret}</code>
        <button type="button" class="small" @click=${this.copy}>${either("복사", "Copy")}</button>
      </div>
    `;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.secret);
      note(t("copied"));
    } catch {
      // No permission: it stands there and can be marked.
    }
  }
}
