/** The switch that stops new jobs for everybody, and lets them in again. Its words are here and not in messages.json, which
 * every page carries. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { changeCaps, siteCaps } from "../state/caps";
import { either, language } from "../state/language";
import "./sure-button";
import { View } from "./view";

@customElement("cw-jobs-switch")
export class JobsSwitch extends View {
  constructor() {
    super();
    this.watching(siteCaps, language);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (siteCaps.value === null) return nothing;
    const { accepts_jobs } = siteCaps.value;
    return html`
      <section class="settings-part" aria-labelledby="switch-title">
        <h2 id="switch-title">${either("새 영상 받기", "New jobs")}</h2>
        <p role="status" class=${accepts_jobs ? "" : "banner is-warning"}>
          ${accepts_jobs
            ? either(
                "지금은 새 요청을 받고 있어요. 멈추면 모든 사람의 새 요청을 거절하고, 이미 받은 영상은 끝까지 만들어요.",
                "New jobs are let in. Once stopped, everybody's new jobs are refused; jobs that were accepted go on.",
              )
            : either(
                "새 요청을 받지 않고 있어요. 이미 받은 영상은 끝까지 만들어요.",
                "New jobs are refused. Jobs that were accepted go on.",
              )}
        </p>
        <p>
          ${accepts_jobs
            ? html`<cw-sure-button
                .label=${either("새 영상 멈추기", "Stop new jobs")}
                .sure=${either("정말 멈추기", "Stop them for everybody")}
                .about=${either("사이트 전체", "the whole site")}
                @sure=${() => void this.admit(false)}
              ></cw-sure-button>`
            : html`<button type="button" class="small" id="admit" @click=${() => void this.admit(true)}>
                ${either("다시 받기", "Let them in again")}
              </button>`}
        </p>
      </section>
    `;
  }

  private async admit(accepts_jobs: boolean): Promise<void> {
    if (!(await changeCaps({ accepts_jobs }))) return;
    await this.updateComplete;
    this.querySelector<HTMLElement>("#admit, cw-sure-button button")?.focus(); // the button that was pressed is gone
  }
}
