import type { GrammarSource } from '../worker/grammar-source';
import { complement, intersection, Spelling } from './characters';
import { Grammar, sequence, text } from './expression';
import { JsonSchema } from './json-schema';
import { parsePattern, wholeMatch } from './regular-expression';

/** The engine has no text with U+0000 in it. */
const WRITABLE = complement([[0, 0]]);

/**
 * The grammar of an answer, in the engine's notation.
 * @param startsWithSpace whether decoding drops a space at the answer's start
 * @throws RequestError naming what is wrong or not supported.
 */
export function writeGrammar(source: GrammarSource, startsWithSpace: boolean): string {
  const { field } = source;
  const grammar = new Grammar(field);
  const answer = () => {
    if (source.kind === 'json') return new JsonSchema(source.schema, field, grammar).value();
    const spelling = new Spelling(grammar);
    const spell = (set: Parameters<Spelling['plain']>[0]) => spelling.plain(intersection(set, WRITABLE));
    return wholeMatch(parsePattern(source.pattern, source.flags, field, spell));
  };
  return grammar.write(startsWithSpace ? sequence(text(' '), answer()) : answer());
}
