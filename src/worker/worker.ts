import { expose } from 'comlink';
import { Engine } from './engine';
import { IndexedDbStore } from './indexeddb-store';
import { IndexedDbTuningStore } from './indexeddb-tuning-store';
import { openGpuDevice } from './model';
import { installWire } from './wire/install';

installWire();
expose(new Engine(new IndexedDbStore(), new IndexedDbTuningStore(), openGpuDevice));
