/**
 * MatMul-free language models in a web page, on the reader's own GPU: `createEngine` loads one.
 * @module sterna
 */
export { createEngine } from './engine';
export type { Engine } from './engine';
export type { EngineOptions } from './engine-options';
export { DownloadControl } from './download-control';
export type { Models } from './models';
export { storedModels } from './stored-models';
export type { StoredModelsOptions } from './stored-models';
export type { Session, SessionCallOptions, SessionPromptOptions } from './session';
export type { SessionInput, SessionParams } from './session-request';
export type { SessionCreateOptions, SessionRestoreOptions, Sessions } from './sessions';
export type { StoredSession } from '../worker/session-records';
export type { ChatMessage, ChatRole } from '../model/text/chat-message';
export type { ChatCompletions } from './chat-completions';
export type { Completions } from './completions';
export type * from './openai';
export type * from './openai-texts';
export type { EngineInfo, RuntimeOptions } from '../worker/runtime';
export type { DeviceEvent, DeviceFailed, DeviceLost, DeviceRestored } from '../worker/device-session';
export type { StoredModel } from '../worker/pack-records';
export type { Patience } from '../worker/patience';
export type { StorageQuestion } from '../worker/room';
export type { LoadPhase, LoadProgress } from '../worker/progress';
export type { AdapterDescription } from '../gpu/device';
export type { ModelConfig } from '../model/config';
export type { GenerationDefaults } from '../model/generation-config';
export type { MemoryMode } from '../model/memory-mode';
export type { Pace } from '../model/pace';
export type { TuningName } from '../model/plan/candidates';
export type { EmbeddingType } from '../model/tensors';
export * from '../errors';
