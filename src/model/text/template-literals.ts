/** More and longer literals than a template needs to look for something in a message. */
const MAX_LITERALS = 256;
const MAX_LITERAL_LENGTH = 64;

/**
 * Matches, in one capture group and without regard to case, the literals that a template may look for in a message and
 * that cannot be a part of a control token: none of them has a piece in common with an end of one.
 * @returns undefined if there are none.
 */
export function harmlessLiterals(literals: readonly string[], controlTokens: Iterable<string>): RegExp | undefined {
  const tokens = Array.from(controlTokens, (content) => content.toLowerCase());
  const harmless = Array.from(new Set(literals))
    .filter((literal) => literal.length <= MAX_LITERAL_LENGTH && literal.trim() !== '')
    .slice(0, MAX_LITERALS)
    .filter((literal) => !tokens.some((token) => touches(literal.toLowerCase(), token)));
  if (harmless.length === 0) return undefined;
  const longestFirst = harmless.sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((literal) => literal.replace(/[$()*+./?[\\\]^{|}]/g, String.raw`\$&`));
  return new RegExp(`(${escaped.join('|')})`, 'giu');
}

/** Whether one text holds the other, or an end of one is the other's other end. */
function touches(literal: string, token: string): boolean {
  if (token.includes(literal) || literal.includes(token)) return true;
  for (let length = 1; length < Math.min(literal.length, token.length); length++) {
    if (literal.endsWith(token.slice(0, length)) || literal.startsWith(token.slice(-length))) return true;
  }
  return false;
}
