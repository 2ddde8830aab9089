import { expose } from 'comlink';
import { Engine } from './engine';
import { IndexedDbStore } from './indexeddb-store';
import { IndexedDbTuningStore } from './indexeddb-tuning-store';
import { openGpuDevice } from './model';
import { PromptRole } from './prompt-role';
import { PROMPT_ROLE, PromptWorker } from './prompt-worker';
import { installWire } from './wire/install';

installWire();
if (self.name === PROMPT_ROLE) expose(new PromptRole());
else expose(new Engine(new IndexedDbStore(), new IndexedDbTuningStore(), openGpuDevice, new PromptWorker()));
