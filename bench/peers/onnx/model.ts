import { Message } from './protobuf';

// Field numbers and types are those of onnx.proto.
const FLOAT = 1;
const UINT8 = 2;
const INT64 = 7;
const ATTRIBUTE_INT = 2;
const IR_VERSION = 10;
const OPSET = 21;

export interface OnnxNode {
  operator: string;
  /** '' is ONNX's own; MatMulNBits is com.microsoft's. */
  domain: string;
  inputs: string[];
  output: string;
  attributes?: Record<string, number>;
}

export interface OnnxTensor {
  name: string;
  type: 'float' | 'uint8' | 'int64';
  shape: number[];
  data: Uint8Array;
}

export interface OnnxValue {
  name: string;
  shape: number[];
}

/** An ONNX file of one graph; inputs and outputs are float32. */
export function onnxModel(
  nodes: readonly OnnxNode[],
  tensors: readonly OnnxTensor[],
  inputs: readonly OnnxValue[],
  outputs: readonly OnnxValue[],
): Uint8Array {
  const graph = new Message();
  for (const node of nodes) graph.message(1, nodeProto(node));
  graph.string(2, 'graph');
  for (const tensor of tensors) graph.message(5, tensorProto(tensor));
  for (const value of inputs) graph.message(11, valueProto(value));
  for (const value of outputs) graph.message(12, valueProto(value));
  return new Message()
    .varint(1, IR_VERSION)
    .message(7, graph)
    .message(8, new Message().string(1, '').varint(2, OPSET))
    .message(8, new Message().string(1, 'com.microsoft').varint(2, 1))
    .finish();
}

function nodeProto({ operator, domain, inputs, output, attributes = {} }: OnnxNode): Message {
  const node = new Message();
  for (const input of inputs) node.string(1, input);
  node.string(2, output).string(3, output).string(4, operator);
  for (const [name, value] of Object.entries(attributes)) {
    node.message(5, new Message().string(1, name).varint(3, value).varint(20, ATTRIBUTE_INT));
  }
  return node.string(7, domain);
}

function tensorProto({ name, type, shape, data }: OnnxTensor): Message {
  const tensor = new Message();
  for (const size of shape) tensor.varint(1, size);
  return tensor.varint(2, { float: FLOAT, uint8: UINT8, int64: INT64 }[type]).string(8, name).bytes(9, data);
}

function valueProto({ name, shape }: OnnxValue): Message {
  const dimensions = new Message();
  for (const size of shape) dimensions.message(1, new Message().varint(1, size));
  const tensorType = new Message().varint(1, FLOAT).message(2, dimensions);
  return new Message().string(1, name).message(2, new Message().message(1, tensorType));
}
