/** Who speaks. */
export type ChatRole = 'system' | 'user' | 'assistant';

/** One message of a conversation. */
export interface ChatMessage {
  /** Whose words these are. */
  role: ChatRole;
  /** The words themselves; nothing in them becomes a control token. */
  content: string;
}
