import { describe, expect, test } from 'vitest';
import { TextStream, type TokenDecoder } from '../../../src/model/text/text-stream';
import { Tokenizer } from '../../../src/model/text/tokenizer';
import { partialCharacterLength } from '../../../src/model/text/utf8';
import { Random, testSeed } from '../../support/random';
import { bundledTokenizer, randomText, sentencePieceJson } from '../../support/text-fixtures';

const seed = testSeed();
const tokenizer = bundledTokenizer();
const encoder = new TextEncoder();
const decodeAll = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** A decoder whose token i is the i-th of these pieces. */
function piecesDecoder(pieces: readonly Uint8Array[]): TokenDecoder {
  return { tokenBytes: (id) => pieces[id], dropsFirstSpace: false };
}

/** Cuts bytes into pieces of 0 to 5 bytes. */
function cut(random: Random, bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + random.integer(0, 5));
    pieces.push(bytes.subarray(start, end));
    start = end;
  }
  return pieces;
}

function run(decoder: TokenDecoder, ids: Iterable<number>, stops: readonly string[] = []) {
  const stream = new TextStream(decoder, stops);
  const shown = Array.from(ids, (id) => stream.push(id));
  const rest = stream.finish();
  return { shown, rest, text: shown.join('') + rest, match: stream.match };
}

/** Tokens that are strings, one after the other. */
function runWords(words: readonly string[], stops: readonly string[]) {
  return run(piecesDecoder(words.map((word) => encoder.encode(word))), words.keys(), stops);
}

/** The stop string whose end comes first, of several there the longest, by looking at each place. */
function firstStop(text: string, stops: readonly string[]): { stop: string; start: number } | undefined {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops.filter((stop) => stop.length <= end && text.slice(end - stop.length, end) === stop);
    if (ending.length === 0) continue;
    const stop = ending.reduce((longest, other) => (other.length > longest.length ? other : longest));
    return { stop, start: end - stop.length };
  }
  return undefined;
}

describe('whole characters', () => {
  test('a character comes when its last byte does', () => {
    const ids = tokenizer.encodeText('a 😀!');
    const { shown, text } = run(tokenizer, ids);
    expect(text).toBe('a 😀!');
    for (const piece of shown) expect(piece).not.toContain('\uFFFD');
  });

  test('an answer that ends inside a character ends in U+FFFD', () => {
    const ids = tokenizer.encodeText('so 😀').slice(0, -1);
    const { shown, rest } = run(tokenizer, ids);
    expect(shown.join('')).toBe('so ');
    expect(rest).toBe('\uFFFD');
  });

  test('an answer that ends in a space keeps it', () => {
    expect(run(tokenizer, tokenizer.encodeText('one two ')).text).toBe('one two ');
  });

  test('special tokens have no text', () => {
    expect(run(tokenizer, [0, ...tokenizer.encodeText('Hi'), 1, ...tokenizer.encodeText(' you'), 2]).text).toBe(
      'Hi you',
    );
  });

  test('the first space of a SentencePiece answer is dropped, and only that', () => {
    const pieces = Tokenizer.parse(sentencePieceJson(), undefined, 1000);
    const ids = pieces.encodeText(' Hello the sky');
    expect(run(pieces, ids).text).toBe(' Hello the sky');
    expect(run(pieces, [1, ...pieces.encodeText('Hello')]).shown).toEqual(['', 'Hello']);
  });

  test(`any bytes give what decoding them at once gives (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 500; round++) {
      const valid = encoder.encode(randomText(random, 20));
      const bytes = valid.map((byte) => (random.chance(0.1) ? random.integer(0, 255) : byte));
      const pieces = cut(random, bytes);
      const { text } = run(piecesDecoder(pieces), pieces.keys());
      expect(text, Array.from(bytes).join()).toBe(decodeAll(bytes));
    }
  });

  test('tells an open character from a broken one, for every lead and second byte', () => {
    for (let lead = 0; lead < 256; lead++) {
      for (let second = 0; second < 256; second++) {
        // A decoder that waits for more gives nothing for what may still be completed.
        const streamed = new TextDecoder('utf-8').decode(Uint8Array.of(0x41, lead, second), { stream: true });
        const whole = new TextDecoder('utf-8').decode(Uint8Array.of(0x41, lead, second));
        const open = partialCharacterLength(Uint8Array.of(0x41, lead, second));
        expect(open > 0, `${lead} ${second}`).toBe(streamed !== whole);
        if (open > 0) expect(decodeAll(Uint8Array.of(0x41, lead, second).subarray(0, 3 - open))).toBe(streamed);
      }
    }
    expect(partialCharacterLength(Uint8Array.of(0xf0, 0x9f, 0x98))).toBe(3);
    expect(partialCharacterLength(Uint8Array.of(0xf0, 0x9f, 0x98, 0x80))).toBe(0);
  });
});

describe('stop strings', () => {
  test.each<[words: string[], stops: string[], text: string, stop: string | undefined, kept: number | undefined]>([
    [['one', ' two', ' three'], [' two'], 'one', ' two', 1],
    [['one', ' t', 'wo', ' three'], [' two'], 'one', ' two', 1],
    [['one t', 'wo three'], [' two'], 'one', ' two', 0],
    [['stop', ' it'], ['stop'], '', 'stop', 0],
    [['a', 'a', 'a', 'b', 'c'], ['aab'], 'a', 'aab', 1],
    [['ab', 'ab', 'ac'], ['abac'], 'ab', 'abac', 1],
    [['x', 'y', 'z'], ['z', 'y'], 'x', 'y', 1],
    [['abc'], ['abc', 'b'], 'a', 'b', 0],
    [['ab', 'c'], ['bc', 'abc'], '', 'abc', 0],
    [['a', '', 'b', '', 'c'], ['c'], 'ab', 'c', 4],
    [['\n', '\n', 'User:'], ['\nUser:'], '\n', '\nUser:', 1],
    [['no', ' stop'], ['stops'], 'no stop', undefined, undefined],
    [['almost', ' sto'], ['stop'], 'almost sto', undefined, undefined],
    [['grün', 'es'], ['n'], 'grü', 'n', 0],
    [['😀', '😁'], ['😁'], '😀', '😁', 1],
  ])('%j, stopped by %j', (words, stops, text, stop, kept) => {
    const result = runWords(words, stops);
    expect(result.text).toBe(text);
    expect(result.match).toEqual(stop === undefined ? undefined : { stop, keptTokens: kept });
  });

  test('hold back only what may be their start', () => {
    expect(runWords(['ab', '<', 'e', 'x', '<e', 'nd'], ['<end>']).shown).toEqual(['ab', '', '', '<ex', '', '']);
  });

  test('give nothing more after a match', () => {
    const result = runWords(['a', 'STOP b', 'c'], ['STOP']);
    expect(result.shown).toEqual(['a', '', '']);
    expect(result.rest).toBe('');
  });

  test('match inside a token and across characters cut in two', () => {
    const bytes = encoder.encode('x😀END');
    const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 4), bytes.subarray(4, 6), bytes.subarray(6)];
    const result = run(piecesDecoder(pieces), pieces.keys(), ['END']);
    expect(result.text).toBe('x😀');
    // The third piece has the end of the character and the E.
    expect(result.match).toEqual({ stop: 'END', keptTokens: 2 });
    const emoji = run(piecesDecoder(pieces), pieces.keys(), ['😀']);
    expect([emoji.text, emoji.match?.keptTokens]).toEqual(['x', 0]);
  });

  test('match what an unfinished character becomes', () => {
    const pieces = [encoder.encode('ab'), Uint8Array.of(0xf0, 0x9f)];
    const result = run(piecesDecoder(pieces), pieces.keys(), ['b\uFFFD']);
    expect([result.text, result.match]).toEqual(['a', { stop: 'b\uFFFD', keptTokens: 0 }]);
  });

  test(`are found wherever the text is cut into tokens (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let round = 0; round < 2000; round++) {
      const alphabet = random.pick(['ab', 'abc', 'aé😀 ']);
      const letters = Array.from(alphabet);
      const word = (length: number) => Array.from({ length }, () => random.pick(letters)).join('');
      const total = word(random.integer(0, 30));
      const stops = Array.from({ length: random.integer(1, 4) }, () => word(random.integer(1, 5)));
      const pieces = cut(random, encoder.encode(total));
      const { shown, text, match } = run(piecesDecoder(pieces), pieces.keys(), stops);
      const expected = firstStop(total, stops);
      const context = JSON.stringify({ total, stops, lengths: pieces.map((piece) => piece.length) });
      const ends = pieces.map((_, index) => pieces.slice(0, index + 1).reduce((sum, piece) => sum + piece.length, 0));
      if (expected === undefined) {
        expect([text, match], context).toEqual([total, undefined]);
      } else {
        const before = encoder.encode(total.slice(0, expected.start)).length;
        const keptTokens = ends.filter((end) => end <= before).length;
        expect(text, context).toBe(total.slice(0, expected.start));
        expect(match, context).toEqual({ stop: expected.stop, keptTokens });
      }
      // At every moment, all is shown but the longest end that may still become a stop string.
      for (const [index, end] of ends.entries()) {
        const bytes = encoder.encode(total).subarray(0, end);
        const known = decodeAll(bytes.subarray(0, end - partialCharacterLength(bytes)));
        if (firstStop(known, stops) !== undefined) break;
        const starts = stops.flatMap((stop) =>
          Array.from({ length: stop.length }, (__, length) => stop.slice(0, length)),
        );
        const held = Math.max(0, ...starts.filter((start) => known.endsWith(start)).map((start) => start.length));
        expect(shown.slice(0, index + 1).join(''), context).toBe(known.slice(0, known.length - held));
      }
    }
  });

  test('cost the same for a long answer of the worst kind', () => {
    const stops = Array.from({ length: 16 }, (_, index) => 'a'.repeat(200 + index) + 'b');
    const stream = new TextStream(piecesDecoder([encoder.encode('aaaa')]), stops);
    let length = 0;
    for (let token = 0; token < 50_000; token++) length += stream.push(0).length;
    expect(length + stream.finish().length).toBe(200_000);
  });
});
