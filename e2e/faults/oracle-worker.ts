import { expose } from 'comlink';
import { Engine } from '../../src/worker/engine';
import { IndexedDbStore } from '../../src/worker/indexeddb-store';
import { IndexedDbTuningStore } from '../../src/worker/indexeddb-tuning-store';
import { PromptRole } from '../../src/worker/prompt-role';
import { PROMPT_ROLE, PromptWorker } from '../../src/worker/prompt-worker';
import { installWire } from '../../src/worker/wire/install';
import { openOracleDevice } from '../../tests/support/oracle-model';

// The library's worker but for the GPU: SwiftShader takes seconds to compile the kernels of each load.
installWire();
if (self.name === PROMPT_ROLE) expose(new PromptRole());
else expose(new Engine(new IndexedDbStore(), new IndexedDbTuningStore(), openOracleDevice, new PromptWorker()));
