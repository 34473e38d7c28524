/** The page's head: name, the way to the gallery on small screens, language and theme. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { icons } from "../icons";
import { language, switchLanguage, t } from "../state/language";
import { nextTheme, theme } from "../state/theme-choice";
import "./account";
import { View } from "./view";

@customElement("cw-header")
export class Header extends View {
  constructor() {
    super();
    this.watching(language, theme);
  }

  protected override render(): TemplateResult {
    const other = language.value === "ko" ? "en" : "ko";
    return html`
      <header class="top">
        <h1 class="brand">
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="9" class="brand-ground" />
            <path d="M11 8.5v15l12-7.5Z" class="brand-mark" />
          </svg>
          Clipwright
        </h1>
        <p class="tagline quiet">${t("tagline")}</p>
        <nav class="tools" aria-label=${t("page_settings")}>
          <cw-account></cw-account>
          <a class="tool to-gallery" href="#gallery-title" @click=${this.toGallery}>${t("gallery")}</a>
          <button type="button" class="tool" lang=${other} @click=${() => switchLanguage(other)}>
            ${other === "ko" ? "한국어" : "English"}
          </button>
          <button type="button" class="tool is-icon" aria-label=${t(`theme_${theme.value}`)} title=${t(`theme_${theme.value}`)} @click=${nextTheme}>
            ${icons[theme.value]}
          </button>
        </nav>
      </header>
    `;
  }

  /** By hand: the address after # belongs to the clip that is open. */
  private toGallery(event: Event): void {
    event.preventDefault();
    const heading = document.querySelector<HTMLElement>("#gallery-title, #ideas-title, #live-title");
    heading?.scrollIntoView({ block: "start" });
    heading?.focus({ preventScroll: true });
  }
}
