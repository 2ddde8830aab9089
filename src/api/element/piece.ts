/** The elements that an answer may consist of. */
export type PieceTag =
  | ('p' | 'br' | 'hr' | 'strong' | 'em' | 'del' | 'code' | 'pre' | 'blockquote' | 'ul' | 'ol' | 'li')
  | ('h3' | 'h4' | 'h5' | 'h6' | 'table' | 'thead' | 'tbody' | 'tr' | 'th' | 'td' | 'a');

/** A part of an answer: text, or an element with what is in it. */
export type Piece = string | PieceElement;

export interface PieceElement {
  tag: PieceTag;
  children: Piece[];
  /** Of a link: an http, https or mailto address. */
  href?: string;
  /** Of a numbered list: its first number. */
  start?: number;
}
