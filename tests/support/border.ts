import { expose, wrap, type Remote } from 'comlink';
import { installWire } from '../../src/worker/wire/install';

/** A border as between page and worker, within one thread: what is exposed on one side is wrapped on the other. */
export function openBorder<Exposed>(exposed: Exposed): { remote: Remote<Exposed>; close: () => void } {
  installWire();
  const { port1, port2 } = new MessageChannel();
  expose(exposed, port1);
  return {
    remote: wrap<Exposed>(port2),
    close: () => {
      port1.close();
    },
  };
}
