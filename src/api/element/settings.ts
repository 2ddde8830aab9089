/** What the element's attributes say, in full. */
export interface ChatSettings {
  /** The pack's folder, as it was written. */
  model: string;
  title: string;
  /** What the panel says before anything was asked. */
  greeting: string;
  /** The system message of the conversation; none where it is empty. */
  system: string;
}

/** The attributes of `<sterna-chat>`; the script tag has them as `data-…`. */
export const ATTRIBUTES = ['model', 'title', 'greeting', 'system'] as const;

export function readSettings(element: Element): ChatSettings {
  return {
    model: element.getAttribute('model') ?? '',
    title: element.getAttribute('title') ?? 'Chat',
    greeting: element.getAttribute('greeting') ?? 'What would you like to know?',
    system: element.getAttribute('system') ?? '',
  };
}
