import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { documents, type MarkdownDocument } from '../../support/documents';

const root = join(import.meta.dirname, '../../..');
const all = documents();
const byName = all.map((document) => [document.name, document] as const);
const byPath = new Map(all.map((document) => [document.path, document]));

/** The anchors of a document's headings, as GitHub makes them: letters and digits, hyphens for spaces, numbers for the second of a name. */
function anchors({ tokens }: MarkdownDocument): Set<string> {
  const found = new Set<string>();
  for (const token of tokens) {
    if (token.type !== 'heading') continue;
    const name = String(token.text)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = name;
    for (let count = 1; found.has(anchor); count++) anchor = `${name}-${count}`;
    found.add(anchor);
  }
  return found;
}

function isBroken(from: MarkdownDocument, href: string): boolean {
  const [file, anchor] = href.split('#') as [string, string?];
  const path = file === '' ? from.path : join(dirname(from.path), decodeURI(file));
  if (!existsSync(path)) return true;
  if (anchor === undefined) return false;
  const target = byPath.get(path);
  return target === undefined || !anchors(target).has(anchor);
}

it.each(byName)('%s: every link leads somewhere', (_, document) => {
  const links = document.tokens.flatMap((token) =>
    (token.type === 'link' || token.type === 'image') && !/^[a-z]+:/.test(String(token.href))
      ? [String(token.href)]
      : [],
  );
  expect(links.filter((href) => isBroken(document, href))).toEqual([]);
});

/** Files and folders of the repository that a document names in its text, as the test of a promise. */
function namedPaths({ tokens }: MarkdownDocument): string[] {
  return tokens.flatMap((token) => {
    const text = token.type === 'codespan' ? String(token.text) : '';
    // A name in capitals stands for one that is to be chosen.
    return !text.includes('NAME') && /^(bench|demo|docs|e2e|models|scripts|src|tests|tools)\/[\w./-]*$/.test(text)
      ? [text]
      : [];
  });
}

it.each(byName)('%s: every file that it names is there', (_, document) => {
  expect(namedPaths(document).filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('finds what is broken', () => {
  const api = all.find(({ name }) => name === 'docs/API.md');
  if (api === undefined) throw new Error('docs/API.md is not among the documents');
  expect(isBroken(api, 'AI-SDK.md')).toBe(false);
  expect(isBroken(api, 'SESSIONS.md#after-a-reload')).toBe(false);
  expect(isBroken(api, '#enginesessions')).toBe(false);
  expect(isBroken(api, 'NOWHERE.md')).toBe(true);
  expect(isBroken(api, '#nowhere')).toBe(true);
  expect(isBroken(api, '../bench#nowhere')).toBe(true);
  const reliability = all.find(({ name }) => name === 'docs/RELIABILITY.md');
  expect(reliability && namedPaths(reliability)).toContain('tests/gpu/device-lost.test.ts');
});
