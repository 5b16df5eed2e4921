// Original file: proto/kvtide/v1/types.proto


export interface TensorDigest {
  'name'?: (string);
  'dtype'?: (string);
  'shape'?: (number)[];
  'sha256'?: (string);
}

export interface TensorDigest__Output {
  'name': (string);
  'dtype': (string);
  'shape': (number)[];
  'sha256': (string);
}
