import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../demo/markdown';
import { testSeed } from '../support/random';
import { cases } from '../support/soak';

const seed = testSeed();
const parameters = { seed, numRuns: cases({ few: 1000, many: 10_000 }) };

const TAGS = new Set([
  ...['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li', 'a'],
  ...['h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td'],
]);

/** What Markdown and markup are made of, so that any text of it is likely to mean something. */
const piece = fc.oneof(
  fc.constantFrom(
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '&',
    '&lt;',
    '&#x3c;',
    '&colon;',
    '"',
    "'",
    '=',
  ),
  fc.constantFrom(
    '[',
    ']',
    '(',
    ')',
    '](',
    '![',
    '`',
    '```\n',
    '*',
    '**',
    '_',
    '~~',
    '#',
    '- ',
    '1. ',
    '> ',
    '|',
    '\n',
    '\n\n',
  ),
  fc.constantFrom('<script>', '<img ', 'onerror=', 'src=x', '<svg ', 'onload=', '<style>', '<iframe ', '<math>', '<a '),
  fc.constantFrom(
    '<form>',
    '<input ',
    '<meta ',
    '<base ',
    '<template>',
    '<noscript>',
    '<title>',
    '<textarea>',
    '<xmp>',
  ),
  fc.constantFrom('href=', 'javascript:harm()', 'JAVASCRIPT:', 'data:text/html,', 'https://x.org/', 'mailto:a@x.org'),
  fc.constantFrom(
    'style=',
    'id="composer"',
    'class=x',
    'target=_self',
    'data-x',
    'aria-label=x',
    '[a]: ',
    '[x] ',
    ':-:|',
  ),
  fc.constantFrom('\ud800', '\udc00', '\0', '\u202e', '\u2028', '    ', '\t', 'word'),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

function faultsIn(fragment: DocumentFragment): string[] {
  return [...fragment.querySelectorAll('*')].flatMap((element) => {
    const { localName, namespaceURI } = element;
    const faults = TAGS.has(localName) && namespaceURI === 'http://www.w3.org/1999/xhtml' ? [] : [`<${localName}>`];
    for (const { name, value } of element.attributes) {
      const isRight =
        (localName === 'ol' && name === 'start' && /^-?\d+$/.test(value)) ||
        (localName === 'p' && name === 'class' && value === 'as-is') ||
        (localName === 'a' && name === 'href' && /^(https?|mailto):/i.test(value)) ||
        (localName === 'a' && name === 'rel' && value === 'noopener noreferrer nofollow') ||
        (localName === 'a' && name === 'target' && value === '_blank');
      if (!isRight) faults.push(`${localName}[${name}="${value}"]`);
    }
    if (element instanceof HTMLAnchorElement) {
      if (!['http:', 'https:', 'mailto:'].includes(element.protocol)) faults.push(element.href);
      if (element.rel === '' || element.target === '') faults.push('a link that does not open apart');
    }
    return faults;
  });
}

describe(`text of the model as Markdown (seed ${seed})`, () => {
  it('has no element and no attribute but those that are allowed, and runs nothing', () => {
    const harms: string[] = [];
    Object.assign(globalThis, { harm: () => harms.push('run') });
    let links = 0;
    fc.assert(
      fc.property(text, (source) => {
        const fragment = renderMarkdown(source);
        links += fragment.querySelectorAll('a').length;
        expect(faultsIn(fragment)).toEqual([]);
        expect(fragment.textContent).not.toMatch(/\p{Surrogate}/u);
        document.body.append(fragment);
      }),
      parameters,
    );
    document.body.replaceChildren();
    Reflect.deleteProperty(globalThis, 'harm');
    expect(harms).toEqual([]);
    expect(links).toBeGreaterThan(0);
  });

  it('takes any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (source) => {
        expect(faultsIn(renderMarkdown(source))).toEqual([]);
      }),
      parameters,
    );
  });

  it.each([
    ['>', 10_000],
    ['[', 50_000],
    ['*', 50_000],
    ['_a', 25_000],
    ['1. ', 10_000],
    ['![](', 20_000],
    ['<!--', 20_000],
    ['|a', 20_000],
    ['\u{1f600}', 30_000],
  ])('shows %s repeated %i times, in far less time than a hang, and loses none of it', (part, times) => {
    const startedAt = performance.now();
    const fragment = renderMarkdown(`${part.repeat(times)}\nthe end`);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(fragment.textContent).toMatch(/the end\s*$/);
    expect(fragment.textContent).not.toContain('\ufffd');
    expect(faultsIn(fragment)).toEqual([]);
  });
});
