import { transfer } from 'comlink';

/** A port for the other side of the border; what is posted there is told to the listener here. */
export function portTo(listener: ((told: never) => void) | undefined): MessagePort {
  const { port1, port2 } = new MessageChannel();
  if (listener !== undefined) {
    port1.onmessage = ({ data }) => {
      listener(data as never);
    };
  }
  return transfer(port2, [port2]);
}
