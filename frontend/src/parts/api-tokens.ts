/** API tokens: a form for a new one, its text once, and the list of all with a way to revoke each. Its words are here and
 * not in messages.json, which every page carries. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Token } from "../../../functions/_generated/contract";
import { moment, won } from "../format";
import { loadTokens, madeToken, makeToken, revokeToken, tokenFailure, tokens } from "../state/api-tokens";
import { me } from "../state/identity";
import { either, language } from "../state/language";
import { note } from "../state/notices";
import "./problem";
import "./secret-once";
import { settingsList } from "./settings-list";
import "./sure-button";
import { View } from "./view";

@customElement("cw-api-tokens")
export class ApiTokens extends View {
  @state() private accessor isSending = false;

  constructor() {
    super();
    this.watching(tokens, madeToken, tokenFailure, me, language);
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the shell's stand-in, shown until now
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      <div class="settings-part">
        <p>
          ${either(
            "스크립트로 영상을 만들 때 쓰는 비밀 키예요. 토큰을 아는 사람은 한도만큼 쓸 수 있으니 남에게 보여 주지 마세요.",
            "Keys for scripts that make clips. Whoever knows one can spend up to its cap, so show it to nobody.",
          )}
        </p>
        <p class="settings-links">
          <a href="/api/openapi.json">${either("API 문서", "The API's document")}</a>
          ${me.value?.role === "operator"
            ? html`<a href="/${language.value}/limits/">${either("사이트 한도", "The site's limits")}</a>`
            : nothing}
        </p>
        <cw-problem .problem=${tokenFailure.value?.problem ?? null}></cw-problem>
        ${madeToken.value
          ? html`<cw-secret-once
              .heading=${either("새 토큰", "The new token")}
              .secret=${madeToken.value.token}
            ></cw-secret-once>`
          : nothing}
        ${this.form()} ${this.list()}
      </div>
    `;
  }

  private form(): TemplateResult {
    return html`
      <form class="settings-form" @submit=${(event: SubmitEvent) => void this.submit(event)}>
        <label class="field">
          ${either("이름", "Name")}
          <input type="text" name="name" required maxlength="60" autocomplete="off" />
        </label>
        <label class="field">
          ${either("한도 (원)", "Cap in won")}
          <input type="text" name="cap" required inputmode="numeric" pattern="[1-9][0-9]{0,6}|10000000" value="10000" />
        </label>
        <label class="field">
          ${either("유효 기간 (일, 365까지)", "Days until it ends (at most 365)")}
          <input type="text" name="days" required inputmode="numeric" pattern="[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-5]" value="30" />
        </label>
        <label class="check">
          <input type="checkbox" name="create" checked />
          ${either("영상을 만들고 지울 수 있어요", "May make and delete clips")}
        </label>
        <button type="submit" class="primary" aria-disabled=${this.isSending ? "true" : "false"}>
          ${either("토큰 만들기", "Make a token")}
        </button>
      </form>
    `;
  }

  private list(): TemplateResult | typeof nothing {
    return settingsList({
      all: tokens.value,
      hasFailed: tokenFailure.value !== null,
      load: loadTokens,
      name: either("토큰 목록", "Tokens"),
      empty: either("아직 토큰이 없어요.", "There are no tokens yet."),
      row: (token) => this.row(token),
    });
  }

  private row(token: Token): TemplateResult {
    const isOver = token.revoked_at !== null || Date.parse(token.expires_at) <= Date.now();
    const spent = won(token.spent_micro_won);
    const cap = won(token.cap_micro_won);
    return html`
      <li>
        <div>
          <strong>${token.name}</strong>
          <p class="quiet">
            ${token.scopes.includes("create") ? either("만들기 가능", "makes clips") : either("보기만 가능", "reads only")} ·
            ${either(`${cap} 중 ${spent} 사용`, `${spent} of ${cap} spent`)} · ${standing(token)}
          </p>
          <p class="quiet">
            ${token.last_used_at
              ? either(`마지막 사용 ${moment(token.last_used_at)}`, `Last used ${moment(token.last_used_at)}`)
              : either("아직 쓰지 않았어요", "Not used yet")}
          </p>
        </div>
        ${isOver
          ? nothing
          : html`<cw-sure-button
              .label=${either("폐기하기", "Revoke")}
              .sure=${either("정말 폐기하기", "Revoke it for good")}
              .about=${token.name}
              @sure=${() => void this.revoke(token)}
            ></cw-sure-button>`}
      </li>
    `;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isSending) return;
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    this.isSending = true;
    const isMade = await makeToken({
      name: String(fields.get("name")),
      scopes: fields.has("create") ? ["read", "create"] : ["read"],
      cap_won: Number(fields.get("cap")),
      days: Number(fields.get("days")),
    });
    this.isSending = false;
    if (isMade) form.reset();
  }

  private async revoke(token: Token): Promise<void> {
    if (!(await revokeToken(token.id))) return;
    note(either("폐기했어요", "It is revoked"));
    this.querySelector<HTMLElement>(".settings-list")?.focus(); // the button that had the focus is gone
  }
}

function standing({ revoked_at, expires_at }: Token): string {
  if (revoked_at !== null) return either("폐기됨", "revoked");
  const end = moment(expires_at);
  return Date.parse(expires_at) <= Date.now() ? either(`${end}에 끝남`, `ended ${end}`) : either(`${end}까지`, `until ${end}`);
}
