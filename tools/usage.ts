/** Where `sterna serve` listens unless told otherwise. */
export const DEFAULT_PORT = 8137;

/** What `sterna --help` prints. */
export const USAGE = `Usage:
  sterna convert CHECKPOINT_DIR PACK_DIR [--embeddings keep|int8] [--name NAME]
      Converts a MatMul-free model (an HF folder with config.json and safetensors) into a pack, which browsers load.
      --embeddings int8   rounds the embedding table to 8 bits a value and prints what that loses; keep is the default
      --name NAME         the pack's name; the checkpoint folder's if left out

  sterna inspect PACK_DIR
      Checks a pack from end to end and prints its shapes, bits per weight, bytes and the GPU memory that it takes.

  sterna serve PACK_DIR [--port PORT] [--host HOST]
      Serves a pack to pages of any origin, with ranges and ETags, until Ctrl-C.
      --port PORT         0 takes any free one; ${DEFAULT_PORT} if left out
      --host HOST         the address to listen on; localhost if left out
`;

/** The command line does not say what to do. The message is one plain sentence. */
export class UsageError extends Error {
  override name = 'UsageError';
}
