import { attributeType, dataType, type AttributeMessage, type GraphMessage, type NodeMessage, type TensorMessage } from './messages.ts';

/** The name of a tensor in the graph. */
export type Value = string;

/** A whole number, several of them, a fraction, or a text. ONNX tells 1 from 1.0, which JavaScript does not. */
export type Attribute =
  { readonly int: number } | { readonly ints: readonly number[] } | { readonly float: number } | { readonly string: string };

/** An ONNX graph in the making: every call adds a node or a constant and returns the name of what it gives. */
export class OnnxGraph {
  private readonly nodes: NodeMessage[] = [];
  private readonly constants = new Map<string, TensorMessage>();

  /** A constant of single precision, kept under its name once. */
  floats(name: Value, shape: readonly number[], values: Float32Array): Value {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.set(name, { name, dataType: dataType.float, dims: shape, rawData: bytes });
    return name;
  }

  /** A list of whole numbers, such as the shape that Reshape wants. */
  integers(values: readonly number[]): Value {
    const name = `integers_${values.join('_').replaceAll('-', 'minus')}`;
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.constants.set(name, { name, dataType: dataType.int64, dims: [values.length], rawData: bytes });
    return name;
  }

  /** One number that broadcasts. */
  scalar(value: number): Value {
    return this.floats(`scalar_${value}`, [], Float32Array.of(value));
  }

  /** A node with one output. */
  apply(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    const name = `${operator}_${this.nodes.length}`;
    this.nodes.push({
      name,
      opType: operator,
      input: inputs,
      output: [name],
      attribute: Object.entries(attributes).map(([key, attribute]) => attributeMessage(key, attribute)),
    });
    return name;
  }

  reshape(x: Value, shape: readonly number[]): Value {
    return this.apply('Reshape', [x, this.integers(shape)]);
  }

  transpose(x: Value, order: readonly number[]): Value {
    return this.apply('Transpose', [x], { perm: { ints: order } });
  }

  /** The graph from one input to one output, both of single precision and of fixed shapes. `output` names a value made here. */
  finish(
    name: string,
    input: { readonly name: Value; readonly shape: readonly number[] },
    output: { readonly name: Value; readonly from: Value; readonly shape: readonly number[] },
  ): GraphMessage {
    const last: NodeMessage = { name: output.name, opType: 'Identity', input: [output.from], output: [output.name], attribute: [] };
    const described = (value: Value, shape: readonly number[]): GraphMessage['input'][number] => ({
      name: value,
      type: { tensorType: { elemType: dataType.float, shape: { dim: shape.map((dimValue) => ({ dimValue })) } } },
    });
    return {
      name,
      node: [...this.nodes, last],
      initializer: [...this.constants.values()],
      input: [described(input.name, input.shape)],
      output: [described(output.name, output.shape)],
    };
  }
}

function attributeMessage(name: string, attribute: Attribute): AttributeMessage {
  if ('int' in attribute) return { name, type: attributeType.int, i: attribute.int };
  if ('ints' in attribute) return { name, type: attributeType.ints, ints: attribute.ints };
  if ('float' in attribute) return { name, type: attributeType.float, f: attribute.float };
  return { name, type: attributeType.string, s: Buffer.from(attribute.string) };
}
