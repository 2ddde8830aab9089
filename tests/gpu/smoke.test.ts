import { expect, it } from 'vitest';
it('has an adapter', async () => {
  const a = await navigator.gpu.requestAdapter();
  expect(a).not.toBeNull();
  console.log(
    a?.info.description,
    [...(a?.features ?? [])].join(),
    a?.limits.maxComputeInvocationsPerWorkgroup,
    a?.limits.maxComputeWorkgroupStorageSize,
  );
});
