/** The frame around every room: the way past it, the bar, the open room, the foot, notes and what is read out. A room that
 * was opened stays, hidden, until the page is closed: what was begun in it goes on. */

import { html, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { RETENTION_DAYS } from "../../../functions/_generated/constants";
import { painted } from "../painted";
import { ROOMS, type RoomName } from "../rooms";
import { isDrawerOpen } from "../state/drawer";
import { work } from "../state/jobs";
import { language, switchLanguage, t } from "../state/language";
import { fetchPart } from "../state/part-loading";
import { place, subtitle } from "../state/place";
import { unseen } from "../state/work-tally";
import "./account";
import "./banners";
import "./bar";
import "./notes";
import { View } from "./view";

@customElement("cw-app")
export class App extends View {
  constructor() {
    super();
    this.watching(language, work, unseen, place, subtitle);
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the shell's stand-in, shown until now
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    place.watch(() => void this.show());
    addEventListener("hashchange", () => void openDialog());
    isDrawerOpen.watch(() => void this.openDrawer());
  }

  protected override firstUpdated(): void {
    void this.show();
    void openDialog();
  }

  protected override render(): TemplateResult {
    const other = language.value === "ko" ? "en" : "ko";
    return html`
      <a class="skip" href="#room" @click=${this.skip}>${t("skip")}</a>
      <cw-bar></cw-bar>
      <cw-banners></cw-banners>
      <main id="room" aria-busy="true"></main>
      <footer class="foot quiet">
        <cw-account></cw-account>
        <p>${t("ai_made")}</p>
        <p>${t("retention", { days: RETENTION_DAYS })}</p>
        <button type="button" class="link" lang=${other} @click=${() => switchLanguage(other)}>
          ${other === "ko" ? "한국어" : "English"}
        </button>
      </footer>
      <div class="drawer-place"></div>
      <cw-notes></cw-notes>
    `;
  }

  protected override updated(): void {
    const { room } = place.value;
    const running = work.value.open.length;
    const name = room === "make" ? t("page_title") : `${t(ROOMS[room].title)} · Clipwright`;
    const title = subtitle.value === null ? name : `${subtitle.value} · ${name}`;
    if (unseen.value !== null) document.title = `${unseen.value} · ${title}`;
    else document.title = running > 0 ? t("title_running", { n: running, title }) : title;
  }

  private get main(): HTMLElement {
    return this.querySelector("main") as HTMLElement;
  }

  /** Brings the open room in front and the others behind it. */
  private async show(): Promise<void> {
    const { room, isReached, height } = place.value;
    if (isReached) await painted(); // the bar shows where one goes; a long room takes several frames
    const element = await this.room(room);
    if (place.value.room !== room) return; // gone elsewhere meanwhile
    const isOther = element.hidden;
    for (const one of this.main.children) {
      (one as HTMLElement).hidden = one !== element;
      if (one !== element) for (const film of one.querySelectorAll("video")) film.pause();
    }
    this.main.removeAttribute("aria-busy");
    if (isReached && isOther) await this.arrive(element, height);
    else if (height > 0) scrollTo({ top: height, behavior: "instant" });
  }

  /** A room that is reached from another one begins at its heading, which says where one is. */
  private async arrive(element: HTMLElement, height: number): Promise<void> {
    await (element as Partial<View>).updateComplete;
    scrollTo({ top: height, behavior: "instant" });
    const heading = element.querySelector<HTMLElement>("h1");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }

  private async room(name: RoomName): Promise<HTMLElement> {
    const tag = `cw-${name}-room`;
    const there = this.main.querySelector<HTMLElement>(`:scope > ${tag}`);
    if (there) return there;
    try {
      await ROOMS[name].load?.();
    } catch (error) {
      // The site was deployed anew since this page was loaded, or the network is away: the address itself has both answers.
      if (place.value.isReached) location.reload();
      throw error;
    }
    const made = this.main.querySelector<HTMLElement>(`:scope > ${tag}`) ?? document.createElement(tag);
    if (!made.isConnected) {
      made.hidden = true;
      this.main.append(made);
    }
    return made;
  }

  /** Its script is fetched when it is opened for the first time. Opened by a press it takes the focus. */
  private async openDrawer(): Promise<void> {
    if (!isDrawerOpen.value) return;
    if ((await fetchPart(() => import("./job-drawer"))) === null) {
      isDrawerOpen.set(false); // the next press tries again
      return;
    }
    const at = this.querySelector(".drawer-place");
    if (!at?.firstElementChild) at?.append(document.createElement("cw-job-drawer"));
    const drawer = at?.firstElementChild as View | null;
    await drawer?.updateComplete;
    if (document.activeElement?.matches(".work")) drawer?.querySelector<HTMLElement>("#drawer-title")?.focus();
  }

  private skip(event: Event): void {
    event.preventDefault();
    const room = this.main.querySelector(":scope > :not([hidden])");
    const start = room?.querySelector<HTMLElement>("[data-start], #field-prompt") ?? room?.querySelector<HTMLElement>("h1");
    if (start && start.tabIndex < 0) start.tabIndex = -1;
    start?.focus();
  }
}

/** A clip that the address names is shown above every room. */
async function openDialog(): Promise<void> {
  if (!location.hash.startsWith("#clip-") || document.querySelector("cw-clip-dialog")) return;
  const part = await fetchPart(() => import("./clip-dialog"));
  if (part === null) {
    history.replaceState(history.state, "", location.pathname + location.search); // the next press tries again
  } else if (!document.querySelector("cw-clip-dialog")) {
    document.body.append(document.createElement("cw-clip-dialog"));
  }
}
