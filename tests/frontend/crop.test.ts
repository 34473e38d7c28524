/** The part of a picture that a clip shows: the arithmetic of choosing it, and what is asked for. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Crop, Ratio } from "../../functions/_generated/contract";
import {
  aspect,
  cropFor,
  type Framing,
  lost,
  MOST_ZOOM,
  middleOf,
  middlePart,
  mostZoom,
  moved,
  partAround,
  partCut,
  partShown,
  type Size,
  zoomed,
  zoomOf,
} from "../../frontend/src/crop";
import { carried, isChosen, usualCrop } from "../../frontend/src/scenes/crops";
import samples from "../contract/crops.json";

const RATIOS: Ratio[] = ["9:16", "16:9", "1:1"];
const SIZES: Size[] = [
  { width: 1_600, height: 900 },
  { width: 900, height: 1_600 },
  { width: 800, height: 800 },
  { width: 12_000, height: 64 },
  { width: 64, height: 12_000 },
];
const LYING = SIZES[0] as Size;

function near(one: number, other: number, message?: string): void {
  assert(Math.abs(one - other) < 1e-9, message ?? `${one} is not ${other}`);
}

function nearCrop(one: Crop, other: Crop): void {
  for (const side of ["left", "top", "width", "height"] as const) near(one[side], other[side], `${side}: ${JSON.stringify(one)}`);
}

/** Every part that moves, zooms and places lead to, of every picture. */
function* parts(): Generator<{ part: Crop; size: Size; ratio: Ratio }> {
  const PLACES = [-1, 0, 0.3, 0.5, 1, 2];
  for (const size of SIZES) {
    for (const ratio of RATIOS) {
      for (const x of PLACES) {
        for (const zoom of [0, 1, 1.7, MOST_ZOOM, 99]) {
          const part = partAround(size, ratio, { x, y: 1 - x }, zoom);
          yield { part, size, ratio };
          yield { part: moved(part, { x: x * 3, y: -x }), size, ratio };
          yield { part: zoomed(part, size, ratio, 3 - zoom, { x, y: x }), size, ratio };
        }
      }
    }
  }
}

describe("a part", () => {
  test("never lies outside the picture, and is never too small to be asked for", () => {
    for (const { part } of parts()) {
      const { left, top, width, height } = part;
      assert(left >= 0 && top >= 0 && width >= 0.02 && height >= 0.02, JSON.stringify(part));
      assert(width <= 1 && height <= 1 && left + width <= 1 + 1e-12 && top + height <= 1 + 1e-12, JSON.stringify(part));
    }
  });

  test("has the clip's shape, but for pictures so long that it would be too narrow to be asked for", () => {
    for (const { part, size, ratio } of parts()) {
      if (Math.max(size.width, size.height) === 12_000) continue;
      near((part.width * size.width) / (part.height * size.height), aspect(ratio));
    }
  });

  test("is the largest one in the middle when nothing is chosen", () => {
    nearCrop(middlePart(LYING, "9:16"), { left: 0.341796875, top: 0, width: 0.31640625, height: 1 });
    nearCrop(middlePart(LYING, "16:9"), { left: 0, top: 0, width: 1, height: 1 });
    near(zoomOf(middlePart(LYING, "1:1"), LYING, "1:1"), 1);
  });

  test("moves as far as the picture goes", () => {
    const part = middlePart(LYING, "9:16");
    near(moved(part, { x: 0.1, y: 0.5 }).left, part.left + 0.1);
    assert.equal(moved(part, { x: 0.1, y: 0.5 }).top, 0);
    near(moved(part, { x: 9, y: 0 }).left, 1 - part.width);
  });

  test("zooms around its middle, or around the place that is pointed at", () => {
    const part = partAround(LYING, "1:1", { x: 0.4, y: 0.5 }, 2);
    const larger = zoomed(part, LYING, "1:1", 4);
    assert.deepEqual(middleOf(larger), middleOf(part));
    near(zoomOf(larger, LYING, "1:1"), 4);
    const corner = { x: part.left, y: part.top };
    const pointed = zoomed(part, LYING, "1:1", 4, corner);
    nearCrop(pointed, { ...pointed, left: part.left, top: part.top });
  });

  test("zooms to a fifth, unless that is too narrow to be asked for", () => {
    assert.equal(mostZoom(LYING, "9:16"), MOST_ZOOM);
    assert.equal(mostZoom({ width: 12_000, height: 64 }, "9:16"), 1);
  });
});

describe("the part that is asked for", () => {
  const crop = partAround(LYING, "9:16", { x: 0.3, y: 0.4 }, 2);
  const framing: Framing = { crop, ratio: "9:16", borders: "cut" };
  const unseen = { width: 0, height: 0, faces: [], framing };
  const picture = { ...LYING, faces: [], framing };

  test("is none while none was chosen, and what was chosen, to the last digit", () => {
    assert.equal(cropFor({ ...picture, framing: null }, "9:16", "cut"), null);
    assert.equal(cropFor(picture, "9:16", "cut"), crop);
    assert.equal(cropFor(unseen, "9:16", "cut"), crop, "of a picture never seen here");
  });

  test("keeps its middle and its zoom in another ratio", () => {
    const other = cropFor(picture, "1:1", "cut") as Crop;
    near(middleOf(other).x, 0.3);
    near(zoomOf(other, LYING, "1:1"), 2);
    nearCrop(other, partAround(LYING, "1:1", middleOf(crop), 2));
  });

  test("is none where it cannot be known or all is shown", () => {
    assert.equal(cropFor(unseen, "1:1", "cut"), null);
    assert.equal(cropFor(picture, "9:16", "blurred"), null);
    assert.deepEqual(partShown(picture, "9:16", "blurred"), { left: 0, top: 0, width: 1, height: 1 });
  });

  test("is the largest around the same middle when it was chosen to be shown on a blur", () => {
    const blurred: Framing = { ...framing, borders: "blurred" };
    assert.equal(cropFor({ ...picture, framing: blurred }, "9:16", "blurred"), crop);
    nearCrop(cropFor({ ...picture, framing: blurred }, "9:16", "cut") as Crop, partAround(LYING, "9:16", middleOf(crop), 1));
  });
});

describe("the part that is asked for while none was chosen", () => {
  const STANDING = SIZES[1] as Size;
  const face = (left: number, top: number, width = 0.2, height = 0.1): Crop => ({ left, top, width, height });
  const asked = (size: Size, ratio: Ratio, ...faces: Crop[]) => cropFor({ ...size, faces, framing: null }, ratio, "cut");
  const sides = ({ left, top, width, height }: Crop) => [left, top, left + width, top + height] as const;

  function assertHolds(part: Crop | null, inner: Crop): void {
    const [[left, top, right, bottom], [from, above, to, below]] = [sides(part as Crop), sides(inner)];
    assert(left <= from && top <= above && to <= right && below <= bottom, JSON.stringify([part, inner]));
  }

  test("holds a face that the middle would cut, with all that fits of the picture", () => {
    const part = asked(STANDING, "16:9", face(0.4, 0.08));
    assertHolds(part, face(0.4, 0.08));
    near(zoomOf(part as Crop, STANDING, "16:9"), 1);
    assertHolds(asked(LYING, "9:16", face(0.85, 0.3)), face(0.85, 0.3, 0.15));
  });

  test("is the middle where that holds the face, hair and all, or nobody is seen", () => {
    assert.equal(asked(STANDING, "16:9", face(0.4, 0.45)), null);
    assert.equal(asked(STANDING, "9:16", face(0, 0)), null);
    assert.equal(asked(STANDING, "16:9"), null);
    assert.notEqual(asked(STANDING, "16:9", face(0.4, 0.345)), null, "the hair would be cut off");
  });

  test("holds all faces where they fit, and else the largest", () => {
    const [large, small] = [face(0.5, 0.1, 0.2, 0.1), face(0.1, 0.2, 0.1, 0.06)];
    const both = asked(STANDING, "16:9", large, small);
    assertHolds(both, large);
    assertHolds(both, small);
    const far = face(0.1, 0.8, 0.1, 0.06);
    assertHolds(asked(STANDING, "16:9", large, far), large);
  });

  test("is around the middle of a face that is larger than any part", () => {
    const part = asked(STANDING, "16:9", face(0.1, 0.05, 0.8, 0.5)) as Crop;
    near(middleOf(part).y, 0.3);
  });

  test("gives way to what a person chose, and to the whole picture on a blur", () => {
    const framing: Framing = { crop: face(0, 0.9), ratio: "16:9", borders: "cut" };
    assert.equal(cropFor({ ...STANDING, faces: [face(0, 0)], framing }, "16:9", "cut"), framing.crop);
    assert.equal(cropFor({ ...STANDING, faces: [face(0, 0)], framing: null }, "16:9", "blurred"), null);
  });
});

describe("what is lost", () => {
  test("is told by its sides and as a share", () => {
    const sides = lost(middlePart(LYING, "9:16"));
    assert.deepEqual([sides.sides, sides.ends, Math.round(sides.share * 100)], [true, false, 68]);
    const ends = lost(middlePart({ width: 720, height: 1_280 }, "1:1"));
    assert.deepEqual([ends.sides, ends.ends, Math.round(ends.share * 100)], [false, true, 44]);
    const around = lost(partAround(LYING, "16:9", { x: 0.5, y: 0.5 }, 2));
    assert.deepEqual(around, { sides: true, ends: true, share: 0.75 });
  });

  test("is nothing where nobody sees it", () => {
    assert.deepEqual(lost(middlePart({ width: 721, height: 1_280 }, "9:16")), { sides: false, ends: false, share: 0 });
  });
});

describe("the part that a clip of a size shows", () => {
  const of = ([left = 0, top = 0, width = 1, height = 1]: number[]): Crop => ({ left, top, width, height });
  test("is that of the samples, which the worker's side is held to as well", () => {
    for (const { picture, clip, crop, shown } of samples) {
      const [[width = 0, height = 0], [wide = 0, high = 0]] = [picture, clip];
      const part = partCut({ width, height }, { width: wide, height: high }, crop && of(crop));
      for (const side of ["left", "top", "width", "height"] as const) {
        assert(Math.abs(part[side] - of(shown)[side]) < 1e-9, JSON.stringify({ picture, clip, part }));
      }
    }
  });
});

describe("the part of a scene's picture, when its table gets another ratio", () => {
  const face: Crop = { left: 0.4, top: 0.05, width: 0.2, height: 0.15 };
  const image = { width: 900, height: 1_600, faces: [face], framing: null };

  test("follows the faces where nobody chose it", () => {
    const before = usualCrop(image, "1:1", "cut");
    assert(before !== null && !isChosen(image, before, "1:1", "cut"));
    assert.deepEqual(carried(image, before, "1:1", "16:9", "cut"), usualCrop(image, "16:9", "cut"));
    assert.deepEqual(carried(image, null, "1:1", "16:9", "cut"), usualCrop(image, "16:9", "cut"));
  });

  test("keeps its middle where a person chose it", () => {
    const chosen = partAround(image, "1:1", { x: 0.5, y: 0.7 }, 2);
    const now = carried(image, chosen, "1:1", "16:9", "cut");
    assert(now !== null && isChosen(image, chosen, "1:1", "cut"));
    assert(Math.abs(middleOf(now).y - 0.7) < 1e-9);
    assert.equal(carried(image, chosen, "1:1", "16:9", "blurred"), null);
  });
});
