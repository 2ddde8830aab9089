import type { GenerationOptions } from '../model/generation-options';
import type { ChatMessage } from '../model/text/chat-message';

/** What all kinds of requests ask of the answers. */
export interface AnswerRequest {
  options: GenerationOptions;
  /** Strings that end an answer and are no part of it. */
  stop: string[];
  /** Answers to each prompt. */
  choices: number;
}

/** A conversation to be answered. */
export interface ChatRequest extends AnswerRequest {
  messages: ChatMessage[];
}

/** Texts to go on with. */
export interface TextRequest extends AnswerRequest {
  /** Texts, or the ids of their tokens. */
  prompts: (string | number[])[];
  /** Whether answers begin with their prompts. */
  echo: boolean;
}
