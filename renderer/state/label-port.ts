import type { Host } from '../api/host.ts';
import type { LabelState, LayerSummary } from '../api/types.ts';
import type { LabelArray } from '../../core/labelling/index.ts';
import type { LayerPort } from './label-edits.ts';

/** One layer at the host. */
export function layerPort(host: Host, scan: string, { id, dims, storedType }: LayerSummary): LayerPort {
  const voxels = dims[0] * dims[1] * dims[2];
  return {
    state: () => host.labelState(scan, id),
    edit: (request, delta) => host.editLabels(scan, id, request, delta),
    step: (step, request) => host.stepLabels(scan, id, step, request),
    restore: (version, request) => host.restoreVersion(scan, id, version, request),
    changes: (after) => host.labelChanges(scan, id, after),
    voxels: async () =>
      storedType === 'uint16'
        ? new Uint16Array(await host.labels(scan, id, 2 * voxels))
        : new Uint8Array(await host.labels(scan, id, voxels)),
  };
}

/** State and voxels of one time: they are read until nothing has changed in between. */
export async function readTogether(
  port: Pick<LayerPort, 'state' | 'voxels'>,
): Promise<{ readonly state: LabelState; readonly voxels: LabelArray }> {
  let state = await port.state();
  for (;;) {
    const voxels = await port.voxels();
    const now = await port.state();
    if (now.sequence === state.sequence) return { state, voxels };
    state = now;
  }
}
