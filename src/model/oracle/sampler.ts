import type { SamplingOptions } from '../sampling-options';
import { addBiases, penalise } from './penalties';
import { philox4x32 } from './philox';

/** The weight of the likeliest token; the others' are a share of it. All weights are whole numbers, so sums are exact. */
export const LARGEST_WEIGHT = 2 ** 24;
/** Top-p is a whole number of these parts, so that its cut is exact, too. */
export const TOP_P_STEPS = 2 ** 16;

/** A chosen token, and how near another choice was: another device's exp or division may tip a decision this close. */
export interface SamplingDecision {
  id: number;
  /** The smallest difference of penalised logits that the choice hangs on (greedy: best to second; top-k: last in to first out). */
  logitMargin: number;
  /** The smallest share of probability mass that the choice hangs on (top-p, min-p and the draw). */
  massMargin: number;
}

/** A token in the running: its penalised logit and its weight, `round(exp((logit - largest) / temperature) · 2^24)`. */
interface Candidate {
  id: number;
  logit: number;
  weight: number;
}

/** Candidates that are left, and how near the cut was. */
interface Cut {
  kept: Candidate[];
  margin: number;
}

/**
 * The token that follows these logits: a pure function, in whole numbers from the weights on.
 * Biases, penalties, temperature, top-k, top-p, min-p, draw. Source: docs/MODEL.md section 14.
 *
 * @param logits [V], finite
 * @param counts how often each token was seen, prompt included [V]
 * @param position the counter of the random numbers, a uint32; one for each token chosen
 * @param mask bits of the tokens that may be chosen, one at least, token t in bit t % 32 of word t / 32; all if left out
 */
export function sample(
  logits: Float32Array,
  options: SamplingOptions,
  counts: Uint32Array,
  position: number,
  mask?: Uint32Array,
): number {
  return decide(logits, options, counts, position, mask).id;
}

/** As `sample`, with the margins of the choice. */
export function decide(
  logits: Float32Array,
  options: SamplingOptions,
  counts: Uint32Array,
  position: number,
  mask?: Uint32Array,
): SamplingDecision {
  const penalised = penalise(addBiases(logits, options), counts, options);
  const ranked = rank(penalised, options.temperature === 0 ? 1 : options.temperature, mask);
  if (options.temperature === 0) return chooseGreedily(ranked);
  const topK = cutTopK(ranked, options.topK);
  const topP = cutTopP(topK.kept, options.topP);
  const minP = cutMinP(topP.kept, options.minP);
  const drawn = draw(minP.kept, options.seed, position);
  return { id: drawn.id, logitMargin: topK.margin, massMargin: Math.min(topP.margin, minP.margin, drawn.margin) };
}

/** All tokens that may be chosen with their weights, by logit descending, then id ascending. */
function rank(penalised: Float32Array, temperature: number, mask?: Uint32Array): Candidate[] {
  const isAllowed = (id: number) => mask === undefined || ((mask[Math.floor(id / 32)] >>> (id % 32)) & 1) === 1;
  const tokens = Array.from(penalised, (logit, id) => ({ id, logit })).filter(({ id }) => isAllowed(id));
  const largest = tokens.reduce((high, { logit }) => Math.max(high, logit), -Infinity);
  const divisor = Math.fround(temperature);
  const candidates = tokens.map(({ id, logit }) => {
    const exponent = Math.fround(Math.fround(logit - largest) / divisor);
    return { id, logit, weight: Math.round(Math.exp(exponent) * LARGEST_WEIGHT) };
  });
  return candidates.sort((left, right) => right.logit - left.logit || left.id - right.id);
}

function chooseGreedily(ranked: readonly Candidate[]): SamplingDecision {
  const { kept, margin } = cutTopK(ranked, 1);
  return { id: kept[0].id, logitMargin: margin, massMargin: Infinity };
}

function cutTopK(ranked: readonly Candidate[], topK: number): Cut {
  if (topK === 0 || topK >= ranked.length) return { kept: [...ranked], margin: Infinity };
  return { kept: ranked.slice(0, topK), margin: ranked[topK - 1].logit - ranked[topK].logit };
}

/** Keeps the shortest prefix whose mass is at least `topP` of the whole, and never less than one candidate. */
function cutTopP(ranked: readonly Candidate[], topP: number): Cut {
  const share = Math.round(topP * TOP_P_STEPS);
  if (share >= TOP_P_STEPS) return { kept: [...ranked], margin: Infinity };
  const total = mass(ranked);
  const needed = Number((BigInt(total) * BigInt(share) + BigInt(TOP_P_STEPS - 1)) / BigInt(TOP_P_STEPS));
  let reached = 0;
  let margin = Infinity;
  for (const [index, candidate] of ranked.entries()) {
    reached += candidate.weight;
    margin = Math.min(margin, Math.abs(reached - needed) / total);
    if (reached >= needed) return { kept: ranked.slice(0, index + 1), margin };
  }
  return { kept: [...ranked], margin };
}

/** Keeps the candidates whose weight is at least `minP` of the largest. */
function cutMinP(ranked: readonly Candidate[], minP: number): Cut {
  if (minP <= 0) return { kept: [...ranked], margin: Infinity };
  const needed = Math.ceil(minP * LARGEST_WEIGHT);
  const kept = ranked.filter((candidate, index) => index === 0 || candidate.weight >= needed);
  const margins = ranked.slice(1).map(({ weight }) => Math.abs(weight - minP * LARGEST_WEIGHT) / LARGEST_WEIGHT);
  return { kept, margin: Math.min(Infinity, ...margins) };
}

/** Picks the first candidate, by id, at which the running weight passes `floor(total · r / 2^32)`, `r` being 32 random bits. */
function draw(kept: readonly Candidate[], seed: number, position: number): { id: number; margin: number } {
  const total = mass(kept);
  const [random] = philox4x32([position, 0, 0, 0], [seed, 0]);
  const target = Number((BigInt(total) * BigInt(random)) >> 32n);
  let running = 0;
  for (const { id, weight } of [...kept].sort((left, right) => left.id - right.id)) {
    const before = running;
    running += weight;
    if (running <= target) continue;
    const edges = [before === 0 ? Infinity : target - before, running === total ? Infinity : running - target];
    return { id, margin: Math.min(...edges) / total };
  }
  throw new RangeError('no candidate is left to draw from');
}

function mass(candidates: readonly Candidate[]): number {
  return candidates.reduce((sum, { weight }) => sum + weight, 0);
}
