import { expose } from 'comlink';
import { Engine } from './engine';
import { IndexedDbStore } from './indexeddb-store';
import { openGpuDevice } from './model';
import { installWire } from './wire/install';

installWire();
expose(new Engine(new IndexedDbStore(), openGpuDevice));
