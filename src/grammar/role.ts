import { GrammarCompiler, GrammarMatcher, TokenizerInfo } from '@mlc-ai/web-xgrammar';
import { RequestError } from '../errors';
import { BYTE_OF_CHARACTER } from '../model/text/byte-alphabet';
import type { GrammarRole, GrammarSource, Vocabulary } from '../worker/grammar-source';
import { writeGrammar } from './compile';

/** Answers that are under way at once, or were of late. */
const MOST_GRAMMARS = 8;

/** The header of a WebAssembly module: its mark and its version. */
const EMPTY_MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** An answer's grammar, and how far the answer is. */
interface Begun {
  matcher: GrammarMatcher;
  field: string;
  accepted: number[];
}

interface Engine {
  compiler: GrammarCompiler;
  vocabulary: Vocabulary;
  /** Bits of the tokens that are ever allowed. */
  usable: Uint32Array;
}

/** The grammar engine: xgrammar, which knows grammars and tokens, behind what is known here of schemas and patterns. */
export class XgrammarRole implements GrammarRole {
  readonly #begun = new Map<number, Begun>();
  #engine: Engine | undefined;

  async read(vocabulary: Vocabulary): Promise<void> {
    // Where a policy forbids WebAssembly the engine would say so on the console, and not in an error alone.
    await WebAssembly.compile(EMPTY_MODULE);
    const { tokens, vocabSize, stopTokenIds } = vocabulary;
    // The engine takes tokens as strings, which hold bytes in the alphabet of byte-level vocabularies.
    const characters = Array.from(BYTE_OF_CHARACTER.keys());
    const ofByte = new Map(characters.map((character) => [BYTE_OF_CHARACTER.get(character) ?? 0, character]));
    const stops = new Set(stopTokenIds);
    const spelled = tokens.map((bytes, id) =>
      stops.has(id) ? '' : Array.from(bytes, (byte) => ofByte.get(byte) ?? '').join(''),
    );
    const info = await TokenizerInfo.createTokenizerInfo(spelled, 'byte_level', false, vocabSize, [...stopTokenIds]);
    const compiler = await GrammarCompiler.createGrammarCompiler(info, false);
    const usable = new Uint32Array(Math.ceil(vocabSize / 32));
    spelled.forEach((token, id) => {
      if (token !== '' || stops.has(id)) usable[Math.floor(id / 32)] |= 1 << (id % 32);
    });
    this.#engine = { compiler, vocabulary, usable };
  }

  async compile(id: number, source: GrammarSource): Promise<void> {
    const { compiler, vocabulary } = this.#known();
    const compiled = await compiler.compileGrammar(writeGrammar(source, vocabulary.dropsFirstSpace));
    const matcher = await GrammarMatcher.createGrammarMatcher(compiled);
    compiled.dispose();
    this.#begun.set(id, { matcher, field: source.field, accepted: [] });
    const [oldest] = this.#begun.keys();
    if (this.#begun.size > MOST_GRAMMARS) this.#forget(oldest);
  }

  async mask(id: number, sampled: readonly number[]): Promise<Uint32Array<ArrayBuffer> | undefined> {
    const begun = this.#begun.get(id);
    if (begun === undefined) return undefined;
    // The one that was used last is the last to go.
    this.#begun.delete(id);
    this.#begun.set(id, begun);
    const { matcher, field, accepted } = begun;
    if (accepted.some((token, index) => sampled[index] !== token)) {
      matcher.reset();
      accepted.length = 0;
    }
    for (const token of sampled.slice(accepted.length)) {
      if (!matcher.acceptToken(token)) throw new RequestError(`does not allow the token ${token}`, { field });
      accepted.push(token);
    }
    const { usable } = this.#known();
    const bits = await matcher.getNextTokenBitmask();
    const mask = usable.map((word, index) => word & bits[index]);
    if (mask.some((word) => word !== 0)) return mask;
    throw new RequestError("came to where none of the model's tokens goes on", { field });
  }

  #forget(id: number): void {
    this.#begun.get(id)?.matcher.dispose();
    this.#begun.delete(id);
  }

  #known(): Engine {
    if (this.#engine === undefined) throw new TypeError('no vocabulary has been read');
    return this.#engine;
  }
}
