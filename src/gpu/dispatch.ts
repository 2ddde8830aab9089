/** One dispatch, ready to record: nothing is made when it is recorded. */
export interface Dispatch {
  pipeline: GPUComputePipeline;
  /** Bind groups by index; one that is equal to the dispatch before is not set again. */
  groups: readonly GPUBindGroup[];
  /** Workgroups in x, y and z. */
  workgroups: readonly [number, number, number];
}

/** Records dispatches into an open pass, without redundant state changes: recording costs more than a small kernel. */
export function record(pass: GPUComputePassEncoder, dispatches: readonly Dispatch[]): void {
  let pipeline: GPUComputePipeline | undefined;
  const bound: GPUBindGroup[] = [];
  for (const dispatch of dispatches) {
    if (dispatch.pipeline !== pipeline) pass.setPipeline((pipeline = dispatch.pipeline));
    dispatch.groups.forEach((group, index) => {
      if (bound[index] !== group) pass.setBindGroup(index, (bound[index] = group));
    });
    pass.dispatchWorkgroups(...dispatch.workgroups);
  }
}
