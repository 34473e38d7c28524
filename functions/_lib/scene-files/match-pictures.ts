/**
 * Which picture belongs to which scene, by the pictures' names: the name that a scene asks for, else the number in the
 * name, else the order. One rule for the page and the command line. It knows no bytes.
 */

export interface SceneToPair {
  /** As the file says; null: its place, counted from 1. */
  number?: string | null;
  /** The picture that it asks for. */
  picture_name?: string | null;
}

export interface Pair {
  /** Places in the lists, from 0. */
  scene: number;
  picture: number;
  by: "name" | "number" | "order";
}

export interface Paired {
  pairs: Pair[];
  pictures_left: number[];
  scenes_left: number[];
}

/** `S03`, `장면_03`, `scene 3`, `컷3`; of `s01e03` the number is no scene's. */
const SCENE = /(?:^|[^\p{L}\p{N}])(?:s|sc|scene|shot|cut|no|장면|씬|컷)[\s._-]*0*(\d{1,4})(?!\d|e\d)/iu;
/** `제3장면` */
const NTH = /제\s*0*(\d{1,4})\s*(?:장면|씬|컷)/u;
/** `03`, `03_문`, `[03] 문`. */
const LEADING = /^[[(#]?0*(\d{1,4})(?!\d)/;
/** `image_03`, `문 (3)`, where the name has no other number. */
const TRAILING = /^\D*?0*(\d{1,4})\)?$/u;

export function matchPictures(pictures: readonly string[], scenes: readonly SceneToPair[]): Paired {
  const pairs: Pair[] = [];
  const freePictures = new Set(inOrder(pictures));
  const freeScenes = new Set(scenes.keys());
  const pair = (scene: number, picture: number | undefined, by: Pair["by"]): void => {
    if (picture === undefined) return;
    pairs.push({ scene, picture, by });
    freePictures.delete(picture);
    freeScenes.delete(scene);
  };

  const names = pictures.map(plain);
  const stems = names.map(stemOf);
  for (const [index, { picture_name }] of scenes.entries()) {
    if (!picture_name) continue;
    const [asked, free] = [plain(picture_name), [...freePictures]];
    const whole = free.find((picture) => names[picture] === asked);
    pair(index, whole ?? free.find((picture) => stems[picture] === stemOf(asked)), "name");
  }
  const numbers = pictures.map(numberIn);
  const asksByName = scenes.some(({ picture_name }) => picture_name);
  for (const index of [...freeScenes]) {
    const scene = scenes[index];
    if (scene?.picture_name) continue; // it waits for the picture that it names
    const number = scene?.number ? numberIn(scene.number) : index + 1;
    pair(index, number && [...freePictures].find((picture) => numbers[picture] === number), "number");
  }
  const hasNumbers = pairs.some(({ by }) => by === "number");
  if (!asksByName && !hasNumbers) {
    for (const index of [...freeScenes]) pair(index, [...freePictures][0], "order");
  }
  return {
    pairs: pairs.sort((one, other) => one.scene - other.scene),
    pictures_left: [...freePictures].sort((one, other) => one - other),
    scenes_left: [...freeScenes],
  };
}

/** The number that a name carries, if it does: `3` of `장면_03.png`. */
export function numberIn(name: string): number | undefined {
  const stem = stemOf(plain(name));
  const found = (SCENE.exec(stem) ?? NTH.exec(stem) ?? LEADING.exec(stem) ?? TRAILING.exec(stem))?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Places of the names as a person counts: `2.png` before `10.png`. */
function inOrder(names: readonly string[]): number[] {
  const collator = new Intl.Collator("ko", { numeric: true });
  return [...names.keys()].sort((one, other) => collator.compare(names[one] ?? "", names[other] ?? "") || one - other);
}

/** Without its ending. */
function stemOf(name: string): string {
  return name.replace(/\.[a-z0-9]{2,5}$/, "");
}

/** Without folders, in small letters, composed: macOS writes Hangul decomposed, and some write full-width digits. */
function plain(name: string): string {
  return (name.split(/[\\/]/).at(-1) ?? "").normalize("NFKC").trim().toLowerCase();
}
