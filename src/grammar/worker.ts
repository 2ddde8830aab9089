import { expose } from 'comlink';
import { installWire } from '../worker/wire/install';
import { XgrammarRole } from './role';

installWire();
expose(new XgrammarRole());
