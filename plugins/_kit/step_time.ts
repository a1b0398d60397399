/**
 * A step has two times. The program marks one on its thread; where a device ran behind, the step
 * takes until the work that it launched is done, and begins when the work before it is. Every page
 * shows the second, and says the first where it is another.
 */
import {duration} from './format';

export interface StepTimes {
  readonly start_ns: number;
  readonly duration_ns: number;
  readonly marked_start_ns: number;
  readonly marked_duration_ns: number;
}

export const WITH_DEVICE = 'With its device work';
export const MARKED = 'Marked on the thread';

export function isMarkedOtherwise(step: StepTimes): boolean {
  return step.start_ns !== step.marked_start_ns || step.duration_ns !== step.marked_duration_ns;
}

/** From when to when it counts, against its marks. */
export function stepTimeStory(step: StepTimes): string {
  const late_ns = step.start_ns - step.marked_start_ns;
  const after_ns = step.start_ns + step.duration_ns - step.marked_start_ns - step.marked_duration_ns;
  const from = late_ns > 0
    ? `The step counts from ${duration(late_ns)} after its mark began, when the device had done the work before it`
    : 'The step counts from where its mark began';
  const to = after_ns > 0
    ? `until the last work that it launched was done, ${duration(after_ns)} after its mark ended`
    : 'until its mark ended';
  return `${from}, ${to}.`;
}
