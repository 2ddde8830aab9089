import { describe, expect, it } from 'vitest';
import { unroll } from '../../../src/gpu/unroll';

/** Without the line breaks and indents that only people need. */
function unrolled(code: string, constants: Record<string, number> = {}): string {
  return unroll(code, new Map(Object.entries(constants)))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

describe('unroll', () => {
  it('writes a marked loop out, turn by turn, with its counter as a constant', () => {
    expect(unrolled('a; /*unroll*/ for (var i = 0u; i < COUNT; i++) { f(i); } b;', { COUNT: 2 })).toBe(
      'a; { const i = 0u; f(i); } { const i = 1u; f(i); } b;',
    );
  });

  it('counts by doubling too, from constants too', () => {
    expect(unrolled('/*unroll*/ for (var d = FROM; d < 8u; d *= 2u) { f(d); }', { FROM: 2 })).toBe(
      '{ const d = 2u; f(d); } { const d = 4u; f(d); }',
    );
  });

  it('writes loops within loops out', () => {
    const inner = '/*unroll*/ for (var j = 0u; j < 2u; j++) { if (j > i) { f(i, j); } }';
    expect(unrolled(`/*unroll*/ for (var i = 0u; i < 1u; i++) { ${inner} }`)).toBe(
      '{ const i = 0u; { const j = 0u; if (j > i) { f(i, j); } } { const j = 1u; if (j > i) { f(i, j); } } }',
    );
  });

  it('leaves nothing of a loop without turns', () => {
    expect(unrolled('a; /*unroll*/ for (var i = 3u; i < N; i++) { f(i); } b;', { N: 3 })).toBe('a; b;');
  });

  it.each([
    ['without the mark', 'for (var i = 0u; i < 2u; i++) { f(i); }'],
    ['whose bounds are not known', '/*unroll*/ for (var i = 0u; i < count; i++) { f(i); }'],
    ['of very many turns', '/*unroll*/ for (var i = 0u; i < 1000u; i++) { f(i); }'],
  ])('keeps a loop %s', (_, loop) => {
    expect(unrolled(loop)).toBe(loop);
  });
});
