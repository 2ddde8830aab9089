import { describe, expect, it } from 'vitest';
import { markdownPieces } from '../../../src/api/element/markdown-pieces';
import type { Piece } from '../../../src/api/element/piece';
import { HOSTILE_ANSWERS } from '../../../e2e/fake/hostile-answers';

/** The pieces as the text of their tags, which nobody parses. */
function written(pieces: readonly Piece[]): string {
  return pieces
    .map((piece) => {
      if (typeof piece === 'string') return piece;
      const { tag, href, start, children } = piece;
      const attributes = `${href === undefined ? '' : ` href=${href}`}${start === undefined ? '' : ` start=${start}`}`;
      return `<${tag}${attributes}>${written(children)}</${tag}>`;
    })
    .join('');
}

/** All the text of an answer, with nothing of its marks. */
function textOf(pieces: readonly Piece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : textOf(piece.children))).join('');
}

function depthOf(pieces: readonly Piece[]): number {
  return Math.max(0, ...pieces.map((piece) => (typeof piece === 'string' ? 0 : 1 + depthOf(piece.children))));
}

describe('an answer in Markdown becomes pieces', () => {
  it.each([
    ['two\nlines', '<p>two<br></br>lines</p>'],
    ['one\n\nother', '<p>one</p><p>other</p>'],
    ['**b** _i_ ~~d~~ `a < b`', '<p><strong>b</strong> <em>i</em> <del>d</del> <code>a < b</code></p>'],
    ['# A\n\n##### B', '<h3>A</h3><h6>B</h6>'],
    ['3. c\n4. d', '<ol start=3><li>c</li><li>d</li></ol>'],
    ['- a\n  - b', '<ul><li>a<ul><li>b</li></ul></li></ul>'],
    ['- [x] done\n- [ ] not', '<ul><li>☑ done</li><li>☐ not</li></ul>'],
    ['> q', '<blockquote><p>q</p></blockquote>'],
    ['```js\na && b\n```', '<pre><code>a && b</code></pre>'],
    ['---', '<hr></hr>'],
    [
      '| a | b |\n| --- | --- |\n| 1 | 2 |',
      '<table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
    ],
    ['[a](https://example.org/b)', '<p><a href=https://example.org/b>a</a></p>'],
    ['[a](mailto:b@example.org)', '<p><a href=mailto:b@example.org>a</a></p>'],
    ['1 \\* 2 &amp; 3', '<p>1 * 2 &amp; 3</p>'],
  ])('%j', (text, expected) => {
    expect(written(markdownPieces(text))).toBe(expected);
  });
});

describe('what would do something in a page stays text', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '<p><img src=x onerror=alert(1)></p>'],
    ['a <b onclick="x">b</b>', '<p>a <b onclick="x">b</b></p>'],
    ['![a picture](https://example.org/p.png)', '<p>a picture</p>'],
    ['[run](javascript:alert(1))', '<p>run</p>'],
    ['[run](JAVASCRIPT:alert(1))', '<p>run</p>'],
    ['[page](data:text/html,x)', '<p>page</p>'],
    ['[here](/relative)', '<p>here</p>'],
  ])('%j', (text, expected) => {
    const pieces = markdownPieces(text);
    expect(written(pieces)).toBe(expected);
  });

  it.each([...HOSTILE_ANSWERS])('%s: all of it is there, within a depth that can be drawn', (_, text) => {
    const pieces = markdownPieces(text);
    expect(depthOf(pieces)).toBeLessThan(40);
    expect(written(pieces)).not.toMatch(/\p{Surrogate}/u);
    expect(textOf(pieces).length).toBeGreaterThan(0);
  });

  it('text that is too long to be Markdown is shown as it is from there on', () => {
    const tail = `${'*'.repeat(30)}\n`.repeat(2000);
    const text = textOf(markdownPieces(`**a**\n\n${tail}`));
    expect(text.startsWith('a')).toBe(true);
    expect(text.endsWith('*'.repeat(30) + '\n')).toBe(true);
  });

  it('half a character is shown as the sign for that', () => {
    expect(written(markdownPieces('a\ud83d'))).toBe('<p>a\ufffd</p>');
  });
});
