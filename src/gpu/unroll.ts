/** Longer loops stay loops. */
const MOST_TURNS = 32;

const LOOP = /\/\*unroll\*\/ for \(var (\w+) = (\w+); \1 < (\w+); \1(\+\+| \*= 2u)\) \{/g;

/**
 * Writes loops out that are marked `/*unroll*\/` and whose bounds are numbers or known constants: each turn becomes a block
 * in which the counter is a constant. WGSL has no way to ask a driver for it, and arrays that a loop walks through end in
 * slow memory where the driver keeps the loop (docs/PERFORMANCE.md).
 */
export function unroll(code: string, constants: ReadonlyMap<string, number>): string {
  const valueOf = (bound: string) => (/^\d+u$/.test(bound) ? parseInt(bound, 10) : constants.get(bound));
  let written = '';
  let position = 0;
  for (const loop of code.matchAll(LOOP)) {
    // Inside the loop before, which was written out whole.
    if (loop.index < position) continue;
    const [head, counter, from, to, step] = loop;
    const bodyStart = loop.index + head.length;
    const bodyEnd = closingBrace(code, bodyStart);
    const body = unroll(code.slice(bodyStart, bodyEnd), constants);
    const [first, end] = [valueOf(from), valueOf(to)];
    const turns = first === undefined || end === undefined ? undefined : counters(first, end, step === '++');
    written += code.slice(position, loop.index);
    written +=
      turns === undefined || turns.length > MOST_TURNS
        ? `${head}${body}}`
        : turns.map((value) => `{\n  const ${counter} = ${value}u;${body}}\n`).join('');
    position = bodyEnd + 1;
  }
  return written + code.slice(position);
}

function counters(first: number, end: number, byOne: boolean): number[] {
  const values: number[] = [];
  for (let value = first; value < end; value = byOne ? value + 1 : value * 2) values.push(value);
  return values;
}

/** Where the block ends that is open at `start`. */
function closingBrace(code: string, start: number): number {
  let depth = 1;
  for (let index = start; index < code.length; index++) {
    if (code[index] === '{') depth++;
    else if (code[index] === '}' && --depth === 0) return index;
  }
  throw new RangeError('a block of the kernel is not closed');
}
