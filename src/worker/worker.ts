import { expose } from 'comlink';
import { Engine } from './engine';
import { IndexedDbStore } from './indexeddb-store';
import { openGpuModel } from './model';
import { installWire } from './wire/install';

installWire();
expose(new Engine(new IndexedDbStore(), openGpuModel));
