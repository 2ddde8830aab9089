import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { documents, type MarkdownDocument } from '../../support/documents';

const all = documents();
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

it.each(all.map((document) => [document.name, document] as const))('%s: every link leads somewhere', (_, document) => {
  const links = document.tokens.flatMap((token) =>
    (token.type === 'link' || token.type === 'image') && !/^[a-z]+:/.test(String(token.href))
      ? [String(token.href)]
      : [],
  );
  expect(links.filter((href) => isBroken(document, href))).toEqual([]);
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
});
