/** What holds for every scene that says nothing else: the channel's settings, which can be kept under a name. */

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import type { Ratio, SceneQuality, SceneSettings as Settings, Seconds } from "../../../functions/_generated/contract";
import motionWords from "../../words/motions.json";
import sceneWords from "../../words/scenes.json";
import { language, t, wordsOf } from "../state/language";
import { menu } from "../state/menu";
import { note } from "../state/notices";
import { cropAnew } from "../state/scene-pictures";
import { setSettings, table } from "../state/scene-table";
import { channelPresets, deletePreset, keepPreset, loadChannelPresets } from "../state/scene-tables";
import { Modal } from "./modal";
import { qualities, qualityName, qualityOf } from "./scene-quality";

const words = wordsOf(sceneWords);
const ofMotions = wordsOf(motionWords);
const RATIOS: readonly Ratio[] = ["9:16", "16:9", "1:1"];

@customElement("cw-scene-settings")
export class SceneSettings extends Modal {
  @state() private accessor chosen = "";
  @state() private accessor presetName = "";

  constructor() {
    super();
    this.watching(language, table, menu, channelPresets);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void loadChannelPresets();
  }

  protected override get heading(): string {
    return words("defaults");
  }

  protected override content(): TemplateResult {
    const settings = table.value?.settings;
    if (!settings) return html``;
    const quality = settings.quality;
    const offered = menu.value?.presets.find(({ name }) => name === quality.preset)?.seconds ?? [];
    return html`
      <p class="quiet">${words("defaults_about")}</p>
      ${this.presets()}
      <fieldset class="pills">
        <legend>${words("ratio")}</legend>
        <div class="pill-row">
          ${RATIOS.map(
            (one) => html`<label class="pill">
              <input type="radio" name="scene-ratio" .checked=${settings.ratio === one} @change=${() => this.ratio(one)} />
              <span class="pill-label"><span class="shape shape-${one.replace(":", "x")}"></span>${one}</span>
            </label>`,
          )}
        </div>
      </fieldset>
      <div class="modal-pair">
        <label class="field">${words("seconds")}
          <select @change=${(event: Event) => setSettings({ seconds: Number(typedIn(event)) as Seconds })}>
            ${offered.map((one) => html`<option value=${one} .selected=${one === settings.seconds}>${t("seconds_n", { n: one })}</option>`)}
          </select>
        </label>
        <label class="field">${words("quality")}
          <select @change=${(event: Event) => setSettings({ quality: qualityOf(typedIn(event)) as SceneQuality })}>
            ${qualities(menu.value).map(
              (one) => html`<option value="${one.preset} ${one.tier}" .selected=${one.preset === quality.preset && one.tier === quality.tier}>
                ${qualityName(menu.value, one)}
              </option>`,
            )}
          </select>
        </label>
        <label class="field">${words("sound")}
          <select @change=${(event: Event) => setSettings({ sound: typedIn(event) === "on" })}>
            <option value="on" .selected=${settings.sound}>${words("sound_on")}</option>
            <option value="off" .selected=${!settings.sound}>${words("sound_off")}</option>
          </select>
        </label>
        <label class="field">${t("borders")}
          <select @change=${(event: Event) => setSettings({ borders: typedIn(event) as Settings["borders"] })}>
            <option value="cut" .selected=${settings.borders === "cut"}>${t("borders_cut")}</option>
            <option value="blurred" .selected=${settings.borders === "blurred"}>${t("borders_blurred")}</option>
          </select>
        </label>
      </div>
      <div>
        <label class="check">
          <input type="checkbox" aria-describedby="scene-motions-hint" .checked=${settings.dialogue_motions}
            @change=${(event: Event) => setSettings({ dialogue_motions: (event.target as HTMLInputElement).checked })} />
          ${ofMotions("scene_setting")}
        </label>
        <p class="quiet" id="scene-motions-hint">${ofMotions("scene_setting_about")}</p>
      </div>
      <label class="field">${words("words_before")}
        <textarea rows="2" maxlength="1000" .value=${settings.words_in_front}
          @input=${(event: Event) => setSettings({ words_in_front: typedIn(event) }, "words")}></textarea>
      </label>
      <label class="field">${words("negative")}
        <textarea rows="2" maxlength="2000" .value=${settings.negative_prompt}
          @input=${(event: Event) => setSettings({ negative_prompt: typedIn(event) }, "negative")}></textarea>
      </label>
    `;
  }

  private presets(): TemplateResult {
    const all = channelPresets.value;
    return html`
      <div class="modal-row">
        ${all.length > 0
          ? html`<label class="field">${words("preset_named")}
              <select @change=${(event: Event) => this.choose(typedIn(event))}>
                <option value="">${words("preset_none")}</option>
                ${all.map((one) => html`<option value=${one.id} .selected=${one.id === this.chosen}>${one.name}</option>`)}
              </select>
            </label>`
          : nothing}
        <label class="field">${words("preset_name")}
          <input type="text" maxlength="100" autocomplete="off" .value=${this.presetName}
            @input=${(event: Event) => (this.presetName = typedIn(event))} />
        </label>
        <button type="button" class="small" ?disabled=${this.isBusy || this.presetName.trim() === ""}
          @click=${() => void this.press(() => this.keep())}>${words("preset_save")}</button>
        ${this.chosen
          ? html`<button type="button" class="small" @click=${() => void this.press(() => this.forget())}>${words("preset_delete")}</button>`
          : nothing}
      </div>
    `;
  }

  private ratio(ratio: Ratio): void {
    const before = table.value?.settings.ratio ?? ratio;
    setSettings({ ratio });
    void cropAnew(before, ratio);
  }

  private choose(id: string): void {
    const found = channelPresets.value.find((one) => one.id === id);
    this.chosen = id;
    if (!found) return;
    this.presetName = found.name;
    const before = table.value?.settings.ratio ?? found.settings.ratio;
    setSettings(found.settings);
    void cropAnew(before, found.settings.ratio);
  }

  private async keep(): Promise<void> {
    const settings = table.value?.settings;
    if (!settings) return;
    await keepPreset(this.presetName.trim(), settings);
    note(words("preset_saved"));
  }

  private async forget(): Promise<void> {
    await deletePreset(this.chosen);
    this.chosen = "";
  }
}

function typedIn(event: Event): string {
  return (event.target as HTMLInputElement).value;
}
