import { Lexer } from 'marked';
import type { MarkedToken, Token, Tokens } from 'marked';
import type { Piece, PieceTag } from './piece';

/** What comes after so many characters is shown as it is: some texts take time that grows with the square of their length. */
const MARKDOWN_LENGTH = 20_000;
/** What is nested deeper is shown as it is. */
const DEEPEST = 12;
const HEADINGS: readonly PieceTag[] = ['h3', 'h4', 'h5', 'h6'];

/**
 * The model's text as pieces that a page can show: Markdown without images and raw HTML, which stay the text that they
 * are, and with links to http, https and mailto addresses only.
 */
export function markdownPieces(text: string): Piece[] {
  // A lone half of a surrogate pair would otherwise be shown in whatever way each browser likes.
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  const end = whole.length <= MARKDOWN_LENGTH ? whole.length : whole.lastIndexOf('\n', MARKDOWN_LENGTH) + 1;
  const pieces = lexed(whole.slice(0, end));
  return end === whole.length ? pieces : [...pieces, piece('p', [whole.slice(end)])];
}

function lexed(text: string): Piece[] {
  try {
    return blocks(Lexer.lex(text, { gfm: true, breaks: true }), 0);
  } catch {
    // The lexer goes one call deeper with each level.
    return [piece('p', [text])];
  }
}

function piece(tag: PieceTag, children: Piece[]): Piece {
  return { tag, children };
}

function blocks(tokens: readonly Token[], depth: number): Piece[] {
  return tokens.flatMap((token) => (depth > DEEPEST ? [token.raw] : block(token as MarkedToken, depth + 1)));
}

function block(token: MarkedToken, depth: number): Piece[] {
  switch (token.type) {
    case 'space':
    case 'def':
      return [];
    case 'heading':
      // The panel has the headings of the first two levels.
      return [piece(HEADINGS[Math.min(token.depth, HEADINGS.length) - 1], inline(token.tokens, depth))];
    case 'paragraph':
      return [piece('p', inline(token.tokens, depth))];
    case 'code':
      return [piece('pre', [piece('code', [token.text])])];
    case 'blockquote':
      return [piece('blockquote', blocks(token.tokens, depth))];
    case 'list':
      return [list(token, depth)];
    case 'hr':
      return [piece('hr', [])];
    case 'table':
      return [table(token, depth)];
    case 'html':
      return [piece('p', [token.text])];
    default:
      // A list whose items stand close together has them without paragraphs.
      return inline([token], depth);
  }
}

function list({ ordered, start, items }: Tokens.List, depth: number): Piece {
  const children = items.map((item) => {
    const box = item.task ? [item.checked === true ? '☑ ' : '☐ '] : [];
    return piece('li', [
      ...box,
      ...blocks(
        item.tokens.filter(({ type }) => type !== 'checkbox'),
        depth,
      ),
    ]);
  });
  if (!ordered) return piece('ul', children);
  return { tag: 'ol', children, ...(typeof start === 'number' && { start }) };
}

function table({ header, rows }: Tokens.Table, depth: number): Piece {
  const row = (tag: 'th' | 'td', cells: readonly Tokens.TableCell[]) =>
    piece(
      'tr',
      cells.map(({ tokens }) => piece(tag, inline(tokens, depth))),
    );
  const body = rows.map((cells) => row('td', cells));
  return piece('table', [piece('thead', [row('th', header)]), piece('tbody', body)]);
}

function inline(tokens: readonly Token[], depth: number): Piece[] {
  return tokens.flatMap((token) => (depth > DEEPEST ? [token.raw] : span(token as MarkedToken, depth + 1)));
}

function span(token: MarkedToken, depth: number): Piece[] {
  switch (token.type) {
    case 'strong':
    case 'em':
    case 'del':
      return [piece(token.type, inline(token.tokens, depth))];
    case 'codespan':
      return [piece('code', [token.text])];
    case 'br':
      return [piece('br', [])];
    case 'link': {
      const children = inline(token.tokens, depth);
      return /^(?:https?|mailto):/i.test(token.href) ? [{ tag: 'a', href: token.href, children }] : children;
    }
    case 'text':
      return token.tokens === undefined ? [token.text] : inline(token.tokens, depth);
    case 'escape':
    case 'image':
      // An image would be a request to wherever the model says: its description is shown instead.
      return [token.text];
    default:
      return [token.raw];
  }
}
