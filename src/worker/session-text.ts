import type { OwnStates } from '../model/own-states';
import type { Snapshot } from '../model/state-snapshots';

/** States that a session keeps: the text at most boundaries of its last messages can be gone on from. */
export const MOST_STATES = 16;

/** The model's state after the first `length` ids of a text. */
export interface TextPoint {
  length: number;
  /** How many messages these ids are the beginning of. */
  messages: number;
  /** f32 [L, D] */
  state: Float32Array<ArrayBuffer>;
}

/** What the model has read of a conversation. Never changed, only replaced: so sessions may share it. */
export interface SessionText {
  ids: readonly number[];
  /** In order of their lengths, which do not exceed the ids'. */
  points: readonly TextPoint[];
}

export const NOTHING_READ: SessionText = { ids: [], points: [] };

/** The part of a text that its first messages made. */
export function rewound({ ids, points }: SessionText, messages: number): SessionText {
  const kept = points.filter((point) => point.messages <= messages);
  return { ids: ids.slice(0, kept.at(-1)?.length ?? 0), points: kept };
}

/** The point at exactly these ids, or undefined. */
export function pointAt({ ids, points }: SessionText, wanted: readonly number[]): TextPoint | undefined {
  if (commonLength(ids, wanted) < wanted.length) return undefined;
  return points.find(({ length }) => length === wanted.length);
}

/** The states of one run of the model over a session's text: those to go on from, and those that come of it. */
export class TextRun implements OwnStates {
  #prompt: Promise<Snapshot | undefined> | undefined;
  #latest: Promise<Snapshot | undefined> | undefined;
  #promptLength = Infinity;

  /** @param known texts to go on from */
  constructor(private readonly known: () => Iterable<SessionText>) {}

  longestPrefix(wanted: readonly number[]): Snapshot | undefined {
    this.#promptLength = Math.min(this.#promptLength, wanted.length);
    let best: TextPoint | undefined;
    for (const { ids, points } of this.known()) {
      const common = Math.min(commonLength(ids, wanted), wanted.length - 1);
      const last = points.findLast(({ length }) => length <= common);
      if (last !== undefined && last.length > (best?.length ?? 0)) best = last;
    }
    return best && { ids: wanted.slice(0, best.length), state: best.state };
  }

  keep(ids: readonly number[], state: Promise<Float32Array<ArrayBuffer>>): void {
    // Where the device is lost, the state before is the best there is.
    const snapshot = state.then(
      (values) => ({ ids, state: values }),
      () => undefined,
    );
    if (ids.length <= this.#promptLength) this.#prompt = snapshot;
    else this.#latest = snapshot;
  }

  /** The text after the run, which began with `before` and had `messages`; `hasAnswer` where the last of them is the model's. */
  async textAfter(before: SessionText, messages: number, hasAnswer: boolean): Promise<SessionText> {
    const [prompt, latest] = await Promise.all([this.#prompt, this.#latest]);
    let text = before;
    if (prompt !== undefined) text = goneOn(text, prompt, hasAnswer ? messages - 1 : messages);
    if (latest !== undefined) text = goneOn(text, latest, messages);
    return text;
  }
}

/** A text that has been read on to other ids, which need not begin with its own. */
export function goneOn({ ids, points }: SessionText, { ids: longer, state }: Snapshot, messages: number): SessionText {
  const common = commonLength(ids, longer);
  const kept = points.filter(({ length }) => length <= common && length < longer.length);
  // The first one is the system prompt's, which every way back leads to.
  if (kept.length === MOST_STATES) kept.splice(1, 1);
  return { ids: longer, points: [...kept, { length: longer.length, messages, state }] };
}

function commonLength(one: readonly number[], other: readonly number[]): number {
  const differs = one.findIndex((id, index) => id !== other[index]);
  return differs < 0 ? one.length : differs;
}
