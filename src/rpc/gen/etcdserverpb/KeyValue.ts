// Original file: proto/etcd/v3/kv.proto


export interface KeyValue {
  'key'?: (Buffer | Uint8Array | string);
  'createRevision'?: (number | string);
  'modRevision'?: (number | string);
  'version'?: (number | string);
  'value'?: (Buffer | Uint8Array | string);
  'lease'?: (number | string);
}

export interface KeyValue__Output {
  'key': (Buffer);
  'createRevision': (number);
  'modRevision': (number);
  'version': (number);
  'value': (Buffer);
  'lease': (number);
}
