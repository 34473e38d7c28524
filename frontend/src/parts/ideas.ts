/** The first visit: three ideas that run for a known price, one press each to fill the form. Their films are the product's
 * own (infra/dev/samples.py). */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { draft } from "../state/draft";
import { won } from "../format";
import { language, t } from "../state/language";
import { estimateFor, menu } from "../state/menu";
import { besidesClips, offers } from "../state/offers";
import { ideaChoice, useIdea } from "../state/sample-ideas";
import "./moving-picture";
import { View } from "./view";

const IDEAS = [
  { picture: "/samples/portrait.png", prompt: "idea_portrait", title: "idea_portrait_title" },
  { picture: "/samples/harbor.png", prompt: "idea_harbor", title: "idea_harbor_title" },
  { picture: "/samples/cat.png", prompt: "idea_cat", title: "idea_cat_title" },
] as const;

@customElement("cw-ideas")
export class Ideas extends View {
  constructor() {
    super();
    this.watching(menu, draft, offers, language);
  }

  protected override render(): TemplateResult {
    const estimate = estimateFor(ideaChoice());
    return html`
      <section class="ideas" aria-labelledby="ideas-title">
        <h2 id="ideas-title" tabindex="-1">${t("ideas")}</h2>
        <p class="quiet">${t("ideas_hint")} ${t("ideas_made")}</p>
        <div class="idea-row">
          ${IDEAS.map(
            (idea) => html`
              <button type="button" class="idea" @click=${() => void this.choose(t(idea.prompt), idea.picture)}>
                <cw-moving-picture .picture=${idea.picture.replace(".png", ".webp")} .film=${idea.picture.replace(".png", ".mp4")}></cw-moving-picture>
                <span class="idea-text">
                  <strong>${t(idea.title)}</strong>
                  <span class="idea-prompt">${t(idea.prompt)}</span>
                  ${estimate ? html`<span class="idea-price">${won(estimate.micro_won + besidesClips(estimate))}</span>` : nothing}
                </span>
              </button>
            `,
          )}
        </div>
      </section>
    `;
  }

  private async choose(prompt: string, picture: string): Promise<void> {
    const filling = useIdea(prompt, picture);
    document.querySelector("cw-composer")?.scrollIntoView({ block: "nearest" });
    // At once: when the picture has been uploaded, somebody may be typing elsewhere.
    document.querySelector<HTMLElement>("cw-cost-bar button[type=submit]")?.focus({ preventScroll: true });
    await filling;
  }
}
