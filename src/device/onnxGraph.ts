import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  type AttributeProtoSchema,
  ModelProtoSchema,
  type NodeProtoSchema,
  TensorProto_DataType,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** The name of a value inside a graph. */
export type GraphValue = string & { readonly __graphValue?: never };

/** A fixed number, or the name of a size that is known only at run time. */
export type GraphDimension = number | string;

const dataTypes = {
  f32: TensorProto_DataType.FLOAT,
  f16: TensorProto_DataType.FLOAT16,
  i64: TensorProto_DataType.INT64,
} as const;

export type GraphDtype = keyof typeof dataTypes;

/** Whole numbers become ints; a number that must be a float is given as `{ float }`. */
export type GraphAttribute = number | string | readonly number[] | { readonly float: number };

export interface GraphNodeOptions {
  readonly domain?: 'com.microsoft';
  readonly outputs?: number;
  readonly attributes?: Readonly<Record<string, GraphAttribute>>;
}

type GraphNode = MessageInitShape<typeof NodeProtoSchema> & { input: string[]; output: string[] };

/** ONNX Runtime reads a model as one protobuf message, which cannot be larger than 2 GiB. */
export const graphBytesMax = 2 ** 31 - 2 ** 16;

/** Builds one ONNX model in memory. Nodes are added in the order in which they can run. */
export class OnnxGraph {
  readonly #nodes: GraphNode[] = [];
  readonly #initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  readonly #inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputNames = new Map<GraphValue, string>();
  #values = 0;

  input(name: string, dtype: GraphDtype, dimensions: readonly GraphDimension[]): GraphValue {
    this.#inputs.push(valueInfo(name, dtype, dimensions));
    return name;
  }

  /** Names `value`, which a node made, as an output of the model. */
  output(name: string, dtype: GraphDtype, dimensions: readonly GraphDimension[], value: GraphValue): void {
    this.#outputNames.set(value, name);
    this.#outputs.push(valueInfo(name, dtype, dimensions));
  }

  /** A constant tensor in row-major order. */
  tensor(dimensions: readonly number[], values: Float32Array): GraphValue {
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return this.#constant('f32', dimensions, bytes);
  }

  /** A constant list of whole numbers, as shapes, axes and splits are given. */
  integers(values: readonly number[]): GraphValue {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    return this.#constant('i64', [values.length], bytes);
  }

  /** Adds a node with one output. */
  node(opType: string, inputs: readonly GraphValue[], options: GraphNodeOptions = {}): GraphValue {
    const [first] = this.nodes(opType, inputs, { ...options, outputs: 1 });
    if (first === undefined) throw new RangeError('a node has an output');
    return first;
  }

  /** Adds a node with `options.outputs` outputs. */
  nodes(opType: string, inputs: readonly GraphValue[], options: GraphNodeOptions): GraphValue[] {
    const output = Array.from({ length: options.outputs ?? 1 }, () => this.#newValue());
    const attribute = Object.entries(options.attributes ?? {}).map(([name, value]) =>
      attributeOf(name, value),
    );
    this.#nodes.push({ opType, domain: options.domain ?? '', input: [...inputs], output, attribute });
    return output;
  }

  /** The model as bytes that a session can be opened on. */
  toBytes(): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: 10n,
      opsetImport: [
        { domain: '', version: 18n },
        { domain: 'com.microsoft', version: 1n },
      ],
      graph: {
        name: 'kvtide',
        node: this.#nodes.map((node) => this.#withOutputNames(node)),
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }

  /** An Identity node would copy the output, so values are renamed instead. */
  #withOutputNames(node: GraphNode): GraphNode {
    const rename = (value: GraphValue): string => this.#outputNames.get(value) ?? value;
    return { ...node, input: node.input.map(rename), output: node.output.map(rename) };
  }

  #constant(
    dtype: GraphDtype,
    dimensions: readonly number[],
    rawData: Uint8Array<ArrayBufferLike>,
  ): GraphValue {
    const name = this.#newValue();
    const dims = dimensions.map(BigInt);
    // Weights come from ordinary buffers; the generated type only rules out shared ones.
    const bytes = rawData as Uint8Array<ArrayBuffer>;
    this.#initializers.push({ name, dataType: dataTypes[dtype], dims, rawData: bytes });
    return name;
  }

  #newValue(): GraphValue {
    this.#values += 1;
    return `v${this.#values}`;
  }
}

function valueInfo(
  name: string,
  dtype: GraphDtype,
  dimensions: readonly GraphDimension[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = dimensions.map((size) =>
    typeof size === 'number'
      ? { value: { case: 'dimValue' as const, value: BigInt(size) } }
      : { value: { case: 'dimParam' as const, value: size } },
  );
  const tensor = { elemType: dataTypes[dtype], shape: { dim } };
  return { name, type: { value: { case: 'tensorType', value: tensor } } };
}

function attributeOf(name: string, value: GraphAttribute): MessageInitShape<typeof AttributeProtoSchema> {
  if (typeof value === 'number') return { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) };
  if (typeof value === 'string') {
    return { name, type: AttributeProto_AttributeType.STRING, s: new TextEncoder().encode(value) };
  }
  if ('float' in value) return { name, type: AttributeProto_AttributeType.FLOAT, f: value.float };
  return { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) };
}
