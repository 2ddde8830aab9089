// What a step of tokens needs to know. The host writes it before a prefill slice; in decode the sampler's last kernel
// writes it for the step after, so that steps follow each other without the host.
struct Step {
  count: u32,     // tokens that this step feeds
  slotIn: u32,    // slot of the state ring that holds the state before this step
  slotOut: u32,   // slot that receives the state after it
  ended: u32,     // not 0: the generation has ended and this step does nothing
  position: u32,  // tokens fed before this step
  emitted: u32,   // tokens sampled in this generation
  limit: u32,     // tokens to sample at most
  slots: u32,     // slots in the ring
  results: array<u32, RESULTS>,  // the last sampled tokens, as a ring indexed by `emitted`
  tokens: array<u32>,            // ids to feed, [count]
}
