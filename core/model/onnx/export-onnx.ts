import { TesseraError } from '../../base/errors.ts';
import { elementCount } from '../../compute/safetensors-header.ts';
import { exportedMetadata } from '../export-safetensors.ts';
import type { ParameterSpec } from '../parameters.ts';
import type { ModelDocument } from '../saved-model.ts';
import { segmentationNetwork } from '../segmentation-network.ts';
import { OnnxGraph, type Value } from './graph.ts';
import { encodeModel } from './messages.ts';
import { segResNetGraph } from './segresnet-graph.ts';
import type { WeightConstant } from './transformer-graph.ts';
import { unetrGraph } from './unetr-graph.ts';

/** The newest opset that runtimes of 2022 and later read; it is the first with LayerNormalization. */
export const OPSET = 17;
const IR_VERSION = 8;
/** A protocol buffer holds less than 2 GiB; half a megabyte is kept for everything but weights. */
const MOST_BYTES = 2 ** 31 - 2 ** 19;

export interface OnnxExport {
  readonly bytes: Uint8Array;
  readonly input: { readonly name: 'image'; readonly shape: readonly number[] };
  readonly output: { readonly name: 'logits'; readonly shape: readonly number[] };
}

/**
 * A model as an ONNX file: input `image` (1, C, S0, S1, S2), a crop prepared as the model's `preparation` says (axes Right, Anterior,
 * Superior, last axis fastest); output `logits` (1, K, S0, S1, S2). Labels, preparation and network settings are in the file's metadata as
 * JSON. Where the model comes from is left out: it names folders and scans of the house.
 * @param weight values of a weight in PyTorch layout
 * @throws TesseraError `too-large` for weights beyond what one ONNX file can hold
 */
export async function exportOnnx(
  document: ModelDocument,
  weight: (spec: ParameterSpec) => Promise<Float32Array>,
  subject: string,
): Promise<OnnxExport> {
  const network = segmentationNetwork(document);
  const elements = network.specs.reduce((sum, { torchShape }) => sum + elementCount(torchShape), 0);
  if (4 * elements > MOST_BYTES)
    throw new TesseraError('too-large', `has ${((4 * elements) / 2 ** 30).toFixed(1)} GiB of weights; one ONNX file holds less than 2.`, {
      subject,
      advice: 'Export it with --format safetensors.',
    });
  const graph = new OnnxGraph();
  const weights = new Map<string, { readonly spec: ParameterSpec; readonly values: Float32Array }>();
  for (const spec of network.specs) weights.set(spec.name, { spec, values: await weight(spec) });
  const constant: WeightConstant = (name, shape) => {
    const found = weights.get(name);
    if (found === undefined) throw new Error(`The network has no weight named ${name}.`);
    return graph.floats(name, shape ?? found.spec.torchShape, found.values);
  };
  const input = { name: 'image', shape: [1, network.channels, ...network.size] } as const;
  const output = { name: 'logits', shape: [1, network.outputs, ...network.size] } as const;
  const logits = logitsGraph(graph, input.name, document, constant);
  const bytes = encodeModel({
    irVersion: IR_VERSION,
    opsetImport: [{ domain: '', version: OPSET }],
    producerName: 'tessera',
    producerVersion: '',
    docString: 'Segmentation of a prepared crop: image (1, C, S0, S1, S2) to logits (1, K, S0, S1, S2).',
    graph: graph.finish(document.network, input, { ...output, from: logits }),
    metadataProps: Object.entries(exportedMetadata(document)).map(([key, value]) => ({ key, value })),
  });
  return { bytes, input, output };
}

function logitsGraph(graph: OnnxGraph, image: Value, document: ModelDocument, constant: WeightConstant): Value {
  switch (document.network) {
    case 'unetr':
      return unetrGraph(graph, image, document.settings, constant);
    case 'segresnet':
      return segResNetGraph(graph, image, document.settings, constant);
  }
}
