/**
 * Whether a retake or an extension fits the clip that it is made from: its shape, and the times within it. The schema
 * cannot compare two fields, or a field with another job's. It knows no database.
 */

import { LEAST_PART_SECONDS, LONGEST_SECONDS } from "../_generated/constants.ts";
import type { ExtendClip, JobRequest, RetakeClip } from "../_generated/contract.d.ts";
import type { Words } from "./problem.ts";

export interface PartFault {
  pointer: string;
  detail: Words;
}

export function isOfPart(request: JobRequest): request is RetakeClip | ExtendClip {
  return request.preset === "retake" || request.preset === "extend";
}

/** Empty where it fits. `source`: what the other clip was asked for with. */
export function faultsOfPart(request: RetakeClip | ExtendClip, source: JobRequest): PartFault[] {
  const shape = (["ratio", "tier", "loudness"] as const)
    .filter((name) => request[name] !== source[name])
    .map((name) => ({ pointer: `/${name}`, detail: asOfTheClip(source[name]) }));
  return [...shape, ...(request.preset === "retake" ? retaken(request, source) : extended(request, source))];
}

function retaken({ seconds, start_seconds, end_seconds }: RetakeClip, source: JobRequest): PartFault[] {
  if (seconds !== source.seconds) return [{ pointer: "/seconds", detail: asOfTheClip(String(source.seconds)) }];
  if (end_seconds > seconds) return [{ pointer: "/end_seconds", detail: withinTheClip(seconds) }];
  return end_seconds - start_seconds < LEAST_PART_SECONDS ? [{ pointer: "/end_seconds", detail: TOO_SHORT }] : [];
}

function extended({ seconds, add_seconds }: ExtendClip, source: JobRequest): PartFault[] {
  const whole = source.seconds + add_seconds;
  if (whole > LONGEST_SECONDS) return [{ pointer: "/add_seconds", detail: tooLong(source.seconds) }];
  return seconds === whole ? [] : [{ pointer: "/seconds", detail: sumOfBoth(whole) }];
}

const TOO_SHORT: Words = {
  ko: `시작보다 ${LEAST_PART_SECONDS}초 이상 뒤여야 해요.`,
  en: `It must be at least ${LEAST_PART_SECONDS} seconds after the start.`,
};

function asOfTheClip(value: string): Words {
  return { ko: `원래 영상과 같아야 해요: ${value}`, en: `It must be the clip's own: ${value}` };
}

function withinTheClip(seconds: number): Words {
  return { ko: `영상 길이 ${seconds}초를 넘을 수 없어요.`, en: `It must not be after the clip's end, at ${seconds} seconds.` };
}

function tooLong(seconds: number): Words {
  return {
    ko: `영상은 ${LONGEST_SECONDS}초까지 만들 수 있어요. 원래 영상이 ${seconds}초예요.`,
    en: `A clip has at most ${LONGEST_SECONDS} seconds, and this one has ${seconds} already.`,
  };
}

function sumOfBoth(whole: number): Words {
  return {
    ko: `원래 길이와 늘릴 길이를 더한 ${whole}초여야 해요.`,
    en: `It must be ${whole}: the clip's seconds and those that are added.`,
  };
}
