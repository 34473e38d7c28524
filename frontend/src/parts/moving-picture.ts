/** A picture that begins to move once it is seen: its film is fetched then, and stands still while it is out of sight. Where
 * somebody has asked for less motion or less data it stays a picture. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { View } from "./view";

/** How much of it must be seen. */
const SEEN = 0.5;
const LESS = "(prefers-reduced-motion: reduce), (prefers-reduced-data: reduce)";

@customElement("cw-moving-picture")
export class MovingPicture extends View {
  @property({ attribute: false }) accessor picture = "";
  @property({ attribute: false }) accessor film = "";
  @state() private accessor wasSeen = false;
  private observer: IntersectionObserver | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    if (matchMedia(LESS).matches) return;
    this.observer = new IntersectionObserver(([entry]) => this.look(entry?.isIntersecting ?? false), { threshold: SEEN });
    this.observer.observe(this);
  }

  override disconnectedCallback(): void {
    this.observer?.disconnect();
    super.disconnectedCallback();
  }

  protected override render(): TemplateResult {
    return html`
      <img src=${this.picture} alt="" width="360" height="640" loading="lazy" />
      ${this.wasSeen
        ? html`<video src=${this.film} poster=${this.picture} .muted=${true} loop playsinline autoplay aria-hidden="true" tabindex="-1"></video>`
        : nothing}
    `;
  }

  private look(isSeen: boolean): void {
    if (isSeen) this.wasSeen = true;
    const film = this.querySelector("video");
    if (film) void (isSeen ? film.play().catch(() => undefined) : film.pause());
  }
}
