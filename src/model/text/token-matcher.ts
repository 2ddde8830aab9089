/** A node of the trie: the next code units, and the token that ends here. */
interface Node {
  next: Map<number, Node>;
  id?: number;
}

/** Finds given strings in a text as HF's tokenizers find added tokens: leftmost first, the longest of those that start there. */
export class TokenMatcher {
  readonly #root: Node = { next: new Map() };

  /** @param tokens content and id of each token to find; contents are not empty. */
  constructor(tokens: Iterable<readonly [content: string, id: number]>) {
    for (const [content, id] of tokens) {
      let node = this.#root;
      for (let at = 0; at < content.length; at++) {
        const unit = content.charCodeAt(at);
        let child = node.next.get(unit);
        if (child === undefined) node.next.set(unit, (child = { next: new Map() }));
        node = child;
      }
      node.id = id;
    }
  }

  /** Cuts the text into ids of the tokens found and the (non-empty) texts between them, in order. */
  split(text: string): (string | number)[] {
    const parts: (string | number)[] = [];
    let textStart = 0;
    let at = 0;
    while (at < text.length) {
      const found = this.#longestAt(text, at);
      if (found === undefined) {
        at++;
        continue;
      }
      if (at > textStart) parts.push(text.slice(textStart, at));
      parts.push(found.id);
      at = textStart = found.end;
    }
    if (textStart < text.length) parts.push(text.slice(textStart));
    return parts;
  }

  #longestAt(text: string, start: number): { id: number; end: number } | undefined {
    let longest: { id: number; end: number } | undefined;
    let node = this.#root.next.get(text.charCodeAt(start));
    for (let end = start + 1; node !== undefined; end++) {
      if (node.id !== undefined) longest = { id: node.id, end };
      node = node.next.get(text.charCodeAt(end));
    }
    return longest;
  }
}
