import DOMPurify from 'dompurify';
import { Marked } from 'marked';
import type { Tokens } from 'marked';

const TAGS = [
  ...['p', 'br', 'hr', 'strong', 'em', 'del', 'code', 'pre', 'blockquote', 'ul', 'ol', 'li'],
  ...['h3', 'h4', 'h5', 'h6', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a'],
];

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  async: false,
  renderer: {
    // Markup that the model writes is shown as the text it is.
    html: ({ text }: Tokens.HTML | Tokens.Tag) => escapeHtml(text),
    // An image would be a request to wherever the model says: its description is shown instead.
    image: ({ text }: Tokens.Image) => escapeHtml(text),
    // The page itself has the headings of the first two levels.
    heading({ tokens, depth }: Tokens.Heading) {
      const level = Math.min(depth + 2, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    // A list with boxes to tick would put form controls into the answer.
    checkbox: ({ checked }: Tokens.Checkbox) => (checked ? '☑ ' : '☐ '),
  },
});

/** What comes after so many characters is shown as it is: some texts take time that grows with the square of their length. */
const MARKDOWN_LENGTH = 20_000;

/**
 * Text of the model as a sanitised DOM fragment: Markdown without images, raw HTML, styles or scripts, with links to
 * http, https and mailto addresses only, which open apart and learn nothing of this page. Text that is nested too deep
 * or too long to be Markdown is shown as it is.
 */
export function renderMarkdown(text: string): DocumentFragment {
  // A lone half of a surrogate pair would otherwise be shown in whatever way each browser likes.
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  const end = endOfMarkdown(whole);
  const fragment = drawn(whole.slice(0, end));
  if (end < whole.length) fragment.append(plain(whole.slice(end)));
  return fragment;
}

/** Where plain text begins: between lines if there is a line's end near, never inside a character. */
function endOfMarkdown(text: string): number {
  if (text.length <= MARKDOWN_LENGTH) return text.length;
  const line = text.lastIndexOf('\n', MARKDOWN_LENGTH) + 1;
  if (line > MARKDOWN_LENGTH / 2) return line;
  return /[\ud800-\udbff]/.test(text[MARKDOWN_LENGTH - 1]) ? MARKDOWN_LENGTH - 1 : MARKDOWN_LENGTH;
}

function drawn(text: string): DocumentFragment {
  let html: string;
  try {
    html = marked.parse(text, { async: false });
  } catch {
    // Its parser goes one call deeper with each level.
    const fragment = document.createDocumentFragment();
    fragment.append(plain(text));
    return fragment;
  }
  const fragment = DOMPurify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ['href', 'start'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    RETURN_DOM_FRAGMENT: true,
  });
  for (const link of fragment.querySelectorAll('a')) {
    if (!link.hasAttribute('href')) {
      link.replaceWith(...link.childNodes);
      continue;
    }
    link.rel = 'noopener noreferrer nofollow';
    link.target = '_blank';
  }
  return fragment;
}

function plain(text: string): HTMLElement {
  const paragraph = document.createElement('p');
  paragraph.className = 'as-is';
  paragraph.textContent = text;
  return paragraph;
}
