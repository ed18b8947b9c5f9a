import { statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareScan, type PreparationSettings, type PreparedScan } from '../../../imaging/index.ts';
import type { MaskedView } from '../../../inference/masked-view.ts';
import { loadPretrainedRun, type PretrainedRun } from '../../../learning/pretrained-run.ts';
import { disposeParameters, type Parameters } from '../../../model/parameters.ts';
import { closeModel, loadModel, type SavedModel } from '../../../model/saved-model.ts';
import type { LabelArray } from '../../../labelling/index.ts';
import type { LayerDocument, Workspace } from '../../../workspace/index.ts';
import { Kept } from './kept.ts';

/** Bytes of weights that stay loaded, and of prepared scans, so that the next request on the same ones is quick. */
const MOST_WEIGHT_BYTES = 1e9;
const MOST_SCAN_BYTES = 1e9;
const MOST_LABEL_BYTES = 3e8;
const MOST_VIEW_BYTES = 2e8;

/** Which network: the folder of a run and the step of its checkpoint. */
export interface NetworkChoice {
  readonly folder: string;
  readonly step: number;
  readonly teacher?: boolean;
}

/** Networks, prepared scans, views and labels that an engine process keeps between requests. */
export class EngineMemory {
  readonly #networks = new Kept<PretrainedRun>(MOST_WEIGHT_BYTES);
  readonly #models = new Kept<SavedModel>(MOST_WEIGHT_BYTES);
  readonly #scans = new Kept<PreparedScan>(MOST_SCAN_BYTES);
  readonly #labels = new Kept<LabelArray>(MOST_LABEL_BYTES);
  readonly #views = new Kept<MaskedView>(MOST_VIEW_BYTES);

  /** A pre-trained network. @throws TesseraError as `loadPretrainedRun` */
  withNetwork<R>({ folder, step, teacher = false }: NetworkChoice, use: (run: PretrainedRun) => Promise<R>): Promise<R> {
    const make = async (): Promise<{ value: PretrainedRun; size: number; dispose: () => void }> => {
      const value = await loadPretrainedRun(folder, { step, teacher });
      const dispose = (): void => {
        disposeParameters(value.parameters);
        disposeParameters(value.teacher);
      };
      return { value, size: bytesOf(value.parameters) + bytesOf(value.teacher), dispose };
    };
    return this.#networks.use(`${checkpointState(folder, step)} ${String(teacher)}`, make, use);
  }

  /** A segmentation model. @throws TesseraError as `loadModel` */
  withModel<R>(folder: string, use: (model: SavedModel) => Promise<R>): Promise<R> {
    const make = async (): Promise<{ value: SavedModel; size: number; dispose: () => void }> => {
      const value = await loadModel(folder);
      return { value, size: bytesOf(value.parameters), dispose: () => closeModel(value) };
    };
    return this.#models.use(modelState(folder), make, use);
  }

  /** A scan of the workspace as a network with this preparation takes it. @throws TesseraError as `Workspace.readScan` */
  withScan<R>(workspace: Workspace, id: string, preparation: PreparationSettings, use: (scan: PreparedScan) => Promise<R>): Promise<R> {
    const make = async (): Promise<{ value: PreparedScan; size: number }> => {
      const value = prepareScan([await workspace.readScan(id)], preparation);
      return { value, size: value.values.byteLength };
    };
    return this.#scans.use(`${id} ${JSON.stringify(preparation)}`, make, use);
  }

  /** A masked view of a scan. @param key all that it depends on @throws as `make` */
  withView<R>(key: string, make: () => Promise<MaskedView>, use: (view: MaskedView) => Promise<R>): Promise<R> {
    const sized = async (): Promise<{ value: MaskedView; size: number }> => {
      const value = await make();
      // The patches are as large as the volume that they make up; its channels are one.
      return { value, size: 4 * value.input.voxels.byteLength };
    };
    return this.#views.use(key, sized, use);
  }

  /**
   * The label map of a layer.
   * @param state changes when the layer does
   * @throws TesseraError as `Workspace.openLayer`
   */
  withLabels<R>(workspace: Workspace, { scan, id }: LayerDocument, state: string, use: (labels: LabelArray) => Promise<R>): Promise<R> {
    const make = async (): Promise<{ value: LabelArray; size: number }> => {
      const layer = await workspace.openLayer(scan, id);
      try {
        const value = layer.labels.slice();
        return { value, size: value.byteLength };
      } finally {
        await layer.close();
      }
    };
    return this.#labels.use(state, make, use);
  }

  /** Frees all that is not in use. */
  clear(): void {
    this.#networks.clear();
    this.#models.clear();
    this.#scans.clear();
    this.#labels.clear();
    this.#views.clear();
  }
}

/** A checkpoint, or a snapshot of its weights, as it lies on the disk: part of the key of what is computed with it. */
export function checkpointState(folder: string, step: number): string {
  const [checkpoint, snapshot] = [join(folder, 'checkpoints'), join(folder, 'snapshots')].map((place) =>
    stateOf(join(place, `step-${String(step)}.safetensors`)),
  );
  return `${checkpoint ?? ''} ${snapshot ?? ''}`;
}

/** The weights of a segmentation model as they lie on the disk, likewise. */
export function modelState(folder: string): string {
  return stateOf(join(folder, 'weights.safetensors'));
}

/** Path, size and time of change: hashing hundreds of megabytes would take longer than what is computed. */
function stateOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false });
  return `${path} ${status?.size ?? -1} ${status?.mtimeMs ?? -1}`;
}

function bytesOf(parameters: Parameters): number {
  return [...parameters.values()].reduce((sum, { size }) => sum + 4 * size, 0);
}

const memories = new WeakMap<Workspace, EngineMemory>();

/** One for each open workspace: an engine process has one workspace. */
export function engineMemoryOf(workspace: Workspace): EngineMemory {
  const known = memories.get(workspace);
  if (known !== undefined) return known;
  const memory = new EngineMemory();
  memories.set(workspace, memory);
  return memory;
}
