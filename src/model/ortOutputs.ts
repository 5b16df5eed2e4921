import { type InferenceSession, Tensor } from 'onnxruntime-node';
import { KvError } from '../core/errors.js';

export type OrtOutputs = InferenceSession.OnnxValueMapType;

export function tensorOf(outputs: OrtOutputs, name: string): Tensor {
  const tensor = outputs[name];
  if (tensor instanceof Tensor) return tensor;
  throw new KvError('internal', `a graph answered without ${name}`);
}

export function floatsOf(tensor: Tensor): Float32Array {
  if (tensor.data instanceof Float32Array) return tensor.data;
  throw new KvError('internal', `a graph answered with ${tensor.type} instead of float32`);
}

/** The bytes of a tensor of any number type. */
export function bytesOf(tensor: Tensor): Uint8Array {
  if (!ArrayBuffer.isView(tensor.data)) throw new KvError('internal', 'a graph answered with strings');
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}
