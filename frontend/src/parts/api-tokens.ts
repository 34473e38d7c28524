/** API tokens: a form for a new one, its text once, and the list of all with a way to revoke each. Its words are here and
 * not in messages.json, which every page carries. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import type { NewToken, Token } from "../../../functions/_generated/contract";
import { moment, won } from "../format";
import { loadTokens, madeToken, makeToken, revokeToken, tokenFailure, tokens } from "../state/api-tokens";
import { either, language, t } from "../state/language";
import { note } from "../state/notices";
import "./problem";
import { View } from "./view";

@customElement("cw-api-tokens")
export class ApiTokens extends View {
  /** The token that is asked about before it is revoked. */
  @state() private accessor doomed: string | null = null;
  @state() private accessor isSending = false;

  constructor() {
    super();
    this.watching(tokens, madeToken, tokenFailure, language);
  }

  protected override createRenderRoot(): HTMLElement {
    this.replaceChildren(); // the shell's stand-in, shown until now
    return this;
  }

  protected override render(): TemplateResult {
    return html`
      <div class="api-tokens">
        <p>
          ${either(
            "스크립트로 영상을 만들 때 쓰는 열쇠예요. 토큰을 아는 사람은 한도만큼 쓸 수 있으니 남에게 보여 주지 마세요.",
            "Keys for scripts that make clips. Whoever knows one can spend up to its cap, so show it to nobody.",
          )}
          <a href="/api/openapi.json">${either("API 문서", "The API's document")}</a>
        </p>
        <cw-problem .problem=${tokenFailure.value?.problem ?? null}></cw-problem>
        ${madeToken.value ? this.made(madeToken.value) : nothing} ${this.form()} ${this.list()}
      </div>
    `;
  }

  private made({ token }: NewToken): TemplateResult {
    return html`
      <section class="api-token-made" role="status">
        <h2>${either("새 토큰", "The new token")}</h2>
        <p>
          ${either(
            "지금 한 번만 보여 드려요. 복사해서 안전한 곳에 두세요.",
            "It is shown this once. Copy it to a safe place.",
          )}
        </p>
        <code class="api-token-text">${token}</code>
        <button type="button" class="small" @click=${() => void copy(token)}>${either("복사", "Copy")}</button>
      </section>
    `;
  }

  private form(): TemplateResult {
    return html`
      <form class="api-token-form" @submit=${(event: SubmitEvent) => void this.submit(event)}>
        <label class="field">
          ${either("이름", "Name")}
          <input type="text" name="name" required maxlength="60" autocomplete="off" />
        </label>
        <label class="field">
          ${either("한도 (원)", "Cap in won")}
          <input type="text" name="cap" required inputmode="numeric" pattern="[1-9][0-9]{0,6}|10000000" value="10000" />
        </label>
        <label class="field">
          ${either("쓸 수 있는 날 수 (365일까지)", "Days until it ends (at most 365)")}
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
    const all = tokens.value;
    if (all === null) {
      return tokenFailure.value
        ? html`<button type="button" class="small" @click=${() => void loadTokens()}>${t("retry")}</button>`
        : nothing;
    }
    if (all.length === 0) return html`<p class="quiet">${either("아직 토큰이 없어요.", "There are no tokens yet.")}</p>`;
    return html`<ul class="api-token-list">
      ${repeat(
        all,
        (token) => token.id,
        (token) => this.row(token),
      )}
    </ul>`;
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
            ${token.scopes.includes("create") ? either("만들기", "makes clips") : either("보기만", "reads only")} ·
            ${either(`${cap} 중 ${spent} 씀`, `${spent} of ${cap} spent`)} · ${standing(token)}
          </p>
          <p class="quiet">
            ${token.last_used_at
              ? either(`마지막 사용 ${moment(token.last_used_at)}`, `Last used ${moment(token.last_used_at)}`)
              : either("아직 쓰지 않았어요", "Not used yet")}
          </p>
        </div>
        ${isOver
          ? nothing
          : this.doomed === token.id
            ? html`<button type="button" class="small danger" @click=${() => void this.revoke(token)}>
                ${either("정말 폐기하기", "Revoke it for good")}
              </button>`
            : html`<button
                type="button"
                class="small"
                aria-label=${either(`${token.name} 폐기하기`, `Revoke ${token.name}`)}
                @click=${() => {
                  this.doomed = token.id;
                }}
              >
                ${either("폐기하기", "Revoke")}
              </button>`}
      </li>
    `;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.isSending) return;
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    this.isSending = true;
    await makeToken({
      name: String(fields.get("name")),
      scopes: fields.has("create") ? ["read", "create"] : ["read"],
      cap_won: Number(fields.get("cap")),
      days: Number(fields.get("days")),
    });
    this.isSending = false;
    if (tokenFailure.value === null) form.reset();
  }

  private async revoke(token: Token): Promise<void> {
    this.doomed = null;
    await revokeToken(token.id);
    if (tokenFailure.value === null) note(either("폐기했어요", "It is revoked"));
  }
}

function standing({ revoked_at, expires_at }: Token): string {
  if (revoked_at !== null) return either("폐기됨", "revoked");
  const end = moment(expires_at);
  return Date.parse(expires_at) <= Date.now() ? either(`${end}에 끝남`, `ended ${end}`) : either(`${end}까지`, `until ${end}`);
}

async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    note(t("copied"));
  } catch {
    // No permission: it stands there and can be marked.
  }
}
