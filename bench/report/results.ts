import type { SectionResults } from '../measure/bench';
import type { ModelName } from '../model/shapes';
import type { LoadResult } from './load-result';
import type { PeerResults } from './peer-results';

/** All that can be known of one model. */
export type Findings = SectionResults & { load: LoadResult };

/** When and of what something was measured. */
export interface Provenance {
  commit: string;
  date: string;
}

/** What is known of one model: figures for readers of the file first, then all that was measured. */
export interface ModelResult {
  /** Tokens a second, medians; after 16 tokens. */
  decodeSampled?: number;
  decodeGreedy?: number;
  /** Tokens a second, sampled, by tokens before. */
  decodeAtContext?: Record<string, number>;
  /** Tokens a second that the measured floor allows. */
  floor?: number;
  /** Prompt tokens a second, until the first sampled token. */
  prefill512?: number;
  prefill2048?: number;
  /** Milliseconds from a prompt of 512 tokens to the first sampled token. */
  firstToken512Ms?: number;
  dispatchesPerToken?: number;
  /** Of all buffers at their peak. */
  gpuBytes?: number;
  /** Milliseconds to the first text of an answer, with an empty and with a filled storage. */
  coldStartMs?: number;
  warmStartMs?: number;
  detail: Partial<Findings>;
  measured: Partial<Record<keyof Findings, Provenance>>;
}

/** The file that the benchmark writes. */
export interface Results extends Provenance {
  browser: string;
  gpu: string;
  models: Partial<Record<ModelName, ModelResult>>;
  peers: PeerResults;
}

const SHORT_CONTEXT = '16';

/** Takes a section's result in, and brings the figures up to date. */
export function addSection<Name extends keyof Findings>(
  model: ModelResult,
  section: Name,
  result: Findings[Name],
  provenance: Provenance,
): ModelResult {
  const detail = { ...model.detail, [section]: result };
  return { ...figures(detail), detail, measured: { ...model.measured, [section]: provenance } };
}

function figures({ decode, prefill, floor, memory, load }: Partial<Findings>): Partial<ModelResult> {
  return defined({
    decodeSampled: decode?.sampled[SHORT_CONTEXT]?.median,
    decodeGreedy: decode?.greedy[SHORT_CONTEXT]?.median,
    decodeAtContext:
      decode && Object.fromEntries(Object.entries(decode.sampled).map(([context, { median }]) => [context, median])),
    floor: floor?.tokensPerSecond,
    prefill512: prefill?.rate['512']?.median,
    prefill2048: prefill?.rate['2048']?.median,
    firstToken512Ms: prefill?.firstToken['512']?.median,
    dispatchesPerToken: memory?.perToken.dispatches,
    gpuBytes: memory?.gpuBytesPeak,
    coldStartMs: load?.coldMilliseconds,
    warmStartMs: load?.warmMilliseconds.median,
  });
}

type Defined<Fields> = { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };

function defined<Fields extends object>(fields: Fields): Defined<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<Fields>;
}
