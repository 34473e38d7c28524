/** What a cell with a list says, and what else it could say: the entries of a scene's length and quality, each with what the
 * clip would cost. They draw nothing. */

import type { Menu, SceneSettings, Seconds } from "../../../functions/_generated/contract";
import sceneWords from "../../words/scenes.json";
import { won } from "../format";
import { type Row, settledOf } from "../scenes/rows";
import { t, wordsOf } from "../state/language";
import { estimateFor } from "../state/menu";
import { qualities, qualityName } from "./scene-quality";

const words = wordsOf(sceneWords);

export type ChoiceCell = "seconds" | "quality";

export interface Entry {
  label: string;
  /** Of the clip; empty where none is known. */
  price: string;
  isChosen: boolean;
  /** What the row takes over when this is chosen: null is what its table says. */
  part: Pick<Row, "seconds"> | Pick<Row, "quality">;
}

/** What the cell says now: in the row, and by its name, which tells whether the table says it. */
export function saidIn(cell: ChoiceCell, row: Row, settings: SceneSettings | undefined, menu: Menu | null): { shown: string; named: string } {
  if (settings === undefined) return { shown: "", named: "" };
  const { seconds, quality } = settledOf(row, settings);
  const shown = cell === "seconds" ? secondsName(seconds) : qualityName(menu, quality);
  return { shown, named: row[cell] === null ? words("usual", { value: shown }) : shown };
}

/** The first entry is what the table says. */
export function entriesOf(cell: ChoiceCell, row: Row, settings: SceneSettings, menu: Menu | null): Entry[] {
  const of = (label: string, part: Entry["part"], isChosen: boolean): Entry => {
    const { quality, seconds } = settledOf({ ...row, ...part }, settings);
    const price = estimateFor({ ...quality, ratio: settings.ratio, seconds })?.micro_won;
    return { label, part, isChosen, price: price === undefined ? "" : won(price) };
  };
  if (cell === "seconds") {
    const { preset } = settledOf(row, settings).quality;
    const offered = menu?.presets.find(({ name }) => name === preset)?.seconds ?? [];
    return [
      of(words("usual", { value: secondsName(settings.seconds) }), { seconds: null }, row.seconds === null),
      ...offered.map((seconds) => of(secondsName(seconds), { seconds: seconds as Seconds }, row.seconds === seconds)),
    ];
  }
  return [
    of(words("usual", { value: qualityName(menu, settings.quality) }), { quality: null }, row.quality === null),
    ...qualities(menu).map((quality) =>
      of(
        qualityName(menu, quality),
        { quality },
        row.quality?.preset === quality.preset && row.quality.tier === quality.tier,
      ),
    ),
  ];
}

function secondsName(seconds: number): string {
  return t("seconds_n", { n: seconds });
}
