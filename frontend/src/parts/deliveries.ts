/** What a webhook was sent last, and the way to send it again. Loaded when it is opened. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { Delivery, JobEnd, Webhook } from "../../../functions/_generated/contract";
import { moment } from "../format";
import { icons } from "../icons";
import { either, language, t } from "../state/language";
import { note } from "../state/notices";
import { deliveries, loadDeliveries, sendAgain } from "../state/webhooks";
import { View } from "./view";

const SHOWN = 20;

@customElement("cw-deliveries")
export class Deliveries extends View {
  @property({ attribute: false }) accessor webhook!: Webhook;

  constructor() {
    super();
    this.watching(deliveries, language);
  }

  protected override render(): TemplateResult {
    const { id, url } = this.webhook;
    const all = deliveries.value[id];
    return html`
      <details class="drawer" @toggle=${this.toggled}>
        <summary aria-label="${either("보낸 기록", "Messages sent")}: ${url}">
          <span>${either("보낸 기록", "Messages sent")}</span>${icons.chevron}
        </summary>
        ${all === undefined ? html`<p class="quiet">${t("loading")}</p>` : nothing}
        ${all?.length === 0 ? html`<p class="quiet">${either("아직 보낸 알림이 없어요.", "Nothing was sent yet.")}</p>` : nothing}
        ${all?.length
          ? html`<ul class="settings-list">
              ${repeat(
                all.slice(0, SHOWN),
                (one) => one.id,
                (one) => this.row(one),
              )}
            </ul>`
          : nothing}
      </details>
    `;
  }

  private row(delivery: Delivery): TemplateResult {
    const at = moment(delivery.created_at);
    return html`
      <li class="settings-row">
        <div>
          <strong>${endName(delivery.event)}</strong> <span class="quiet">${at}</span>
          <p class="quiet">${fate(delivery)}</p>
          ${delivery.last_error && !delivery.delivered_at ? html`<p class="quiet">${delivery.last_error}</p>` : nothing}
        </div>
        <button
          type="button"
          class="small"
          aria-label="${either("다시 보내기", "Send again")}: ${endName(delivery.event)}, ${at}"
          @click=${() => void this.again(delivery)}
        >
          ${either("다시 보내기", "Send again")}
        </button>
      </li>
    `;
  }

  private readonly toggled = (event: Event): void => {
    if ((event.target as HTMLDetailsElement).open) void loadDeliveries(this.webhook.id);
  };

  private async again({ id }: Delivery): Promise<void> {
    if (await sendAgain(this.webhook.id, id)) note(either("다시 보내요", "Sending it again"));
  }
}

export function endName(end: JobEnd): string {
  if (end === "job.succeeded") return either("완성", "finished");
  return end === "job.failed" ? either("실패", "failed") : either("취소", "canceled");
}

function fate({ delivered_at, failed_at, next_at, last_status, tries }: Delivery): string {
  const answer = last_status === null ? "" : ` · HTTP ${last_status}`;
  if (delivered_at !== null) return either("받았어요", "received") + answer;
  if (failed_at !== null) return either("보내지 못했어요", "given up") + answer;
  if (tries === 0 || next_at === null) return either("보내는 중이에요", "on its way") + answer;
  return either(`${moment(next_at)}에 다시 보내요`, `next try ${moment(next_at)}`) + answer;
}
