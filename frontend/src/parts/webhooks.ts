/** Webhooks: a form for a new one, its secret once, and the list of all with what each was sent. Its words are here and not
 * in messages.json, which every page carries. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { JobEnd, Webhook, WebhookRequest } from "../../../functions/_generated/contract";
import { moment } from "../format";
import { either, language } from "../state/language";
import { note } from "../state/notices";
import {
  addWebhook,
  endWebhook,
  loadWebhooks,
  madeWebhook,
  rotateSecret,
  webhookFailure,
  webhooks,
} from "../state/webhooks";
import "./deliveries";
import { endName } from "./deliveries";
import "./problem";
import "./secret-once";
import { settingsList } from "./settings-list";
import "./sure-button";
import { View } from "./view";

const ENDS: readonly JobEnd[] = ["job.succeeded", "job.failed", "job.canceled"];

@customElement("cw-webhooks")
export class Webhooks extends View {
  @state() private accessor isSending = false;

  constructor() {
    super();
    this.watching(webhooks, madeWebhook, webhookFailure, language);
  }

  protected override render(): TemplateResult {
    return html`
      <section class="settings-part" aria-labelledby="webhooks-title">
        <h2 id="webhooks-title">${either("웹훅", "Webhooks")}</h2>
        <p>
          ${either(
            "영상이 끝나면 이 주소로 알려 드려요. 알림에는 Standard Webhooks 방식의 서명이 있어서, 이 사이트가 보낸 것인지 확인할 수 있어요.",
            "When a job ends, this address is told. Each message carries a Standard Webhooks signature that proves who sent it.",
          )}
        </p>
        <cw-problem .problem=${webhookFailure.value?.problem ?? null}></cw-problem>
        ${madeWebhook.value
          ? html`<cw-secret-once
              .heading=${either("서명을 확인할 비밀 키", "The secret that verifies signatures")}
              .secret=${madeWebhook.value.secret}
            ></cw-secret-once>`
          : nothing}
        ${this.form()} ${this.list()}
      </section>
    `;
  }

  private form(): TemplateResult {
    return html`
      <form class="settings-form" @submit=${(event: SubmitEvent) => void this.submit(event)}>
        <label class="field">
          ${either("알림을 받을 주소 (https)", "Address that receives messages (https)")}
          <input type="text" name="url" required maxlength="500" inputmode="url" autocomplete="off" spellcheck="false" />
        </label>
        <fieldset>
          <legend>${either("언제 알릴까요?", "When to tell it")}</legend>
          <div class="settings-checks">
            ${ENDS.map(
              (end) => html`<label class="check">
                <input type="checkbox" name="events" .value=${end} checked /> ${endName(end)}
              </label>`,
            )}
          </div>
        </fieldset>
        <button type="submit" class="primary" aria-disabled=${this.isSending ? "true" : "false"}>
          ${either("웹훅 추가하기", "Add the webhook")}
        </button>
      </form>
    `;
  }

  private list(): TemplateResult | typeof nothing {
    return settingsList({
      all: webhooks.value,
      hasFailed: webhookFailure.value !== null,
      load: loadWebhooks,
      name: either("웹훅 목록", "Webhooks"),
      empty: either("아직 웹훅이 없어요.", "There are no webhooks yet."),
      row: (webhook) => this.row(webhook),
    });
  }

  private row(webhook: Webhook): TemplateResult {
    const { url, events, old_secret_until } = webhook;
    return html`
      <li>
        <div class="settings-row">
          <div>
            <strong>${url}</strong>
            <p class="quiet">${events.map(endName).join(", ")} · ${health(webhook)}</p>
            ${old_secret_until && Date.parse(old_secret_until) > Date.now()
              ? html`<p class="quiet">
                  ${either(
                    `이전 비밀 키로도 ${moment(old_secret_until)}까지 서명해요`,
                    `Signed by the old secret too, until ${moment(old_secret_until)}`,
                  )}
                </p>`
              : nothing}
          </div>
          <div class="settings-actions">
            <cw-sure-button
              .label=${either("비밀 키 바꾸기", "New secret")}
              .sure=${either("정말 바꾸기", "Change it now")}
              .about=${url}
              @sure=${() => void rotateSecret(webhook.id)}
            ></cw-sure-button>
            <cw-sure-button
              .label=${either("삭제", "Delete")}
              .sure=${either("정말 삭제하기", "Delete it for good")}
              .about=${url}
              @sure=${() => void this.end(webhook)}
            ></cw-sure-button>
          </div>
        </div>
        <cw-deliveries .webhook=${webhook}></cw-deliveries>
      </li>
    `;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isSending) return;
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    this.isSending = true;
    const isMade = await addWebhook({
      url: String(fields.get("url")).trim(),
      events: fields.getAll("events") as NonNullable<WebhookRequest["events"]>,
    });
    this.isSending = false;
    if (isMade) form.reset();
  }

  private async end({ id }: Webhook): Promise<void> {
    if (!(await endWebhook(id))) return;
    note(either("삭제했어요", "It is deleted"));
    await this.updateComplete;
    // The button that had the focus is gone.
    this.querySelector<HTMLElement>(".settings-list, [name=url]")?.focus();
  }
}

function health({ disabled_at, failing_since }: Webhook): string {
  if (disabled_at !== null) {
    return either(
      "하루 동안 받지 못해 멈췄어요. 보낸 기록에서 다시 보내 성공하면 이어져요",
      "stopped after a day without a success; sending one again with success starts it",
    );
  }
  if (failing_since === null) return either("켜져 있어요", "on");
  return either(`${moment(failing_since)}부터 전달하지 못하고 있어요`, `failing since ${moment(failing_since)}`);
}
