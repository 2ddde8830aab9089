import { expose, wrap, type Remote } from 'comlink';
import { installWire } from '../../src/worker/wire/install';

/** What is exposed as another thread would see it. */
export function across<Exposed>(exposed: Exposed): Remote<Exposed> {
  installWire();
  const { port1, port2 } = new MessageChannel();
  expose(exposed, port1);
  return wrap<Exposed>(port2);
}
