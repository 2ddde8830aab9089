import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Lexer, walkTokens, type Token } from 'marked';

const root = join(import.meta.dirname, '../..');

/** A document of the repository. */
export interface MarkdownDocument {
  /** From the repository's root. */
  name: string;
  path: string;
  /** All of its tokens, whatever they are within. */
  tokens: Token[];
}

/** All documents that a reader may come upon. */
export function documents(): MarkdownDocument[] {
  const names = [
    ...readdirSync(root),
    ...['docs', 'models', 'tests/fixtures'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
    ),
  ];
  return names
    .filter((name) => name.endsWith('.md'))
    .map((name) => {
      const path = join(root, name);
      return { name, path, tokens: allTokens(readFileSync(path, 'utf8')) };
    });
}

function allTokens(text: string): Token[] {
  const tokens: Token[] = [];
  void walkTokens(new Lexer().lex(text), (token) => {
    tokens.push(token);
  });
  return tokens;
}
