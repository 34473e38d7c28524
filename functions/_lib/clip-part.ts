/**
 * Whether a retake or an extension fits the clip that it is made from: its shape, and the times within it. The schema
 * cannot compare two fields, or a field with another job's. It knows no database.
 */

import { LEAST_PART_SECONDS, LONGEST_SECONDS, LONGEST_WHOLE_SECONDS, OVERLAP_SECONDS } from "../_generated/constants.ts";
import type { ExtendClip, JobRequest, RetakeClip } from "../_generated/contract.d.ts";
import { wholeSeconds } from "./clip-length.ts";
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
  const whole = wholeSeconds(source);
  if (whole > LONGEST_SECONDS) return [{ pointer: "/source_job_id", detail: tooLongToRetake(whole) }];
  if (seconds !== whole) return [{ pointer: "/seconds", detail: asOfTheClip(String(whole)) }];
  if (end_seconds > seconds) return [{ pointer: "/end_seconds", detail: withinTheClip(seconds) }];
  return end_seconds - start_seconds < LEAST_PART_SECONDS ? [{ pointer: "/end_seconds", detail: TOO_SHORT }] : [];
}

function extended({ seconds, whole_seconds }: ExtendClip, source: JobRequest): PartFault[] {
  if (seconds <= OVERLAP_SECONDS) return [{ pointer: "/seconds", detail: ADDS_NOTHING }];
  const before = wholeSeconds(source);
  const whole = before + seconds - OVERLAP_SECONDS;
  if (whole > LONGEST_WHOLE_SECONDS) return [{ pointer: "/seconds", detail: tooLong(before) }];
  return whole_seconds === whole ? [] : [{ pointer: "/whole_seconds", detail: sumOfBoth(whole) }];
}

const ADDS_NOTHING: Words = {
  ko: `모델이 다시 보는 ${OVERLAP_SECONDS}초보다 길어야 해요.`,
  en: `It must be more than the ${OVERLAP_SECONDS} seconds of the clip that the model sees.`,
};

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

function tooLongToRetake(seconds: number): Words {
  return {
    ko: `${LONGEST_SECONDS}초가 넘는 영상은 한 부분만 다시 만들 수 없어요. 이 영상은 ${seconds}초예요.`,
    en: `A part can be made anew in clips of up to ${LONGEST_SECONDS} seconds, and this one has ${seconds}.`,
  };
}

function tooLong(seconds: number): Words {
  return {
    ko: `영상은 ${LONGEST_WHOLE_SECONDS}초까지 늘릴 수 있어요. 원래 영상이 ${seconds}초예요.`,
    en: `A clip can be extended to ${LONGEST_WHOLE_SECONDS} seconds, and this one has ${seconds} already.`,
  };
}

function sumOfBoth(whole: number): Words {
  return {
    ko: `${whole}이어야 해요. 원래 길이에 seconds를 더하고, 모델이 다시 보는 ${OVERLAP_SECONDS}초를 뺀 길이예요.`,
    en: `It must be ${whole}: the clip's own and \`seconds\`, less the ${OVERLAP_SECONDS} that are in both.`,
  };
}
