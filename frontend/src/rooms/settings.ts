/** The room of settings: language, appearance, playing on hover, the account, and the ways to tokens and limits. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import motionWords from "../../words/motions.json";
import settingsWords from "../../words/settings.json";
import { addressOf } from "../rooms";
import { me } from "../state/identity";
import { language, switchLanguage, t, wordsOf } from "../state/language";
import { preferMotions, preferPreviews, previewsOnHover, suggestsMotions } from "../state/preferences";
import { chooseTheme, THEMES, theme } from "../state/theme-choice";
import { View } from "../parts/view";

const words = wordsOf(settingsWords);
const ofMotions = wordsOf(motionWords);
const LANGUAGES = { ko: "한국어", en: "English" } as const;

@customElement("cw-settings-room")
export class SettingsRoom extends View {
  constructor() {
    super();
    this.watching(language, theme, previewsOnHover, suggestsMotions, me);
  }

  protected override render(): TemplateResult {
    return html`
      <div class="room-body settings">
        <h1>${t("room_settings")}</h1>
        <section class="settings-part" aria-labelledby="view-title">
          <h2 id="view-title">${words("view")}</h2>
          ${choices(words("language"), "language", Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[], language.value, {
            name: (one) => LANGUAGES[one],
            speech: (one) => one,
            choose: switchLanguage,
          })}
          ${choices(words("theme"), "theme", THEMES, theme.value, {
            name: (one) => words(`theme_${one}`),
            choose: chooseTheme,
          })}
          <label class="check previews">
            <input
              type="checkbox"
              .checked=${previewsOnHover.value}
              @change=${(event: Event) => preferPreviews((event.target as HTMLInputElement).checked)}
            />
            ${t("previews")}
          </label>
        </section>
        ${this.making()} ${this.account()}
        <section class="settings-part" aria-labelledby="further-title">
          <h2 id="further-title">${words("further")}</h2>
          <ul class="settings-ways">
            <li><a href=${addressOf("api-tokens", language.value)}>${t("room_api_tokens")}</a></li>
            ${me.value?.role === "operator"
              ? html`<li><a href=${addressOf("limits", language.value)}>${t("room_limits")}</a></li>`
              : nothing}
            <li><a href="/api/openapi.json">${words("openapi")}</a></li>
            ${me.value?.owner ? html`<li><a href="/api/me/data" download>${words("export")}</a></li>` : nothing}
          </ul>
        </section>
      </div>
    `;
  }

  private making(): TemplateResult {
    return html`
      <section class="settings-part" aria-labelledby="making-title">
        <h2 id="making-title">${words("making")}</h2>
        <div>
          <label class="check">
            <input
              type="checkbox"
              aria-describedby="setting-motions"
              .checked=${suggestsMotions.value}
              @change=${(event: Event) => preferMotions((event.target as HTMLInputElement).checked)}
            />
            ${ofMotions("setting")}
          </label>
          <p class="quiet" id="setting-motions">${ofMotions("setting_about")}</p>
        </div>
      </section>
    `;
  }

  private account(): TemplateResult | typeof nothing {
    if (me.value === null) return nothing;
    const { email, sign_in, sign_out } = me.value;
    return html`
      <section class="settings-part" aria-labelledby="account-title">
        <h2 id="account-title">${words("account")}</h2>
        ${sign_out
          ? html`<p>${email ? t("signed_in_as", { email }) : nothing} <a href=${sign_out}>${t("sign_out")}</a></p>`
          : html`<p class="quiet">${words(sign_in ? "signed_out" : "this_browser")}</p>
              ${sign_in ? html`<p><a href=${sign_in}>${t("sign_in_again")}</a></p>` : nothing}`}
      </section>
    `;
  }
}

interface Choices<One> {
  name: (one: One) => string;
  speech?: (one: One) => string;
  choose: (one: One) => void;
}

function choices<One extends string>(
  legend: string,
  field: string,
  all: readonly One[],
  now: One,
  { name, speech, choose }: Choices<One>,
): TemplateResult {
  return html`
    <fieldset class="settings-choice">
      <legend>${legend}</legend>
      <div class="modes">
        ${all.map(
          (one) => html`
            <label lang=${speech ? speech(one) : nothing}>
              <input type="radio" name=${`setting-${field}`} .checked=${one === now} @change=${() => choose(one)} />
              <span>${name(one)}</span>
            </label>
          `,
        )}
      </div>
    </fieldset>
  `;
}
