/** The bar of every page: the rooms, the work under way, what this month and today have cost. On a phone the rooms stand at the bottom. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { won } from "../format";
import { icons } from "../icons";
import { addressOf, ROOMS, type RoomName } from "../rooms";
import { me } from "../state/identity";
import { work } from "../state/jobs";
import { language, t } from "../state/language";
import { place } from "../state/place";
import { today } from "../state/spending";
import { isDrawerOpen, toggleDrawer } from "../state/drawer";
import "./account";
import { View } from "./view";

@customElement("cw-bar")
export class Bar extends View {
  constructor() {
    super();
    this.watching(language, place, me, work, today, isDrawerOpen);
  }

  protected override firstUpdated(): void {
    const tell = (): void => document.documentElement.style.setProperty("--bar", `${this.offsetHeight}px`);
    new ResizeObserver(tell).observe(this);
  }

  protected override render(): TemplateResult {
    return html`
      <header class="top">
        <a class="brand" href=${addressOf("make", language.value)} aria-label="Clipwright">
          <svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="9" class="brand-ground" />
            <path d="M11 8.5v15l12-7.5Z" class="brand-mark" />
          </svg>
          <span>Clipwright</span>
        </a>
        <nav class="rooms" aria-label=${t("rooms")}>
          ${(Object.keys(ROOMS) as RoomName[]).map((name) => this.entry(name))}
        </nav>
        ${this.work()} ${this.spent()}
        <cw-account></cw-account>
      </header>
    `;
  }

  private entry(name: RoomName): TemplateResult | typeof nothing {
    const { title, icon, isOperators, load } = ROOMS[name];
    if (!icon || !load || (isOperators && me.value?.role !== "operator")) return nothing;
    const { room } = place.value;
    const isHere = room === name || ROOMS[room].within === name;
    return html`<a class="room" href=${addressOf(name, language.value)} aria-current=${isHere ? "page" : nothing}>
      ${icons[icon]}<span>${t(title)}</span>
    </a>`;
  }

  /** Always there and always as wide, so that nothing beside it moves when work begins or ends. */
  private work(): TemplateResult {
    const { open, jobs } = work.value;
    const running = jobs.filter(({ status }) => status === "running").length;
    const waiting = open.length - running;
    const words =
      open.length === 0 ? t("work_none") : waiting === 0 ? t("work_running", { n: running }) : t("work", { n: running, waiting });
    return html`<button
      type="button"
      class="work ${open.length > 0 ? "is-busy" : ""}"
      aria-expanded=${isDrawerOpen.value ? "true" : "false"}
      aria-controls="job-drawer"
      @click=${toggleDrawer}
    >
      <span class="work-dot"></span><span class="work-words">${words}</span>
    </button>`;
  }

  private spent(): TemplateResult | typeof nothing {
    if (today.value === null) return html`<span class="spent"></span>`;
    const { billed_micro_won, cap_micro_won, month_billed_micro_won } = today.value;
    return html`<a class="spent" href=${addressOf("usage", language.value)}>
      <span><span class="quiet">${t("this_month")}</span> <strong>${won(month_billed_micro_won)}</strong></span>
      <span>
        <span class="quiet">${t("today")}</span> <strong>${won(billed_micro_won)}</strong>
        <span class="quiet spent-cap">/ ${won(cap_micro_won)}</span>
      </span>
    </a>`;
  }
}
